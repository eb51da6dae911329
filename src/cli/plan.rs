//! `plan`: what would be done.

mod mapping;
mod words;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::ensure;
use chrono::{DateTime, NaiveTime, Utc};
use serde_json::json;

pub(super) use self::words::{as_json, later, words};
use super::moment::{self, Moment};
use super::samples::{self, Samples};
use super::style::WARN;
use super::{Which, style};
use crate::app::settings::Settings;
use crate::domain::decide::{Next, Rules};
use crate::domain::event::Event;
use crate::domain::foresight::Foreseen;
use crate::domain::zone;
use crate::engine::clock::Clock;
use crate::ledger::{Ahead, Hindrances, Ledger, LedgerError, Person, Report, Waits, key};

/// Show what would be done: for events in a file, by a later day, or with another mapping; nothing is written
///
/// Everything happens on a copy of the ledger in memory, if there is one. Neither Okta nor RabbitMQ is asked. With
/// --at, whatever comes by itself until then is shown, each with its time. With --mapping, everybody is decided
/// twice: with the mapping in force and with the other one, and the differences are shown.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner plan events.ndjson
  okta-provisioner plan --json - < events.ndjson
  okta-provisioner plan --at 2026-12-24
  okta-provisioner plan --at 2026-12-24T18:00Z --employee 1001 --employee 1002
  okta-provisioner plan events.ndjson --at 2027-01-04
  okta-provisioner plan --mapping new.toml")]
pub(super) struct Plan {
    /// Events, one JSON object a line, that are merged first; - is standard input
    #[arg(required_unless_present_any = ["at", "mapping"])]
    file: Option<PathBuf>,
    /// What will have been done by then: 2026-12-24, 2026-12-24T18:00 (by the clock of timezone.default), or with Z
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    at: Option<Moment>,
    /// Only for this person, by HR's id; can be repeated
    #[arg(long, value_name = "ID")]
    employee: Vec<String>,
    /// The [[mapping]] rows of this settings file in place of those in force; its other sections do not count
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "at", "employee"])]
    mapping: Option<PathBuf>,
    /// Print it as JSON, an object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

impl Plan {
    pub async fn execute(self, settings: Settings, clock: Clock) -> anyhow::Result<ExitCode> {
        let now = clock.now();
        let path = self.which.path(&settings);
        if let Some(other) = &self.mapping {
            return mapping::compare(&settings, other, &path, now, self.json).await;
        }
        let ledger = Ledger::copy(&path, Arc::clone(&settings.rules))?;
        ledger.recall_schema().await?;
        let rules = ledger.rules();
        let zone = rules.access.zones.default;
        // Today's beginning is over, and yet today is not.
        let today = zone::at(now.with_timezone(&zone).date_naive(), NaiveTime::MIN, zone);
        let until = self.at.map(|at| at.instant(now, zone));
        let until = until.map(|until| if until == today { now } else { until });
        ensure!(until.is_none_or(|until| until >= now), "--at is over: `explain` tells what was done");
        let (mut people, refused) = match &self.file {
            Some(file) => self.take(&ledger, &rules, file, now).await?,
            None => (BTreeSet::new(), false),
        };
        people.extend(self.employee.iter().cloned());
        // What operators and the org have said is not in the copy.
        let report = path.exists().then(|| Report::open(&path)).transpose()?;
        let hindrances = report.as_ref().map(Report::hindrances).transpose()?.unwrap_or_default();
        let mut shown = Shown {
            rules: &rules,
            hindrances,
            now,
            until,
            json: self.json,
            ahead: Vec::new(),
            rows: Vec::new(),
        };
        for id in &people {
            match ledger.person(id).await? {
                Some(person) => shown.add(person, true)?,
                None => ensure!(!self.employee.contains(id), "no employee {} is known", style::plain(id)),
            }
        }
        if self.file.is_none() && self.employee.is_empty() {
            let mut after = String::new();
            loop {
                let some = ledger.people(&after).await?;
                let Some(last) = some.last() else { break };
                after.clone_from(&last.employee.id);
                some.into_iter().try_for_each(|person| shown.add(person, false))?;
            }
        }
        let mode = match &report {
            Some(report) => shown.hinder(report)?,
            None => None,
        };
        shown.look_ahead(mode.as_deref())?;
        let mut out = anstream::stdout();
        write!(out, "{}", style::table(&shown.rows))?;
        if let Some(mode) = mode.filter(|_| !self.json) {
            writeln!(out, "{WARN}{}{WARN:#}", super::mode::words(Some(&mode)))?;
        }
        Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// Merges the events of a file into the copy. Tells whom they are about, and whether one was refused.
    async fn take(
        &self,
        ledger: &Ledger,
        rules: &Rules,
        file: &std::path::Path,
        now: DateTime<Utc>,
    ) -> anyhow::Result<(BTreeSet<String>, bool)> {
        let samples = Samples::new(now, rules.access.zones.default);
        let mut out = anstream::stdout();
        let (mut events, mut people, mut refused) = (Vec::new(), BTreeSet::new(), false);
        for (line, number) in samples::lines(samples::open(file)?).zip(1..) {
            match Event::decode(&samples.fill(&line?, number), now) {
                Ok(event) => {
                    people.insert(event.employee.clone());
                    events.push(event);
                }
                Err(rejection) => {
                    refused = true;
                    let reason = rejection.reason;
                    if self.json {
                        writeln!(
                            out,
                            "{}",
                            json!({"line": number, "employee": rejection.employee, "rejected": reason})
                        )?;
                    } else {
                        let bad = style::BAD;
                        writeln!(out, "{bad}line {number} would be set aside:{bad:#} {reason}")?;
                    }
                }
            }
        }
        ledger.merge(events, now).await?;
        Ok((people, refused))
    }
}

/// What will be done for somebody, and what keeps it from being done.
struct Row {
    employee: String,
    seen: Foreseen,
    waits: Option<Waits>,
}

/// What is printed of each person.
struct Shown<'a> {
    rules: &'a Rules,
    hindrances: Hindrances,
    now: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    json: bool,
    /// Of days to come, person by person.
    ahead: Vec<Row>,
    rows: Vec<Vec<String>>,
}

