//! `plan`: what would be done.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::app::settings::Settings;
use crate::engine::clock::Clock;

/// Show what would be done for the events in a file; nothing is written
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  okta-provisioner plan events.ndjson")]
pub(super) struct Plan {
    /// Events, one JSON object a line; - is standard input
    file: PathBuf,
}

impl Plan {
    #[expect(clippy::unused_async, reason = "plans are not made yet")]
    pub async fn execute(self, _settings: Settings, _clock: Clock) -> anyhow::Result<ExitCode> {
        anyhow::bail!("no plan is made of {} yet", self.file.display())
    }
}
