//! A decision in words, and as JSON.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::cli::style;
use crate::domain::decide::{Decision, Look, Next};
use crate::domain::plan::Step;

pub(in crate::cli) fn later(until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    until.map_or_else(String::new, |until| format!("next {}", style::when(until, now)))
}

pub(in crate::cli) fn words(next: &Next) -> String {
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

pub(in crate::cli) fn as_json(employee: &str, decision: &Decision) -> Value {
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
