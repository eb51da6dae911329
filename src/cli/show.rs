//! `show`: one person, and why things are as they are.

mod text;

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use serde_json::{Value, json};

use super::Which;
use super::style::plain;
use crate::app::settings::Settings;
use crate::engine::clock::Clock;
use crate::ledger::{Entry, Filter, PersonReport, Report, code};

/// No decision: every webhook that only says whom to read is one.
const IDLE: [&str; 1] = [code::EVENT_UNCHANGED];

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
        let employee = Some(self.employee.clone());
        let after = report.before_last(employee.as_deref(), &IDLE, self.decisions)?;
        let filter = Filter { after, employee, without: &IDLE, ..Filter::default() };
        let decisions = report.activity(&filter, self.decisions)?;
        let mut out = anstream::stdout();
        if self.json {
            writeln!(out, "{}", as_json(&self.employee, &person, &decisions, self.values))?;
        } else {
            write!(out, "{}", text::render(&self.employee, &person, &decisions, self.values, clock.now()))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn as_json(employee: &str, person: &PersonReport, decisions: &[Entry], values: bool) -> Value {
    let facts = person.facts.iter().map(|(name, fact)| {
        let mut shown = json!({
            "field": name, "since": person.since.get(name), "at": fact.stamp.at, "event": fact.stamp.id,
            "source": fact.stamp.source,
        });
        if values {
            shown["value"] = fact.value.clone();
        }
        shown
    });
    let account = person.account.as_ref().map(|account| {
        let mut shown = json!({
            "id": account.id, "login": account.login, "status": account.status.as_str(), "created": account.created,
            "status_changed": account.status_changed, "last_updated": account.last_updated, "seen_at": account.seen_at,
        });
        if values {
            shown["profile"] = json!(account.profile);
        }
        shown
    });
    let block = person.block.as_ref().map(|block| json!({ "code": block.code(), "text": block.to_string() }));
    json!({
        "employee": employee,
        "access": person.access,
        "why": person.why,
        "until": person.until,
        "due_at": person.due_at,
        "waiting": person.waiting,
        "block": block,
        "attempts": person.attempts,
        "omitted": person.omitted,
        "read_wanted": person.read_wanted,
        "read_at": person.read_at,
        "account": account,
        "facts": facts.collect::<Vec<_>>(),
        "decisions": decisions,
    })
}

#[cfg(test)]
mod tests;
