//! The record of every decision, append-only.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;

use super::row::{self, millis};
use super::{Ledger, LedgerError};
use crate::domain::account::OktaId;

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
    /// Okta has something else than we left there.
    pub const DRIFT: &str = "drift.found";
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

pub(super) fn insert(tx: &Transaction, activity: &Activity) -> Result<(), LedgerError> {
    let fields = if activity.fields.is_empty() { None } else { Some(row::text(&activity.fields)?) };
    tx.prepare_cached(
        "INSERT INTO activity (at, code, employee, reason, fields, okta_id, request_id, event, calls, attempt,
             lag_ms, observed, operator)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(rusqlite::params![
        millis(activity.at),
        activity.code,
        activity.employee,
        activity.reason,
        fields,
        activity.okta_id.as_ref().map(|id| &id.0),
        activity.request_id,
        activity.event,
        activity.calls,
        activity.attempt,
        activity.lag_ms,
        activity.observed,
        activity.operator,
    ])?;
    Ok(())
}