impl Shown<'_> {
    /// Adds a person; `asked`: one who is shown though there is nothing to do.
    fn add(&mut self, mut person: Person, asked: bool) -> anyhow::Result<()> {
        let (rules, now, id) = (self.rules, self.now, person.employee.id.clone());
        let mut out = anstream::stdout();
        let Some(until) = self.until else {
            // Without a daemon's mirror the best guess is an org without these people.
            person.view.mirror_loaded = true;
            let decision = rules.decide(&person.employee, &person.view, now);
            if self.json {
                writeln!(out, "{}", as_json(&id, &decision))?;
            } else {
                let why = decision.desired.why.text();
                self.rows.push(vec![id, words(&decision.next), why, later(decision.desired.until, now)]);
            }
            return Ok(());
        };
        let mut foreseen = rules.foresee(person.employee.clone(), person.view.clone(), now, until);
        let last = foreseen.pop();
        foreseen.retain(|seen| seen.decision.next != Next::Rest);
        // Of whom nothing is to be done, the last word tells why.
        foreseen
            .extend(last.filter(|last| last.decision.next != Next::Rest || (asked && foreseen.is_empty())));
        for seen in foreseen {
            let waits = self.hindrances.of(rules, &person, &seen);
            self.ahead.push(Row { employee: id.clone(), seen, waits });
        }
        Ok(())
    }

    /// Adds what limits and the mode keep from being done, of what is ahead. Gives the mode.
    fn hinder(&mut self, report: &Report) -> Result<Option<String>, LedgerError> {
        let ahead = self.ahead.iter_mut().map(|row| Ahead {
            at: row.seen.at,
            takes: row.seen.claim(self.rules).map(|claim| claim.effect),
            waits: &mut row.waits,
        });
        report.foresee_limits(self.rules, self.now, ahead.collect())?;
        report.meta(key::MODE)
    }

    /// Tells what is ahead.
    fn look_ahead(&mut self, mode: Option<&str>) -> anyhow::Result<()> {
        let mut out = anstream::stdout();
        for Row { employee, seen, waits } in self.ahead.drain(..) {
            if self.json {
                let mut line = as_json(&employee, &seen.decision);
                line["at"] = json!(seen.at);
                line["waits"] = json!(waits);
                line["mode"] = json!(mode);
                writeln!(out, "{line}")?;
                continue;
            }
            let at = if seen.at == self.now { "now".to_owned() } else { style::time(seen.at).to_string() };
            let mut why = seen.decision.desired.why.text();
            // A block is told already.
            if let (Some(waits), Next::Act(_)) = (&waits, &seen.decision.next) {
                why = format!("{why}; waits: {}", style::plain(&waits.text));
            }
            self.rows.push(vec![at, employee, words(&seen.decision.next), why]);
        }
        Ok(())
    }
}
