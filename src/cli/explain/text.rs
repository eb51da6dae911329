//! An explanation on one page.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::cli::style::{self, BAD, BOLD, DIM, GOOD, WARN, plain, property, table, time};
use crate::cli::{tail, upcoming};
use crate::domain::access::Verdict;
use crate::ledger::{Explained, ExplainedFact, ExplainedRow, ExplainedStep};

pub(super) fn render(explained: &Explained, now: DateTime<Utc>) -> String {
    let mut text = property("employee", format_args!("{BOLD}{}{BOLD:#}", plain(&explained.employee)));
    if explained.at != now {
        text += &property("as of", style::when(explained.at, now));
    }
    text += &head(explained);
    text += &heading("Which rule");
    let rules = explained.rules.iter().map(|traced| {
        let verdict = match traced.verdict {
            Verdict::Matched => "yes",
            Verdict::Passed => "no",
            Verdict::NotAsked => "not asked",
        };
        vec![traced.rule.asks().to_owned(), verdict.to_owned(), plain(&traced.why)]
    });
    text += &table(&rules.collect::<Vec<_>>());
    let counts = matches!(explained.access, "active" | "staged");
    text += &heading(if counts {
        "Mapping"
    } else {
        "Mapping (not written while the account should not be there)"
    });
    text += &table(&explained.mapping.iter().map(row).collect::<Vec<_>>());
    text += &heading("What comes next");
    text += &next(explained);
    text += &heading("What HR said");
    text += &table(&explained.facts.iter().map(fact).collect::<Vec<_>>());
    text += &heading("What happened");
    for step in &explained.history {
        text += &happened(step);
    }
    text
}

fn heading(title: &str) -> String {
    format!("\n{BOLD}{title}{BOLD:#}\n")
}

fn head(explained: &Explained) -> String {
    let mut text = match &explained.account {
        None => property("account", "none"),
        Some(account) => {
            let login = account.login.as_deref().map(plain).unwrap_or_default();
            let status = account.status.unwrap_or("not seen yet");
            let seen = account.seen_at.map(|at| format!(", seen {}", time(at))).unwrap_or_default();
            property("account", format_args!("{login}  {}  {status}{seen}", account.id))
                + &property("", plain(&account.how))
        }
    };
    text += &property("should be", format_args!("{}: {}", explained.access, plain(&explained.why)));
    if let Some(until) = explained.until {
        text += &property("until", time(until));
    }
    text
}

/// Attribute, the fields that it is made of, how it stands, and the values if they are there.
fn row(row: &ExplainedRow) -> Vec<String> {
    let fields: Vec<_> = row
        .fields
        .iter()
        .map(|(name, state)| if *state == "value" { name.clone() } else { format!("{name} ({state})") })
        .collect();
    let from = if fields.is_empty() { "a constant".to_owned() } else { fields.join(", ") };
    let stands = match row.standing {
        "same" => "as it should be",
        "differs" => "differs",
        "unheeded" => "Okta stores another value: not sent again",
        "new" => "sent when created",
        "unknown" => "left alone, HR has not told",
        "create_only" => "only written when created",
        "left_out" => "left out",
        "blocks" => "blocks",
        other => other,
    };
    let why = row.why.as_ref().map(|why| format!(": {}", plain(why))).unwrap_or_default();
    let mut cells = vec![row.attribute.clone(), format!("← {from}"), format!("{stands}{why}")];
    if let Some(value) = &row.value {
        cells.push(shown(value));
        cells.push(row.okta.as_ref().map(|value| format!("in Okta {}", shown(value))).unwrap_or_default());
    }
    cells
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "empty".to_owned(),
        Value::String(text) => plain(text),
        value => value.to_string(),
    }
}

fn next(explained: &Explained) -> String {
    let steps = explained.steps.iter().map(|planned| {
        let about = if planned.attributes.is_empty() {
            String::new()
        } else {
            format!(" {}", planned.attributes.join(", "))
        };
        format!("{}{about}", planned.step)
    });
    let now = match explained.next {
        "act" => steps.collect::<Vec<_>>().join(", then "),
        "look" => "read the account, then decide".to_owned(),
        "await_mirror" => "wait for the list of Okta's users".to_owned(),
        "block" => format!("{WARN}nothing, blocked{WARN:#}"),
        _ => "nothing".to_owned(),
    };
    let mut text = format!("  now: {now}\n");
    if let Some(waits) = &explained.waits {
        let _ = writeln!(text, "  {BAD}waits{BAD:#}: {}", plain(&waits.text));
    }
    if let Some(due_at) = explained.due_at {
        let _ = writeln!(text, "  decided again {}", time(due_at));
    }
    let rows = explained.coming.iter().map(|coming| {
        let mut row = upcoming::row(coming, true);
        row[0] = format!("{} {}", coming.local.get(..10).unwrap_or_default(), row[0]);
        row
    });
    text + &table(&rows.collect::<Vec<_>>())
}

fn fact(fact: &ExplainedFact) -> Vec<String> {
    let state = fact.value.as_ref().map_or(fact.state.to_owned(), shown);
    let since = fact.since.map(|at| format!("since {}", time(at))).unwrap_or_default();
    let said = format!("said {}", time(fact.said_at));
    vec![plain(&fact.field), state, since, said, plain(&format!("event {} of {}", fact.event, fact.source))]
}

/// A decision, and below it the words that it rests on.
fn happened(step: &ExplainedStep) -> String {
    let mut text = format!("  {}\n", tail::line::line(&step.entry, false));
    let entry = &step.entry;
    let asked = entry.event.as_ref().map(|event| format!("event {}", plain(event)));
    let answered = entry.request_id.as_ref().map(|id| format!("{GOOD}Okta's request{GOOD:#} {}", plain(id)));
    let by = entry.operator.as_ref().map(|name| format!("by {}", plain(name)));
    let told: Vec<_> = [asked, answered, by].into_iter().flatten().collect();
    if !told.is_empty() {
        let _ = writeln!(text, "      {}", told.join(", "));
    }
    for cause in &step.because {
        let event = cause.event.as_deref().unwrap_or("a read of HR");
        let fields = cause.fields.join(", ");
        let _ = writeln!(
            text,
            "      {DIM}on the word of {} ({}, {fields}){DIM:#}",
            plain(event),
            time(cause.at)
        );
    }
    text
}
