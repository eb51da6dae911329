//! What happened to one person: each decision with the words of HR's that it rests on.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::access::rests_on;
use crate::domain::account::OktaId;
use crate::domain::decide::Rules;
use crate::ledger::{Entry, code};

/// One decision.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// The decision as it was recorded: the rule, the attributes, the calls and their answer.
    #[serde(flatten)]
    pub entry: Entry,
    /// The events that it rests on, the latest first; none for an event itself.
    pub because: Vec<Cause>,
}

/// An event that a decision rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// The place of its row.
    pub seq: i64,
    /// When it was taken.
    pub at: DateTime<Utc>,
    /// Its id, as HR gave it.
    pub event: Option<String>,
    /// Which of the fields that count it changed.
    pub fields: Vec<String>,
}

/// The fields that a word of HR's changed, by the place of its row.
type Told = BTreeMap<i64, BTreeSet<String>>;

/// The decisions of one person, each with what it rests on: the last word about the fields of its rule, and about
/// those of each attribute that it wrote, by the mapping of now.
pub(super) fn steps(rules: &Rules, entries: Vec<Entry>) -> Vec<Step> {
    // Field → the row that last changed it.
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    let mut events: BTreeMap<i64, (DateTime<Utc>, Option<String>)> = BTreeMap::new();
    let mut steps = Vec::with_capacity(entries.len());
    for entry in entries {
        if [code::EVENT_ACCEPTED, code::FOUND].contains(&entry.code.as_str()) {
            events.insert(entry.seq, (entry.at, entry.event.clone()));
            last.extend(entry.fields.iter().map(|field| (field.clone(), entry.seq)));
            steps.push(Step { entry, because: Vec::new() });
            continue;
        }
        let mut told = Told::new();
        let reason = entry.reason.as_deref().unwrap_or_default();
        let rule = rests_on(reason.split(';').next().unwrap_or_default());
        // A rule says one thing: the latest word about it.
        if let Some((seq, field)) =
            rule.into_iter().filter_map(|name| Some((*last.get(name)?, name))).max_by_key(|(seq, _)| *seq)
            && !writes(&entry.code)
        {
            told.entry(seq).or_default().insert(field.to_owned());
        }
        if writes(&entry.code) || entry.code == code::CREATED {
            for name in entry.fields.iter().flat_map(|attribute| rules.mapping.reads(attribute)) {
                if let Some(seq) = last.get(name) {
                    told.entry(*seq).or_default().insert(name.to_owned());
                }
            }
        }
        let because = told.into_iter().rev().filter_map(|(seq, fields)| {
            let (at, event) = events.get(&seq)?.clone();
            Some(Cause { seq, at, event, fields: fields.into_iter().collect() })
        });
        steps.push(Step { because: because.collect(), entry });
    }
    steps
}

/// Whether a decision is about attributes, whatever rule lets the account be there.
fn writes(name: &str) -> bool {
    [code::UPDATED, code::RENAMED, code::INCOMPLETE].contains(&name)
}

/// How a linked account came to be this person's.
pub(super) fn how(entries: &[Entry], id: &OktaId) -> String {
    let linked = entries.iter().rev().find(|entry| {
        entry.okta_id.as_ref() == Some(&id.0) && [code::CREATED, code::ADOPTED].contains(&entry.code.as_str())
    });
    match linked {
        Some(entry) if entry.code == code::CREATED => format!("created by this program {}", entry.at),
        Some(entry) => {
            format!("found and linked {}: {}", entry.at, entry.reason.as_deref().unwrap_or_default())
        }
        None => "linked by hand, or before the history begins".to_owned(),
    }
}
