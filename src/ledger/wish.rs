//! What operators ask of the daemon: rows that work whether it is up or down.

use std::path::Path;

use chrono::{DateTime, Utc};
use rusqlite::Transaction;

use super::open::{self, OpenError};
use super::row::millis;
use super::{Ledger, LedgerError};

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Decide about a person, or about everybody who waits, now.
    Retry,
    /// Move a person's link to another account.
    Link,
}

impl Verb {
    fn as_str(self) -> &'static str {
        match self {
            Verb::Retry => "retry",
            Verb::Link => "link",
        }
    }
}

/// One thing asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// What.
    pub verb: Verb,
    /// About whom; none means everybody.
    pub employee: Option<String>,
    /// The account, for a link.
    pub argument: Option<String>,
}

impl Wish {
    /// Leaves the wish in the ledger at `path`.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or does not know the employee.
    pub fn leave(&self, path: &Path, now: DateTime<Utc>) -> Result<(), OpenError> {
        let connection = open::open_to_read(path)?;
        let fail = |e: rusqlite::Error| OpenError::new(path, e.to_string());
        if let Some(employee) = &self.employee {
            let known = "SELECT EXISTS (SELECT 1 FROM employee WHERE id = ?1)";
            if !connection.query_row(known, [employee], |row| row.get::<_, bool>(0)).map_err(fail)? {
                return Err(OpenError::new(path, format!("has no employee {employee}")));
            }
        }
        connection
            .execute(
                "INSERT INTO wish (at, verb, employee, argument) VALUES (?1, ?2, ?3, ?4)",
                rusqlite::params![millis(now), self.verb.as_str(), self.employee, self.argument],
            )
            .map_err(fail)?;
        Ok(())
    }
}

impl Ledger {
    /// Carries out what operators have asked since, and returns it. Costs next to nothing when no
    /// other program has written to the file.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn grant_wishes(&self, now: DateTime<Utc>) -> Result<Vec<Wish>, LedgerError> {
        self.writer.call(move |tx| grant(tx, now)).await
    }
}

fn grant(tx: &Transaction, now: DateTime<Utc>) -> Result<Vec<Wish>, LedgerError> {
    let mut query = tx.prepare_cached("SELECT verb, employee, argument FROM wish ORDER BY seq")?;
    let wishes = query
        .query_map([], |row| {
            let verb: String = row.get(0)?;
            let verb = [Verb::Retry, Verb::Link].into_iter().find(|known| known.as_str() == verb);
            Ok(verb.map(|verb| Wish {
                verb,
                employee: row.get(1).ok().flatten(),
                argument: row.get(2).ok().flatten(),
            }))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    if wishes.is_empty() {
        return Ok(Vec::new());
    }
    let wishes: Vec<Wish> = wishes.into_iter().flatten().collect();
    for wish in &wishes {
        match (wish.verb, &wish.employee) {
            (Verb::Retry, Some(employee)) => {
                tx.execute(
                    "UPDATE employee SET due_at = ?2, attempts = 0, block = NULL WHERE id = ?1",
                    rusqlite::params![employee, millis(now)],
                )?;
            }
            (Verb::Retry, None) => {
                tx.execute(
                    "UPDATE employee SET due_at = ?1, attempts = 0, block = NULL
                     WHERE waiting IN ('block', 'retry')",
                    [millis(now)],
                )?;
            }
            (Verb::Link, employee) => {
                tx.execute(
                    "UPDATE employee SET okta_id = NULL, due_at = ?2 WHERE okta_id = ?1",
                    rusqlite::params![wish.argument, millis(now)],
                )?;
                tx.execute(
                    "UPDATE employee SET okta_id = ?2, due_at = ?3, revision = revision + 1 WHERE id = ?1",
                    rusqlite::params![employee, wish.argument, millis(now)],
                )?;
            }
        }
    }
    tx.execute("DELETE FROM wish", [])?;
    Ok(wishes)
}
