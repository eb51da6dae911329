//! One person on a page.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::cli::style::{self, BOLD, DIM, WARN, count, plain, property, table, time};
use crate::cli::tail;
use crate::domain::account::Account;
use crate::ledger::{Entry, PersonReport};

pub(super) fn render(
    employee: &str,
    person: &PersonReport,
    decisions: &[Entry],
    values: bool,
    now: DateTime<Utc>,
) -> String {
    let mut text = property("employee", format_args!("{BOLD}{}{BOLD:#}", plain(employee)));
    text += &account(person.account.as_ref(), now);
    text += &next(person, now);
    text += &heading("What HR said");
    text += &facts(person, values);
    if values && let Some(account) = &person.account {
        text += &heading("What Okta holds");
        let row = |(name, value): (&String, &Value)| vec![name.clone(), shown(value)];
        text += &table(&account.profile.iter().map(row).collect::<Vec<_>>());
    }
    text += &heading("Last decisions");
    for entry in decisions {
        text += "  ";
        text += &tail::line::line(entry);
        text.push('\n');
    }
    text
}

fn heading(title: &str) -> String {
    format!("\n{BOLD}{title}{BOLD:#}\n")
}

fn account(account: Option<&Account>, now: DateTime<Utc>) -> String {
    let Some(account) = account else { return property("account", "none linked") };
    let status = account.status.as_str();
    let changed =
        account.status_changed.map(|at| format!(" since {}", style::when(at, now))).unwrap_or_default();
    property("account", format_args!("{}  {}", plain(&account.login), account.id))
        + &property("status", format_args!("{status}{changed}, seen {}", style::when(account.seen_at, now)))
}

/// What should be, until when, what happens next, and what stands in the way.
fn next(person: &PersonReport, now: DateTime<Utc>) -> String {
    let access = person.access.as_deref().unwrap_or("not decided yet");
    let why = person.why.as_deref().map(|why| format!(": {}", plain(why))).unwrap_or_default();
    let mut text = property("should be", format_args!("{access}{why}"));
    if let Some(until) = person.until {
        text += &property("until", style::when(until, now));
    }
    text += &match person.due_at {
        None => property("next", "nothing, until HR sends news"),
        Some(at) if at <= now => {
            property("next", format_args!("is decided now, due {}", style::when(at, now)))
        }
        Some(at) => property("next", format_args!("is decided again {}", style::when(at, now))),
    };
    if let Some(waiting) = &person.waiting {
        let what = match waiting.as_str() {
            "block" => "new facts from HR, or an operator",
            "retry" => "the next attempt",
            "mirror" => "the directory to be loaded",
            "hr" => "HR to be read once more",
            "observe" => "`okta-provisioner mode apply`",
            "paused" => "`okta-provisioner resume` of what is paused",
            other => other,
        };
        text += &property("waits for", format_args!("{WARN}{what}{WARN:#}"));
    }
    if let Some(block) = &person.block {
        text += &property("because", plain(&block.to_string()));
    }
    if person.attempts > 0 {
        text += &property("failed", format_args!("{} in a row", count(person.attempts, "attempt")));
    }
    if let Some(omitted) = &person.omitted {
        text += &property("left out", plain(omitted));
    }
    if let Some(at) = person.read_wanted {
        text +=
            &property("unread", format_args!("news that HR did not send along, {}", style::when(at, now)));
    }
    if let Some(at) = person.read_at {
        text += &property("read", format_args!("from HR {}", style::when(at, now)));
    }
    text
}

/// Field, value if wanted, since when it has that, when it was last said and by which event. Markers such as
/// `@revoked` are ours: their yes or no always shows.
fn facts(person: &PersonReport, values: bool) -> String {
    let row = |name: &str, value: &Value| match value {
        _ if values || name.starts_with('@') => shown(value),
        Value::Null => "empty".to_owned(),
        _ => "known".to_owned(),
    };
    let rows = person.facts.iter().map(|(name, fact)| {
        let since = person.since.get(name).map(|at| format!("since {}", time(*at))).unwrap_or_default();
        let said = format!("said {}", time(fact.stamp.at));
        vec![plain(name), row(name, &fact.value), since, said, plain(&format!("event {}", fact.stamp.id))]
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() { format!("  {DIM}nothing that is kept{DIM:#}\n") } else { table(&rows) }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "empty".to_owned(),
        Value::String(text) => plain(text),
        value => value.to_string(),
    }
}
