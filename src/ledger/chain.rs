//! The chain through the record of decisions: each row's hash covers all of the row and the hash of the row before.
//!
//! It is SHA-256 over the hash before (64 hexadecimal digits, nothing before the first row), a line feed, and the row
//! as a JSON array without spaces: seq, at (milliseconds since 1970), code, employee, reason, fields (the text of a
//! JSON array), `okta_id`, `request_id`, event, source, calls, attempt, `lag_ms`, observed (0 or 1), operator; null for what
//! is not there. Whoever can write the file can make a new chain from any row on, so the head is logged: what has been
//! shipped elsewhere cannot be rewritten.

mod verify;

pub use self::verify::{Broken, Verified};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use serde::{Deserialize, Serialize};

use super::{Ledger, LedgerError, Report, code, key, row};
use crate::domain::digest::digest;

/// A place in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The row.
    pub seq: i64,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Its hash.
    pub hash: String,
}

/// All of a row but its hash, as it is stored.
pub(super) struct Record<'a> {
    pub seq: i64,
    pub at: i64,
    pub code: &'a str,
    pub employee: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub fields: Option<&'a str>,
    pub okta_id: Option<&'a str>,
    pub request_id: Option<&'a str>,
    pub event: Option<&'a str>,
    pub source: Option<&'a str>,
    pub calls: i64,
    pub attempt: Option<i64>,
    pub lag_ms: Option<i64>,
    pub observed: i64,
    pub operator: Option<&'a str>,
}

/// The columns that [`Record::read`] takes, in its order, and the hash behind them.
pub(super) const COLUMNS: &str =
    "seq, at, code, employee, reason, fields, okta_id, request_id, event, source, calls, attempt,
     lag_ms, observed, operator, hash";
/// Where the hash is in these.
const HASH: usize = 15;
/// How many rows of an older ledger are chained in one go.
const PAGE: i64 = 1000;

impl<'a> Record<'a> {
    fn read(row: &'a Row) -> rusqlite::Result<Self> {
        let text = |column| -> rusqlite::Result<_> { Ok(row.get_ref(column)?.as_str_or_null()?) };
        Ok(Self {
            seq: row.get(0)?,
            at: row.get(1)?,
            code: row.get_ref(2)?.as_str()?,
            employee: text(3)?,
            reason: text(4)?,
            fields: text(5)?,
            okta_id: text(6)?,
            request_id: text(7)?,
            event: text(8)?,
            source: text(9)?,
            calls: row.get(10)?,
            attempt: row.get(11)?,
            lag_ms: row.get(12)?,
            observed: row.get(13)?,
            operator: text(14)?,
        })
    }

    /// The row's hash, behind a row with this one.
    pub fn hash(&self, before: &str) -> Result<String, LedgerError> {
        let mut bytes = format!("{before}\n").into_bytes();
        let row = (
            self.seq,
            self.at,
            self.code,
            self.employee,
            self.reason,
            self.fields,
            self.okta_id,
            self.request_id,
            self.event,
            self.source,
            self.calls,
            self.attempt,
            self.lag_ms,
            self.observed,
            self.operator,
        );
        serde_json::to_writer(&mut bytes, &row)?;
        Ok(digest(&bytes))
    }
}

/// The row's place in the chain, if it is what was written as row `seq` behind this hash. What is no text any more
/// has been tampered with as well.
pub(super) fn fits(row: &Row, seq: i64, before: &str) -> Option<Mark> {
    let hash = Record { seq, ..Record::read(row).ok()? }.hash(before).ok()?;
    let written: String = row.get(HASH).ok()?;
    let at = row::instant(row, 1).ok()?;
    (hash == written).then_some(Mark { seq, at, hash })
}

/// The number of the next row, and the hash that it follows. No number is given out twice: where the last rows were
/// cut off, their gap stays.
pub(super) fn next(tx: &Connection) -> Result<(i64, String), LedgerError> {
    let mut query = tx.prepare_cached("SELECT seq, hash FROM activity ORDER BY seq DESC LIMIT 1")?;
    let last = query.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?)));
    let (seq, hash) = last.optional()?.unwrap_or_default();
    Ok((seq.max(given_out(tx)?) + 1, hash.unwrap_or_default()))
}

/// The last number that a row was given; it outlives the row.
fn given_out(connection: &Connection) -> Result<i64, LedgerError> {
    let mut query = connection.prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'activity'")?;
    Ok(query.query_row([], |row| row.get(0)).optional()?.unwrap_or_default())
}

/// Chains the rows of a ledger that was made before there was a chain.
pub(super) fn extend(tx: &Transaction) -> Result<(), LedgerError> {
    let mut page =
        tx.prepare(&format!("SELECT {COLUMNS} FROM activity WHERE seq > ?1 ORDER BY seq LIMIT ?2"))?;
    let mut write = tx.prepare("UPDATE activity SET hash = ?2 WHERE seq = ?1")?;
    let (mut last, mut before) = (0, String::new());
    loop {
        let mut hashes = Vec::new();
        let mut rows = page.query([last, PAGE])?;
        while let Some(row) = rows.next()? {
            let record = Record::read(row)?;
            before = record.hash(&before)?;
            last = record.seq;
            hashes.push((last, before.clone()));
        }
        if hashes.is_empty() {
            return Ok(());
        }
        for hashed in hashes {
            write.execute(hashed)?;
        }
    }
}

fn head(connection: &Connection) -> Result<Option<Mark>, LedgerError> {
    let mut query =
        connection.prepare_cached("SELECT seq, at, hash FROM activity ORDER BY seq DESC LIMIT 1")?;
    let head = query.query_row([], |found| {
        let hash = found.get::<_, Option<String>>(2)?.unwrap_or_default();
        Ok(Mark { seq: found.get(0)?, at: row::instant(found, 1)?, hash })
    });
    Ok(head.optional()?)
}

/// The last row that was pruned.
pub(super) fn anchor(connection: &Connection) -> Result<Option<Mark>, LedgerError> {
    Ok(row::meta(connection, key::PRUNED)?.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// How the record itself tells up to where it was pruned.
pub(super) fn up_to(mark: &Mark) -> String {
    format!("up to row {} with the hash {}", mark.seq, mark.hash)
}

/// Whether the record itself tells that it was pruned up to here.
pub(super) fn tells(connection: &Connection, mark: &Mark) -> Result<bool, LedgerError> {
    let mut query =
        connection.prepare_cached("SELECT reason FROM activity WHERE code = ?1 ORDER BY seq DESC LIMIT 1")?;
    let told = query.query_row([code::PRUNED], |row| row.get::<_, Option<String>>(0)).optional()?.flatten();
    Ok(told.is_some_and(|told| told.ends_with(&up_to(mark))))
}

impl Report {
    /// The last row that was pruned.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn pruned(&self) -> Result<Option<Mark>, LedgerError> {
        anchor(self.connection())
    }

    /// Whether the record has a row with this number and hash.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn holds(&self, seq: i64, hash: &str) -> Result<bool, LedgerError> {
        let holds = "SELECT EXISTS (SELECT 1 FROM activity WHERE seq = ?1 AND hash = ?2)";
        Ok(self.connection().query_row(holds, rusqlite::params![seq, hash], |row| row.get(0))?)
    }
}

impl Ledger {
    /// The last row of the record; none if it is empty.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub async fn head(&self) -> Result<Option<Mark>, LedgerError> {
        self.writer.call(|tx| head(tx)).await
    }
}
