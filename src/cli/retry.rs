//! `retry`: decide about somebody again, now.

use std::io::Write;
use std::process::ExitCode;

use super::{Which, operator};
use crate::app::settings::Settings;
use crate::engine::clock::Clock;
use crate::ledger::{Verb, Wish};

/// Have somebody who is blocked or waits for a retry tried again now
///
/// It is left in the ledger for the daemon, which acts on it at once, or as soon as it runs.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  okta-provisioner retry 1001\n  okta-provisioner retry --all")]
pub(super) struct Retry {
    /// HR's id of the person
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    employee: Option<String>,
    /// Everybody who is blocked or waits for a retry
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    which: Which,
}

impl Retry {
    pub fn execute(self, settings: &Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let whom = self.employee.clone().unwrap_or_else(|| "everybody who waits".to_owned());
        let wish = Wish { verb: Verb::Retry, employee: self.employee, argument: None, operator: operator() };
        wish.leave(&self.which.path(settings), clock.now())?;
        writeln!(anstream::stdout(), "{whom}: will be tried again at once; see `okta-provisioner tail`")?;
        Ok(ExitCode::SUCCESS)
    }
}
