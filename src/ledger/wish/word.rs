//! An operator's word on what is held of one person.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction};
use serde::{Deserialize, Serialize};

use super::{Verb, Wish, reactivate};
use crate::domain::block::Block;
use crate::domain::guard::Bound;
use crate::ledger::activity::{Activity, code};
use crate::ledger::guard;
use crate::ledger::row::{self, millis};
use crate::ledger::{Held, LedgerError};

/// What the word is about, as the operator saw it, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// What called for what is held: if HR calls for something else meanwhile, the word is not about that.
    pub wish: String,
    /// The operator's reason, for the record.
    pub why: Option<String>,
    /// Whether the person was named. Only then is it a change of mind, where somebody has decided before.
    #[serde(default)]
    pub named: bool,
}

impl Word {
    /// A wish that says it of somebody who is held.
    #[must_use]
    pub fn wish(
        held: &Held,
        reject: bool,
        named: bool,
        why: Option<String>,
        operator: Option<String>,
    ) -> Wish {
        let word = Word { wish: held.wish.clone(), why, named };
        Wish {
            verb: if reject { Verb::Reject } else { Verb::Approve },
            employee: Some(held.employee.clone()),
            argument: serde_json::to_string(&word).ok(),
            operator,
        }
    }

    pub(super) fn of(wish: &Wish) -> Option<Self> {
        match wish.verb {
            Verb::Approve | Verb::Reject => serde_json::from_str(wish.argument.as_deref()?).ok(),
            _ => None,
        }
    }
}

/// Does what the word says; nothing if what it is about is not held any more.
pub(super) fn heed(
    tx: &Transaction,
    wish: &Wish,
    employee: &str,
    now: DateTime<Utc>,
) -> Result<Option<Activity>, LedgerError> {
    let Some(Word { wish: about, why, named }) = Word::of(wish) else { return Ok(None) };
    if wish.verb == Verb::Approve
        && let Some(released) = reactivate::allow(tx, wish, employee, &about, now)?
    {
        return Ok(Some(released));
    }
    let state = if wish.verb == Verb::Approve { "approved" } else { "rejected" };
    // What was let through can be refused for as long as it has not been done.
    let decided = tx
        .prepare_cached(
            "UPDATE hold SET state = ?3 WHERE employee = ?1 AND wish = ?2 AND state <> ?3
                 AND (state = 'held' OR state = 'rejected' AND ?4 OR state = 'approved' AND EXISTS (
                     SELECT 1 FROM employee WHERE id = ?1 AND (due_at <= ?5 OR waiting IS NOT NULL)))
             RETURNING batch, block, bound",
        )?
        .query_row(rusqlite::params![employee, about, state, named, millis(now)], |row| {
            Ok((row.get::<_, i64>(0)?, row::json::<Block>(row, 1)?, row.get::<_, String>(2)?))
        })
        .optional()?;
    let Some((batch, block, bound)) = decided else { return Ok(None) };
    guard::close(tx, &bound)?;
    if wish.verb == Verb::Reject {
        let Block::OverLimit { bound: Bound { effect, .. }, .. } = block else { return Ok(None) };
        tx.prepare_cached("UPDATE employee SET block = ?2, revision = revision + 1 WHERE id = ?1")?
            .execute([employee, &row::text(&Block::Rejected { effect, batch })?])?;
        return Ok(None);
    }
    tx.prepare_cached(
        "UPDATE employee SET due_at = ?2, attempts = 0, block = NULL, revision = revision + 1 WHERE id = ?1",
    )?
    .execute(rusqlite::params![employee, millis(now)])?;
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    let mut released =
        Activity::new(code::RELEASED, now).about(employee).because(format!("approved (batch {batch}){why}"));
    released.operator.clone_from(&wish.operator);
    Ok(Some(released))
}
