//! Pruning the record of decisions: from its beginning on, so that what is left is still a chain.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;

use super::activity::{self, Activity, code};
use super::chain::{self, COLUMNS, Mark};
use super::{Ledger, LedgerError, key, row};

/// What came of a bite.
#[derive(Clone, Debug, PartialEq)]
pub enum Pruned {
    /// So many rows are gone, and this was the last of them; which is recorded.
    Rows(usize, Mark, Box<Activity>),
    /// There is nothing to prune.
    Nothing,
    /// This row is not what was written there, or does not follow what was: it is kept, and all behind it.
    Broken(i64),
}

impl Ledger {
    /// Takes rows from before this instant off the beginning of the record, `most` at once. The last row stays, so
    /// that the record goes on where it was; so does whatever does not fit the chain.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn prune(
        &self,
        before: DateTime<Utc>,
        most: usize,
        now: DateTime<Utc>,
    ) -> Result<Pruned, LedgerError> {
        self.writer.call(move |tx| prune(tx, before, most, now)).await
    }
}

fn prune(
    tx: &Transaction,
    before: DateTime<Utc>,
    most: usize,
    now: DateTime<Utc>,
) -> Result<Pruned, LedgerError> {
    let mut last = chain::anchor(tx)?;
    // Else what somebody took out would count as pruned from now on.
    let told = last.as_ref().map_or(Ok(true), |mark| chain::tells(tx, mark))?;
    let mut query = tx.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM activity WHERE seq < (SELECT max(seq) FROM activity) ORDER BY seq LIMIT ?1"
    ))?;
    let mut rows = query.query([i64::try_from(most).unwrap_or(i64::MAX)])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let seq = row.get(0)?;
        let (next, hash) = last.as_ref().map_or((1, ""), |mark| (mark.seq + 1, mark.hash.as_str()));
        let Some(mark) = chain::fits(row, seq, hash).filter(|_| told && seq == next) else {
            if count == 0 {
                return Ok(Pruned::Broken(seq));
            }
            break;
        };
        if mark.at >= before {
            break;
        }
        last = Some(mark);
        count += 1;
    }
    let Some(mark) = last.filter(|_| count > 0) else { return Ok(Pruned::Nothing) };
    tx.prepare_cached("DELETE FROM activity WHERE seq <= ?1")?.execute([mark.seq])?;
    row::set_meta(tx, key::PRUNED, Some(&row::text(&mark)?))?;
    let pruned = Activity::new(code::PRUNED, now).because(format!("{count} rows, {}", chain::up_to(&mark)));
    activity::insert(tx, &pruned)?;
    Ok(Pruned::Rows(count, mark, Box::new(pruned)))
}
