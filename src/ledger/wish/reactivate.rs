//! An operator's word that an account which was cut in Okta may be used again.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;

use super::Wish;
use crate::ledger::LedgerError;
use crate::ledger::activity::{Activity, code};
use crate::ledger::row::millis;

/// Lets the daemon activate this account once, if the person still waits for that and nothing else.
pub(super) fn allow(
    tx: &Transaction,
    wish: &Wish,
    employee: &str,
    account: &str,
    now: DateTime<Utc>,
) -> Result<Option<Activity>, LedgerError> {
    let waits = tx
        .prepare_cached(
            "UPDATE employee SET memory = json_set(memory, '$.reactivate', ?2, '$.told', coalesce(memory ->> '$.told', 0) + 1),
                 due_at = ?3, attempts = 0, block = NULL, revision = revision + 1
             WHERE id = ?1 AND waiting = 'block' AND block ->> '$.cut_in_okta.account' = ?2",
        )?
        .execute(rusqlite::params![employee, account, millis(now)])?;
    if waits == 0 {
        return Ok(None);
    }
    let mut released = Activity::new(code::RELEASED, now)
        .about(employee)
        .because("approved: the account may be activated again");
    released.operator.clone_from(&wish.operator);
    Ok(Some(released))
}
