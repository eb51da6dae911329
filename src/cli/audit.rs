//! `audit`: is the record of decisions whole, and what does it say?

mod export;
mod verify;

use std::process::ExitCode;

use crate::app::settings::Settings;
use crate::engine::clock::Clock;

/// The record of decisions: whether it is whole, and what it says
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner audit verify
  okta-provisioner audit verify --head 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
  okta-provisioner audit export --employee 1001 --format csv > 1001.csv
  okta-provisioner audit export --since 2026-10-01 --until 2027-01-01 --code user.deactivated")]
pub(super) struct Audit {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Verify(verify::Verify),
    Export(export::Export),
}

impl Audit {
    pub fn execute(self, settings: &Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Verify(command) => command.execute(settings),
            Command::Export(command) => command.execute(settings, clock),
        }
    }
}
