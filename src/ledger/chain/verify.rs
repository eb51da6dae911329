//! Walking the whole chain, and telling what is wrong with the first row that does not fit.

use std::fmt;

use rusqlite::Connection;
use serde::Serialize;

use super::{COLUMNS, Mark, anchor, fits, given_out, tells};
use crate::ledger::{LedgerError, Report};

/// What a walk through the whole record has found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many rows fit.
    pub rows: u64,
    /// The first of them.
    pub first: Option<Mark>,
    /// The last of them: the head, where nothing is broken.
    pub head: Option<Mark>,
    /// The last row that was pruned: the first one follows it.
    pub pruned: Option<Mark>,
    /// The row whose hash was given.
    pub known: Option<Mark>,
    /// What is wrong, if anything is.
    pub broken: Option<Broken>,
}

/// The first thing that is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Broken {
    /// The row is not what was written there.
    Changed {
        /// The row.
        seq: i64,
    },
    /// Rows were taken out.
    Missing {
        /// The first of them.
        from: i64,
        /// The last of them.
        to: i64,
    },
    /// The first rows are gone, and the record does not tell that they were pruned.
    Unpruned {
        /// The last of them.
        to: i64,
    },
    /// The row was put in: what was written there comes after it.
    Inserted {
        /// The row.
        seq: i64,
    },
    /// What was written there stands elsewhere.
    Moved {
        /// The row.
        seq: i64,
        /// Where what belongs there stands now.
        to: i64,
    },
    /// The chain fits, and no row has the hash that was given.
    Rewritten,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { seq } => write!(
                f,
                "row {seq} is not what was written there: it was changed or put in, or others were taken out and those behind renumbered"
            ),
            Self::Missing { from, to } if from == to => write!(f, "row {from} is missing"),
            Self::Missing { from, to } => write!(f, "rows {from} to {to} are missing"),
            Self::Unpruned { to } => {
                write!(f, "the rows up to {to} are missing, and no decision tells that they were pruned")
            }
            Self::Inserted { seq } => write!(f, "row {seq} was put in, and those behind it renumbered"),
            Self::Moved { seq, to } => write!(f, "row {seq} was moved: what was written there is row {to} now"),
            Self::Rewritten => f.write_str(
                "no row has the given hash: the record was written anew from some row before it on, or the hash is \
                 another ledger's",
            ),
        }
    }
}

impl Report {
    /// Walks the whole record, in one read transaction beside whoever writes; looks for the row with the hash
    /// `known` on the way, such as one that was logged.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn verify(&self, known: Option<&str>) -> Result<Verified, LedgerError> {
        let tx = self.connection().unchecked_transaction()?;
        let mut found = Verified { pruned: anchor(&tx)?, ..Verified::default() };
        let is_known = |mark: &Mark| known.is_some_and(|known| known.eq_ignore_ascii_case(&mark.hash));
        found.known = found.pruned.clone().filter(is_known);
        let (mut seq, mut before) =
            found.pruned.as_ref().map_or((0, String::new()), |mark| (mark.seq, mark.hash.clone()));
        let mut query = tx.prepare(&format!("SELECT {COLUMNS} FROM activity ORDER BY seq"))?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let here: i64 = row.get(0)?;
            if here > seq + 1 {
                found.broken = Some(Broken::Missing { from: seq + 1, to: here - 1 });
                return Ok(found);
            }
            let Some(mark) = fits(row, here, &before).filter(|_| here > seq) else {
                found.broken = Some(diagnose(&tx, here, &before)?);
                return Ok(found);
            };
            (seq, before) = (here, mark.hash.clone());
            if is_known(&mark) {
                found.known = Some(mark.clone());
            }
            found.rows += 1;
            found.first.get_or_insert_with(|| mark.clone());
            found.head = Some(mark);
        }
        let last = given_out(&tx)?;
        let told = found.pruned.as_ref().map_or(Ok(true), |mark| tells(&tx, mark))?;
        found.broken = match known {
            _ if last > seq => Some(Broken::Missing { from: seq + 1, to: last }),
            _ if !told => found.pruned.as_ref().map(|mark| Broken::Unpruned { to: mark.seq }),
            Some(_) if found.known.is_none() => Some(Broken::Rewritten),
            _ => None,
        };
        Ok(found)
    }
}

/// What is wrong with the first row that does not fit: where the row is that does.
fn diagnose(tx: &Connection, seq: i64, before: &str) -> Result<Broken, LedgerError> {
    let mut query = tx.prepare(&format!("SELECT {COLUMNS} FROM activity WHERE seq >= ?1 ORDER BY seq"))?;
    let mut rows = query.query([seq])?;
    while let Some(row) = rows.next()? {
        let Some(Mark { hash, .. }) = fits(row, seq, before) else { continue };
        let to: i64 = row.get(0)?;
        let mut one = tx.prepare(&format!("SELECT {COLUMNS} FROM activity WHERE seq = ?1"))?;
        let swapped = one.query_row([seq], |here| Ok(fits(here, to, &hash).is_some()))?;
        let inserted = to == seq + 1 && !swapped;
        return Ok(if inserted { Broken::Inserted { seq } } else { Broken::Moved { seq, to } });
    }
    Ok(Broken::Changed { seq })
}
