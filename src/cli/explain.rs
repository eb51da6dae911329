//! `explain`: why one person's account is as it is.

mod text;

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use chrono::{DateTime, Utc};

use super::Which;
use super::moment::{self, Moment};
use super::style::plain;
use crate::app::settings::Settings;
use crate::engine::clock::Clock;
use crate::ledger::Report;

/// Explain one person: each fact, each rule, each row of the mapping, and each decision with its event and its call
///
/// It is decided as the daemon would, by the same code. For another instant the facts are those of now: what was
/// known before is in the history.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner explain 1001
  okta-provisioner explain 1001 --at 2026-12-24
  okta-provisioner explain 1001 --values --json")]
pub(super) struct Explain {
    /// HR's id of the person
    employee: String,
    /// As it would be decided then: 2026-12-24, 2026-12-24T18:00 (by the clock of timezone.default), or with Z
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    at: Option<Moment>,
    /// Show what HR said and what Okta holds, not only the names of the fields
    #[arg(long)]
    values: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

impl Explain {
    pub fn execute(self, settings: &Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let now = clock.now();
        let zone = settings.rules.access.zones.default;
        let at: DateTime<Utc> = self.at.map_or(now, |at| at.instant(now, zone));
        let report = Report::open(&self.which.path(settings))?;
        let rules = report.heed_schema(&settings.rules)?;
        let Some(explained) = report.explain(&rules, &self.employee, at, self.values)? else {
            bail!(
                "no employee {} is known: HR has sent nothing yet, or under another id",
                plain(&self.employee)
            )
        };
        let mut out = anstream::stdout();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&explained)?)?;
        } else {
            write!(out, "{}", text::render(&explained, now))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
