//! `plan`: what would be done.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::samples::{self, Samples};
use super::{Which, style};
use crate::app::settings::Settings;
use crate::domain::decide::{Decision, Look, Next};
use crate::domain::event::Event;
use crate::domain::plan::Step;
use crate::engine::clock::Clock;
use crate::ledger::Ledger;

/// Show what would be done for the events in a file; nothing is written
///
/// The events are merged into a copy of the ledger in memory, if there is one, and everybody they are about is
/// decided as of now. Neither Okta nor RabbitMQ is asked.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner plan events.ndjson
  okta-provisioner plan --json - < events.ndjson")]
pub(super) struct Plan {
    /// Events, one JSON object a line; - is standard input
    file: PathBuf,
    /// Print an object a line as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

impl Plan {
    pub async fn execute(self, settings: Settings, clock: Clock) -> anyhow::Result<ExitCode> {
        let now = clock.now();
        let path = self.which.path(&settings);
        let ledger = Ledger::copy(&path, Arc::clone(&settings.rules))?;
        ledger.recall_schema().await?;
        let rules = ledger.rules();
        let samples = Samples::new(now, rules.access.zones.default);
        let mut out = anstream::stdout();
        let (mut events, mut people, mut refused) = (Vec::new(), BTreeSet::new(), false);
        for (line, number) in samples::lines(samples::open(&self.file)?).zip(1..) {
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
        let mut rows = Vec::new();
        for id in people {
            let Some(mut person) = ledger.person(&id).await? else { continue };
            // Without a daemon's mirror the best guess is an org without these people.
            person.view.mirror_loaded = true;
            let decision = rules.decide(&person.employee, &person.view, now);
            if self.json {
                writeln!(out, "{}", as_json(&id, &decision))?;
            } else {
                rows.push(vec![
                    id,
                    words(&decision.next),
                    decision.desired.why.text(),
                    later(decision.desired.until, now),
                ]);
            }
        }
        write!(out, "{}", style::table(&rows))?;
        Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

pub(super) fn later(until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    until.map_or_else(String::new, |until| format!("next {}", style::when(until, now)))
}

pub(super) fn words(next: &Next) -> String {
    match next {
        Next::Rest => "nothing".into(),
        Next::AwaitMirror => "wait for the list of Okta's users".into(),
        Next::Block(block) => format!("blocked, {}", block.code()),
        Next::Look(Look::Id(id)) => format!("read account {id}, then decide"),
        Next::Look(Look::Login(_)) => "find out what became of a create, then decide".into(),
        Next::Act(steps) => steps.iter().map(step).collect::<Vec<_>>().join(", then "),
    }
}

fn step(step: &Step) -> String {
    match step {
        Step::Create { activate: true, .. } => "create and activate".into(),
        Step::Create { activate: false, .. } => "create, not activated".into(),
        Step::Update { changes } => {
            format!("change {}", changes.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
        }
        Step::Activate { .. } => "activate".into(),
        Step::Suspend => "suspend".into(),
        Step::Unsuspend => "end the suspension".into(),
        Step::ClearSessions => "end all sessions".into(),
        Step::Deactivate => "deactivate".into(),
    }
}

pub(super) fn as_json(employee: &str, decision: &Decision) -> Value {
    let attributes = |step: &Step| match step {
        Step::Create { profile, .. } | Step::Update { changes: profile } => profile.keys().cloned().collect(),
        _ => Vec::new(),
    };
    let steps: Vec<Value> = match &decision.next {
        Next::Act(steps) => {
            steps.iter().map(|s| json!({"step": step(s), "attributes": attributes(s)})).collect()
        }
        _ => Vec::new(),
    };
    let block = match &decision.next {
        Next::Block(block) => Some(block.to_string()),
        _ => None,
    };
    json!({
        "employee": employee, "access": decision.desired.access.as_str(), "why": decision.desired.why.text(),
        "until": decision.desired.until, "account": decision.account, "next": words(&decision.next), "steps": steps,
        "block": block, "omitted": decision.omitted.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
