//! Counting what is taken away, and holding what would be too much: one transaction, however many turns ask at once.

mod count;
mod hold;

use chrono::{DateTime, Utc};
use rusqlite::Transaction;

pub(super) use self::count::{Headcounts, undo};
use self::hold::Standing;
pub(super) use self::hold::{close, settled};
use super::{Ledger, LedgerError};
use crate::domain::block::Block;
use crate::domain::decide::Rules;
use crate::domain::guard::{Claim, Effect};

/// Whether something may be taken from somebody.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Yes, and it counts.
    Free,
    /// Yes, as an operator said: it counts for nobody else's limit.
    Approved,
    /// Not before somebody says so.
    Held(Block),
}

impl Ledger {
    /// Whether something must not be taken from somebody now, and why. Over a limit the person is held from here
    /// on, whatever the limit says later. Nothing is counted: that is [`Ledger::intend`]'s, just before the call.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn guard(
        &self,
        employee: &str,
        claim: Claim,
        now: DateTime<Utc>,
    ) -> Result<Option<Block>, LedgerError> {
        let (rules, headcounts, employee) = (self.rules(), self.headcounts.clone(), employee.to_owned());
        self.writer
            .call(move |tx| match check(tx, &rules, &headcounts, &employee, &claim, now)? {
                Verdict::Free | Verdict::Approved => Ok(None),
                Verdict::Held(block) => Ok(Some(block)),
            })
            .await
    }

    /// What would hold somebody if anything were done. Counts as if it were, and apart from what is.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn guard_observed(
        &self,
        employee: &str,
        claim: Claim,
        now: DateTime<Utc>,
    ) -> Result<Option<Block>, LedgerError> {
        let (rules, headcounts, employee) = (self.rules(), self.headcounts.clone(), employee.to_owned());
        self.writer
            .call(move |tx| {
                let kind = format!("observed {}", claim.effect.as_str());
                let bound = count::passed(tx, &rules, &headcounts, &employee, (claim.effect, &kind), now)?;
                if let Some((bound, _)) = bound {
                    return Ok(Some(Block::OverLimit { bound, batch: 0 }));
                }
                count::reserve(tx, &rules, &kind, &employee, now)?;
                Ok(None)
            })
            .await
    }
}

pub(super) fn check(
    tx: &Transaction,
    rules: &Rules,
    headcounts: &Headcounts,
    employee: &str,
    claim: &Claim,
    now: DateTime<Utc>,
) -> Result<Verdict, LedgerError> {
    match hold::standing(tx, employee, claim)? {
        Standing::Approved => return Ok(Verdict::Approved),
        Standing::Waits(block) => return Ok(Verdict::Held(block)),
        Standing::Nothing => {}
    }
    let kind = (claim.effect, claim.effect.as_str());
    match count::passed(tx, rules, headcounts, employee, kind, now)? {
        Some((bound, of)) => Ok(Verdict::Held(hold::hold(tx, employee, claim, bound, &of, now)?)),
        None => Ok(Verdict::Free),
    }
}

/// Counts what is about to be taken from somebody.
pub(super) fn reserve(
    tx: &Transaction,
    rules: &Rules,
    employee: &str,
    effect: Effect,
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    count::reserve(tx, rules, effect.as_str(), employee, now)
}
