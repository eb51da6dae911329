//! `upcoming`: who is created, activated, suspended, deactivated in the days to come.

use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;

use chrono::{DateTime, TimeDelta};

use super::style::{BOLD, DIM, WARN, plain, table, time};
use super::{Which, mode};
use crate::app::settings::Settings;
use crate::engine::clock::Clock;
use crate::ledger::{Coming, Report};

/// Show what is coming: who is created, activated, suspended, deactivated, by day
///
/// Each instant is by the clock of where the person works. A date that HR has moved shows what it was before. What
/// HR will say until then nobody knows, and Okta is not asked.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner upcoming
  okta-provisioner upcoming --days 60 --json")]
pub(super) struct Upcoming {
    /// How many days ahead
    #[arg(long, value_name = "NUMBER", default_value_t = 14, value_parser = clap::value_parser!(u16).range(1..))]
    days: u16,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

impl Upcoming {
    pub fn execute(self, settings: &Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let report = Report::open(&self.which.path(settings))?;
        let rules = report.heed_schema(&settings.rules)?;
        let now = clock.now();
        let upcoming = report.upcoming(&rules, now, now + TimeDelta::days(self.days.into()))?;
        let mut out = anstream::stdout();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&upcoming)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        if upcoming.mode.is_some() {
            writeln!(out, "{WARN}{}{WARN:#}", mode::words(upcoming.mode.as_deref()))?;
        }
        if !upcoming.waiting.is_empty() {
            writeln!(out, "{BOLD}Waiting{BOLD:#}")?;
            write!(
                out,
                "{}",
                table(&upcoming.waiting.iter().map(|one| row(one, false)).collect::<Vec<_>>())
            )?;
        }
        for day in upcoming.coming.chunk_by(|one, next| day(one) == day(next)) {
            writeln!(out, "{BOLD}{}{BOLD:#}", day_name(&day[0]))?;
            write!(out, "{}", table(&day.iter().map(|one| row(one, true)).collect::<Vec<_>>()))?;
        }
        if upcoming.coming.is_empty() {
            writeln!(out, "{DIM}nothing is coming until {}{DIM:#}", time(upcoming.until))?;
        }
        let held = upcoming.coming.iter().filter(|one| one.waits.is_some()).count();
        if held > 0 {
            writeln!(out, "{WARN}{held} of these will wait for somebody, as things are{WARN:#}")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The day where the person works.
fn day(coming: &Coming) -> &str {
    coming.local.split('T').next().unwrap_or_default()
}

fn day_name(coming: &Coming) -> String {
    let local = DateTime::parse_from_rfc3339(&coming.local);
    local.map_or_else(|_| day(coming).to_owned(), |local| local.format("%Y-%m-%d %A").to_string())
}

/// The time of the day and the zone, whom, what, and why; what keeps it from being done; when it was to be before.
pub(super) fn row(coming: &Coming, timed: bool) -> Vec<String> {
    let clock = coming.local.split('T').nth(1).and_then(|clock| clock.get(..5)).unwrap_or_default();
    let when = if timed { format!("{clock} {}", coming.zone) } else { String::new() };
    let what = if coming.changes.is_empty() { "nothing yet".to_owned() } else { coming.changes.join(", ") };
    let mut notes = plain(&coming.why);
    if let Some(waits) = &coming.waits {
        let _ = write!(notes, "; waits: {}", plain(&waits.text));
    }
    if let Some(moved) = &coming.moved {
        let _ = write!(notes, "; moved from {}, as HR said {}", time(moved.from), time(moved.recorded_at));
    }
    let login = coming.login.as_deref().map(plain).unwrap_or_default();
    let row = vec![when, plain(&coming.employee), login, what, notes];
    if timed { row } else { row.into_iter().skip(1).collect() }
}
