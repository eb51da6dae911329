//! `run`: the daemon.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use crate::app::compose::{self, Target};
use crate::app::settings::Settings;
use crate::app::{lifecycle, telemetry};
use crate::engine::clock::Clock;
use crate::ledger::Lock;
use crate::sandbox::{Options, Sandbox};

/// The token of an org in memory is no secret.
const TOKEN: &str = "sandbox";

/// Run the daemon
///
/// It logs to standard output. SIGTERM or Ctrl-C ends it in good order, a second one at once.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner run --config /etc/okta-provisioner.toml
  okta-provisioner run --sandbox")]
pub(super) struct Run {
    /// Work with an Okta org in memory, and a ledger of its own that begins empty
    #[arg(long)]
    sandbox: bool,
}

impl Run {
    pub async fn execute(self, settings: Settings, clock: Clock) -> anyhow::Result<ExitCode> {
        telemetry::init(settings.log.format, settings.log.level, clock.as_fn())?;
        let stop = lifecycle::watch_signals()?;
        let path = settings.ledger_path(self.sandbox);
        if !self.sandbox {
            let (org_url, token) = settings.org()?;
            let (lock, webhook) = (Lock::take(&path)?, compose::webhook(&settings).await?);
            let target = Target { org_url, token, ledger: &path, lock, apply: false, webhook };
            compose::run(&settings, target, clock, stop).await?;
            return Ok(ExitCode::SUCCESS);
        }
        let lock = Lock::take(&path)?;
        forget(&path)?;
        let sandbox = Sandbox::start(Options::new(TOKEN, clock.as_fn())).await.context("no free port")?;
        sandbox.record(false);
        let org_url = sandbox.url().parse()?;
        let webhook = compose::webhook(&settings).await?;
        let target = Target { org_url, token: TOKEN.into(), ledger: &path, lock, apply: true, webhook };
        compose::run(&settings, target, clock, stop).await?;
        sandbox.stop().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// An org in memory has forgotten everything; a ledger that has not would look for accounts in vain.
fn forget(path: &Path) -> anyhow::Result<()> {
    for end in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(end);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error)
                    .with_context(|| format!("the sandbox's old ledger {} is in the way", file.display()));
            }
            _ => {}
        }
    }
    Ok(())
}
