//! Who waits for an operator's word, and what the word was.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{OptionalExtension, Transaction};

use crate::domain::access::Desired;
use crate::domain::block::Block;
use crate::domain::guard::{Bound, Claim};
use crate::ledger::row::{self, millis};
use crate::ledger::{LedgerError, key};

/// What has been decided about a claim before.
pub(super) enum Standing {
    /// Nothing.
    Nothing,
    /// An operator let it through.
    Approved,
    /// It waits.
    Waits(Block),
}

/// What stands of a claim. A word is about one wish; but who waits goes on waiting, whatever the wish.
pub(super) fn standing(tx: &Transaction, employee: &str, claim: &Claim) -> Result<Standing, LedgerError> {
    let row = tx
        .prepare_cached("SELECT kind, wish, state, batch, block FROM hold WHERE employee = ?1")?
        .query_row([employee], |row| {
            let block = row::json::<Block>(row, 4)?;
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
                row.get(3)?,
                block,
            ))
        })
        .optional()?;
    let Some((kind, wish, state, batch, block)) = row else { return Ok(Standing::Nothing) };
    let (same_kind, same) = (kind == claim.effect.as_str(), wish == claim.wish);
    match state.as_str() {
        "held" if same_kind => {
            if !same {
                tx.prepare_cached("UPDATE hold SET wish = ?2 WHERE employee = ?1")?
                    .execute([employee, &claim.wish])?;
            }
            Ok(Standing::Waits(block))
        }
        "rejected" if same_kind && same => {
            Ok(Standing::Waits(Block::Rejected { effect: claim.effect, batch }))
        }
        "approved" if same_kind && same => Ok(Standing::Approved),
        _ => {
            tx.prepare_cached("DELETE FROM hold WHERE employee = ?1")?.execute([employee])?;
            Ok(Standing::Nothing)
        }
    }
}

/// For so long from its first one on others join a batch: nobody is let through with those whom an operator has seen
/// on a list much earlier.
const OPEN: TimeDelta = TimeDelta::minutes(10);

/// Holds somebody. `of` is the name of the limit: who is held by the same one within a while is of one batch, until
/// something of it has been decided.
pub(super) fn hold(
    tx: &Transaction,
    employee: &str,
    claim: &Claim,
    bound: Bound,
    of: &str,
    now: DateTime<Utc>,
) -> Result<Block, LedgerError> {
    let open = tx
        .prepare_cached("SELECT batch, at FROM hold WHERE bound = ?1 ORDER BY at LIMIT 1")?
        .query_row([of], |found| Ok((found.get(0)?, row::instant(found, 1)?)))
        .optional()?;
    let batch = if let Some((batch, first)) = open
        && (now - first).abs() < OPEN
    {
        batch
    } else {
        close(tx, of)?;
        let last: i64 = row::meta(tx, key::BATCH)?.and_then(|number| number.parse().ok()).unwrap_or(0);
        row::set_meta(tx, key::BATCH, Some(&(last + 1).to_string()))?;
        last + 1
    };
    let block = Block::OverLimit { bound, batch };
    tx.prepare_cached(
        "INSERT INTO hold (employee, kind, wish, bound, batch, block, state, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'held', ?7)",
    )?
    .execute(rusqlite::params![
        employee,
        claim.effect.as_str(),
        claim.wish,
        of,
        batch,
        row::text(&block)?,
        millis(now)
    ])?;
    Ok(block)
}

/// Nobody else joins the batch that is open for a limit: of those in it the limit is forgotten.
pub(in crate::ledger) fn close(tx: &Transaction, of: &str) -> Result<(), LedgerError> {
    tx.prepare_cached("UPDATE hold SET bound = '' WHERE bound = ?1 AND bound <> ''")?.execute([of])?;
    Ok(())
}

/// A turn has ended: what is not wanted any more is not held any more, nor what waits `otherwise`, for another reason.
/// If it `rests` there is nothing left to do, and what was allowed is over; a cut is so for as long as it is wanted.
pub(in crate::ledger) fn settled(
    tx: &Transaction,
    employee: &str,
    desired: &Desired,
    rests: bool,
    otherwise: bool,
) -> Result<(), LedgerError> {
    tx.prepare_cached(
        "DELETE FROM hold
         WHERE employee = ?1 AND ((kind IN ('cut', 'revocation')) <> ?2 OR ?3 AND (state <> 'approved' OR NOT ?2)
             OR ?4 AND state <> 'approved')",
    )?
    .execute(rusqlite::params![employee, desired.access.is_cut(), rests, otherwise])?;
    Ok(())
}
