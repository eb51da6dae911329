//! An employee as HR keeps one: a record, and two tables of dated rows.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

/// One line of a table, in effect from a day on.
#[derive(Clone, Debug)]
pub(super) struct Row<T> {
    pub(super) id: u64,
    pub(super) effective: NaiveDate,
    /// When HR wrote it.
    pub(super) recorded: DateTime<Utc>,
    /// The events of its coming into effect have been sent.
    pub(super) told: bool,
    pub(super) what: T,
}

/// What a row of the lifecycle table says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stage {
    /// An employment begins.
    Begins {
        /// It is not the first one.
        again: bool,
    },
    /// Back from a leave.
    Returns,
    Leave {
        /// As Bob's machine writes it, in lower case.
        status: String,
        remain_active: bool,
        until: Option<NaiveDate>,
    },
    Garden,
    Terminated {
        last_day: Option<NaiveDate>,
        reason: Option<String>,
    },
}

/// What a row of the work table says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Job {
    pub(super) title: Option<String>,
    /// The item's id.
    pub(super) department: Option<String>,
    pub(super) site: i64,
    /// The employee's id.
    pub(super) reports_to: Option<String>,
}

/// An employee.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) created: DateTime<Utc>,
    /// Dotted id → machine value, of what is neither derived nor in a table.
    pub(super) fields: BTreeMap<String, Value>,
    /// In the order of coming into effect.
    pub(super) lifecycle: Vec<Row<Stage>>,
    pub(super) work: Vec<Row<Job>>,
    /// HR took the access to Bob away.
    pub(super) uninvited: bool,
}

impl Person {
    /// The text of a field of the record.
    pub(super) fn text(&self, id: &str) -> &str {
        self.fields.get(id).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether this is the id or the email.
    pub(super) fn is_called(&self, key: &str) -> bool {
        self.id == key || self.text("root.email").to_lowercase() == key.to_lowercase()
    }

    /// Keeps both tables in the order of coming into effect, and of writing on the same day.
    pub(super) fn sort(&mut self) {
        self.lifecycle.sort_by_key(|row| (row.effective, row.id));
        self.work.sort_by_key(|row| (row.effective, row.id));
    }

    /// Whether something is to happen by itself.
    pub(super) fn awaits(&self) -> bool {
        self.lifecycle.iter().any(|row| !row.told) || self.work.iter().any(|row| !row.told)
    }

    /// The job on a day; before the first one, that.
    pub(super) fn job(&self, day: NaiveDate) -> &Row<Job> {
        let rows = self.work.iter().rev();
        rows.filter(|row| row.effective <= day).chain(&self.work[..1]).next().expect("a first row")
    }
}
