//! Between SQLite's columns and our types.

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::LedgerError;
use crate::domain::account::{Account, OktaId};
use crate::domain::employee::{Employee, Memory};

pub(super) fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

/// The instant in a column of milliseconds.
pub(super) fn instant(row: &Row, column: usize) -> rusqlite::Result<DateTime<Utc>> {
    Ok(optional_instant(row, column)?.unwrap_or_default())
}

pub(super) fn optional_instant(row: &Row, column: usize) -> rusqlite::Result<Option<DateTime<Utc>>> {
    Ok(row.get::<_, Option<i64>>(column)?.and_then(DateTime::from_timestamp_millis))
}

/// The value in a column of JSON.
pub(super) fn json<T: DeserializeOwned>(row: &Row, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text).map_err(|_| unreadable(column))
}

pub(super) fn optional_json<T: DeserializeOwned>(row: &Row, column: usize) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)?.as_str_or_null()? {
        None => Ok(None),
        Some(text) => serde_json::from_str(text).map(Some).map_err(|_| unreadable(column)),
    }
}

/// Tells of a row that cannot be read, which must not keep everybody else waiting.
pub(super) fn damaged(employee: Option<&str>, error: &dyn std::fmt::Display) {
    tracing::error!(
        code = "ledger.damaged",
        employee,
        reason = %error,
        "this row cannot be read: restore the ledger"
    );
}

/// Without serde's own words, which may quote the value.
fn unreadable(column: usize) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, "not what this program wrote there".into())
}

/// The employee in four columns in a row: id, facts, memory, link.
pub(super) fn employee(row: &Row, first: usize) -> rusqlite::Result<Employee> {
    let id: String = row.get(first)?;
    let link = row.get::<_, Option<String>>(first + 3)?.map(OktaId);
    let memory = Memory { link, ..json(row, first + 2)? };
    Ok(Employee::new(&id, json(row, first + 1)?, memory))
}

pub(super) fn text<T: Serialize>(value: &T) -> Result<String, LedgerError> {
    Ok(serde_json::to_string(value)?)
}

pub(super) fn meta(tx: &Connection, key: &str) -> Result<Option<String>, LedgerError> {
    let mut query = tx.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(query.query_row([key], |row| row.get(0)).optional()?)
}

pub(super) fn set_meta(tx: &Connection, key: &str, value: Option<&str>) -> Result<(), LedgerError> {
    match value {
        Some(value) => tx
            .prepare_cached(
                "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
            )?
            .execute([key, value])?,
        None => tx.prepare_cached("DELETE FROM meta WHERE key = ?1")?.execute([key])?,
    };
    Ok(())
}

/// The columns that [`account`] reads, in its order.
pub(super) const ACCOUNT: &str =
    "account.id, account.login, account.status, account.created, account.status_changed,
     account.last_updated, account.profile, account.seen_at";

pub(super) fn account(row: &Row) -> rusqlite::Result<Account> {
    Ok(Account {
        id: OktaId(row.get(0)?),
        login: row.get(1)?,
        status: row.get_ref(2)?.as_str()?.into(),
        created: instant(row, 3)?,
        status_changed: optional_instant(row, 4)?,
        last_updated: instant(row, 5)?,
        profile: json(row, 6)?,
        seen_at: instant(row, 7)?,
    })
}
