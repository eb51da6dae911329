//! Whether Okta is written to, and on whose word it is not.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;

use super::row::{self, millis};
use super::settle::Waiting;
use super::{LedgerError, key};

/// What the meta key [`key::MODE`] can say; nothing while Okta is written to.
pub mod mode {
    /// The first run beside an org that has users.
    pub const FIRST_RUN: &str = "first_run";
    /// An operator's word.
    pub const OPERATOR: &str = "operator";
    /// What an operator asks for: to decide and write nothing to Okta.
    pub const OBSERVE: &str = "observe";
    /// To write to Okta.
    pub const APPLY: &str = "apply";
}

/// Observes on an operator's word, or applies: then whoever has waited for that is due.
pub(super) fn set(tx: &Transaction, wanted: Option<&str>, now: DateTime<Utc>) -> Result<(), LedgerError> {
    if wanted == Some(mode::OBSERVE) {
        return row::set_meta(tx, key::MODE, Some(mode::OPERATOR));
    }
    row::set_meta(tx, key::MODE, None)?;
    // A first look at the org decides it no more.
    row::set_meta(tx, key::BEGUN, Some("yes"))?;
    tx.execute(
        "UPDATE employee SET due_at = ?1, revision = revision + 1 WHERE waiting = ?2",
        rusqlite::params![millis(now), Waiting::Observe.as_str()],
    )?;
    Ok(())
}
