//! Pruning the record of decisions: from its beginning on, so that what is left is still a chain.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;

use super::chain::{self, COLUMNS, Mark};
use super::{Ledger, LedgerError, key, row};

/// What came of a bite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pruned {
    /// So many rows are gone, and this was the last of them.
    Rows(usize, Mark),
    /// There is nothing to prune.
    Nothing,
    /// This row is not what was written there: it is kept, and all behind it.
    Broken(i64),
}

impl Ledger {
    /// Takes rows from before this instant off the beginning of the record, `most` at once. The last row stays, so
    /// that the record goes on where it was; so does whatever does not fit the chain.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn prune(&self, before: DateTime<Utc>, most: usize) -> Result<Pruned, LedgerError> {
        self.writer.call(move |tx| prune(tx, before, most)).await
    }
}

fn prune(tx: &Transaction, before: DateTime<Utc>, most: usize) -> Result<Pruned, LedgerError> {
    let mut last = chain::anchor(tx)?;
    let mut query = tx.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM activity WHERE seq < (SELECT max(seq) FROM activity) ORDER BY seq LIMIT ?1"
    ))?;
    let mut rows = query.query([i64::try_from(most).unwrap_or(i64::MAX)])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let seq = row.get(0)?;
        let hash = last.as_ref().map_or("", |mark| &mark.hash);
        let Some(mark) = chain::fits(row, seq, hash) else {
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
    Ok(Pruned::Rows(count, mark))
}
