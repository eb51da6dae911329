//! `run`: the daemon.

use std::process::ExitCode;

use crate::app::settings::Settings;
use crate::engine::clock::Clock;

/// Run the daemon
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  okta-provisioner run --config /etc/okta-provisioner.toml\n  okta-provisioner run --sandbox"
)]
pub(super) struct Run {
    /// Work with an Okta org in memory, and a ledger of its own
    #[arg(long)]
    sandbox: bool,
}

impl Run {
    #[expect(clippy::unused_async, reason = "the daemon is not put together yet")]
    pub async fn execute(self, _settings: Settings, _clock: Clock) -> anyhow::Result<ExitCode> {
        let _ = self.sandbox;
        anyhow::bail!("the daemon is not put together yet")
    }
}
