//! `show`: one person, and why things are as they are.

mod text;

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;

use super::Which;
use super::style::plain;
use crate::app::settings::Settings;
use crate::engine::clock::Clock;
use crate::ledger::{PersonPage, Report};

/// Show one person: what HR said, the account, what comes next, and why
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner show 1001
  okta-provisioner show 1001 --values --json")]
pub(super) struct Show {
    /// HR's id of the person
    employee: String,
    /// Show what HR said and what Okta holds, not only the names of the fields
    #[arg(long)]
    values: bool,
    /// How many of the last decisions
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 10)]
    decisions: usize,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

impl Show {
    pub fn execute(self, settings: &Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let path = self.which.path(settings);
        let report = Report::open(&path)?;
        let Some(person) = report.person(&self.employee)? else {
            bail!(
                "no employee {} is known: HR has sent nothing yet, or under another id",
                plain(&self.employee)
            )
        };
        let decisions = report.last_decisions(&self.employee, self.decisions)?;
        let mut out = anstream::stdout();
        if self.json {
            let page = PersonPage::new(&self.employee, &person, decisions, self.values);
            writeln!(out, "{}", serde_json::to_string(&page)?)?;
        } else {
            write!(out, "{}", text::render(&self.employee, &person, &decisions, self.values, clock.now()))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests;
