//! The record of every decision: append-only, each row chained to the one before.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;

use super::chain::{self, Record};
use super::row::{self, millis};
use super::{Ledger, LedgerError};
use crate::domain::account::OktaId;
use crate::domain::event::Stamp;

/// The stable names of decisions: one log line and one activity row each.
pub mod code {
    /// Facts moved.
    pub const EVENT_ACCEPTED: &str = "event.accepted";
    /// Nothing new.
    pub const EVENT_UNCHANGED: &str = "event.unchanged";
    /// Malformed; dead-lettered.
    pub const EVENT_REJECTED: &str = "event.rejected";
    /// A reading of everybody told what no event had told.
    pub const FOUND: &str = "reconcile.found";
    /// HR's list of everybody left somebody out.
    pub const MISSING: &str = "employee.missing";
    /// Something will happen by itself later.
    pub const SCHEDULED: &str = "employee.scheduled";
    /// Nothing is created or updated until facts or an operator change that.
    pub const BLOCKED: &str = "employee.blocked";
    /// A cut is held back.
    pub const HELD: &str = "employee.held";
    /// A step waits for the end of a pause.
    pub const PAUSED: &str = "employee.paused";
    /// An operator asked for something.
    pub const ASKED: &str = "operator.asked";
    /// No longer blocked or held.
    pub const RELEASED: &str = "employee.released";
    /// Optional attributes are left out: Okta would refuse them.
    pub const INCOMPLETE: &str = "employee.incomplete";
    /// Created.
    pub const CREATED: &str = "user.created";
    /// Found and linked.
    pub const ADOPTED: &str = "user.adopted";
    /// Attributes changed.
    pub const UPDATED: &str = "user.updated";
    /// The login changed.
    pub const RENAMED: &str = "user.renamed";
    /// Activated for the first time.
    pub const ACTIVATED: &str = "user.activated";
    /// Activated again.
    pub const REACTIVATED: &str = "user.reactivated";
    /// Suspended.
    pub const SUSPENDED: &str = "user.suspended";
    /// Sessions and tokens ended.
    pub const SESSIONS_CLEARED: &str = "user.sessions_cleared";
    /// No longer suspended.
    pub const UNSUSPENDED: &str = "user.unsuspended";
    /// Deactivated.
    pub const DEACTIVATED: &str = "user.deactivated";
    /// A call failed and will be made again.
    pub const RETRYING: &str = "okta.retrying";
    /// No calls until Okta answers as it should.
    pub const HALTED: &str = "okta.halted";
    /// Calls go on.
    pub const RESUMED: &str = "okta.resumed";
    /// HR cannot be read for now.
    pub const BOB_RETRYING: &str = "bob.retrying";
    /// HR does not let us read.
    pub const BOB_HALTED: &str = "bob.halted";
    /// HR is read again.
    pub const BOB_RESUMED: &str = "bob.resumed";
    /// HR knows nobody by this id, and no deletion has been told.
    pub const UNKNOWN: &str = "employee.unknown_in_hr";
    /// Somebody is cut on a date that HR could not be asked about once more.
    pub const UNVERIFIED: &str = "hr.unverified";
    /// The beginning of this record was pruned.
    pub const PRUNED: &str = "audit.pruned";
    /// Okta has something else than we left there.
    pub const DRIFT: &str = "drift.found";
    /// Whoever must have no access has a live account.
    pub const LEAVER_ACTIVE: &str = "drift.leaver_active";
    /// What was found is as it should be again, by our doing.
    pub const REPAIRED: &str = "drift.repaired";
}

/// One decision. It holds names and ids, never a value of a profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// When.
    pub at: DateTime<Utc>,
    /// What, by its stable name.
    pub code: &'static str,
    /// About whom.
    pub employee: Option<String>,
    /// The rule or the reason.
    pub reason: Option<String>,
    /// Names of fields or attributes.
    pub fields: Vec<String>,
    /// The account.
    pub okta_id: Option<OktaId>,
    /// Okta's id of the request.
    pub request_id: Option<String>,
    /// The id of the event.
    pub event: Option<String>,
    /// The system that this id is unique in: whose word it is.
    pub source: Option<String>,
    /// How many calls it took.
    pub calls: u32,
    /// Which attempt, for a failure.
    pub attempt: Option<u32>,
    /// Milliseconds since it came to be wanted.
    pub lag_ms: Option<i64>,
    /// Decided only: nothing was written to Okta.
    pub observed: bool,
    /// On whose word, where a person gave it.
    pub operator: Option<String>,
}

impl Activity {
    /// A decision with nothing but its name and time.
    #[must_use]
    pub fn new(code: &'static str, at: DateTime<Utc>) -> Self {
        Self {
            at,
            code,
            employee: None,
            reason: None,
            fields: Vec::new(),
            okta_id: None,
            request_id: None,
            event: None,
            source: None,
            calls: 0,
            attempt: None,
            lag_ms: None,
            observed: false,
            operator: None,
        }
    }

    /// The same, about this person.
    #[must_use]
    pub fn about(self, employee: &str) -> Self {
        Self { employee: Some(employee.to_owned()), ..self }
    }

    /// The same, for this reason.
    #[must_use]
    pub fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }

    /// The same, on the word of the event with this stamp, if there is one.
    #[must_use]
    pub fn following(self, stamp: Option<&Stamp>) -> Self {
        let (event, source) = stamp.map(|stamp| (stamp.id.clone(), stamp.source.clone())).unzip();
        Self { event, source, ..self }
    }
}

impl Ledger {
    /// Writes decisions that concern no row of a person.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn note(&self, activities: Vec<Activity>) -> Result<(), LedgerError> {
        self.writer.call(move |tx| activities.iter().try_for_each(|activity| insert(tx, activity))).await
    }
}

/// Adds a row to the record, and to its chain.
pub(super) fn insert(tx: &Transaction, activity: &Activity) -> Result<(), LedgerError> {
    let fields = if activity.fields.is_empty() { None } else { Some(row::text(&activity.fields)?) };
    let (seq, before) = chain::next(tx)?;
    let record = Record {
        seq,
        at: millis(activity.at),
        code: activity.code,
        employee: activity.employee.as_deref(),
        reason: activity.reason.as_deref(),
        fields: fields.as_deref(),
        okta_id: activity.okta_id.as_ref().map(|id| id.0.as_str()),
        request_id: activity.request_id.as_deref(),
        event: activity.event.as_deref(),
        source: activity.source.as_deref(),
        calls: activity.calls.into(),
        attempt: activity.attempt.map(Into::into),
        lag_ms: activity.lag_ms,
        observed: activity.observed.into(),
        operator: activity.operator.as_deref(),
    };
    tx.prepare_cached(
        "INSERT INTO activity (seq, at, code, employee, reason, fields, okta_id, request_id, event, source, calls,
             attempt, lag_ms, observed, operator, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?
    .execute(rusqlite::params![
        record.seq,
        record.at,
        record.code,
        record.employee,
        record.reason,
        record.fields,
        record.okta_id,
        record.request_id,
        record.event,
        record.source,
        record.calls,
        record.attempt,
        record.lag_ms,
        record.observed,
        record.operator,
        record.hash(&before)?,
    ])?;
    Ok(())
}
