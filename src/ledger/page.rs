//! One person as they are shown: by `show --json`, and over HTTP.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::{Entry, Filter, LedgerError, PersonReport, Report, code};
use crate::domain::account::{OktaId, Profile};

/// No decision: every webhook that only says whom to read is one.
const IDLE: [&str; 1] = [code::EVENT_UNCHANGED];

/// All about one person. Values are in it only if asked for.
#[derive(Debug, Serialize)]
pub struct PersonPage {
    employee: String,
    access: Option<String>,
    why: Option<String>,
    until: Option<DateTime<Utc>>,
    due_at: Option<DateTime<Utc>>,
    waiting: Option<String>,
    block: Option<Reason>,
    attempts: u32,
    omitted: Option<String>,
    read_wanted: Option<DateTime<Utc>>,
    read_at: Option<DateTime<Utc>>,
    account: Option<Shown>,
    facts: Vec<Said>,
    decisions: Vec<Entry>,
}

/// Why somebody waits.
#[derive(Debug, Serialize)]
struct Reason {
    code: &'static str,
    text: String,
}

/// The linked account.
#[derive(Debug, Serialize)]
struct Shown {
    id: OktaId,
    login: String,
    status: String,
    created: DateTime<Utc>,
    status_changed: Option<DateTime<Utc>>,
    last_updated: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<Profile>,
}

/// One fact.
#[derive(Debug, Serialize)]
struct Said {
    field: String,
    since: Option<DateTime<Utc>>,
    at: DateTime<Utc>,
    event: String,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

impl PersonPage {
    /// The page of `employee`, with these decisions.
    #[must_use]
    pub fn new(employee: &str, person: &PersonReport, decisions: Vec<Entry>, values: bool) -> Self {
        let facts = person.facts.iter().map(|(name, fact)| Said {
            field: name.to_owned(),
            since: person.since.get(name).copied(),
            at: fact.stamp.at,
            event: fact.stamp.id.clone(),
            source: fact.stamp.source.clone(),
            value: values.then(|| fact.value.clone()),
        });
        let account = person.account.as_ref().map(|account| Shown {
            id: account.id.clone(),
            login: account.login.clone(),
            status: account.status.as_str().to_owned(),
            created: account.created,
            status_changed: account.status_changed,
            last_updated: account.last_updated,
            seen_at: account.seen_at,
            profile: values.then(|| account.profile.clone()),
        });
        Self {
            employee: employee.to_owned(),
            access: person.access.clone(),
            why: person.why.clone(),
            until: person.until,
            due_at: person.due_at,
            waiting: person.waiting.clone(),
            block: person.block.as_ref().map(|block| Reason { code: block.code(), text: block.to_string() }),
            attempts: person.attempts,
            omitted: person.omitted.clone(),
            read_wanted: person.read_wanted,
            read_at: person.read_at,
            account,
            facts: facts.collect(),
            decisions,
        }
    }
}

impl Report {
    /// A person's last decisions, at most `most`.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn last_decisions(&self, employee: &str, most: usize) -> Result<Vec<Entry>, LedgerError> {
        let after = self.before_last(Some(employee), &IDLE, most)?;
        let filter =
            Filter { after, employee: Some(employee.to_owned()), without: &IDLE, ..Filter::default() };
        self.activity(&filter, most)
    }
}
