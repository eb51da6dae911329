//! What operators ask of the daemon: rows that work whether it is up or down.

use std::path::Path;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction};

use super::merge::wake_contenders;
use super::mirror;
use super::modes;
use super::open::{self, OpenError};
use super::row::{self, millis};
use super::{Ledger, LedgerError, pause};
use crate::domain::account::OktaId;
use crate::domain::employee::Memory;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Decide about a person, or about everybody who waits, now.
    Retry,
    /// Move a person's link to another account.
    Link,
    /// Read everybody from HR, now.
    Sync,
    /// Make no such step until it is resumed.
    Pause,
    /// Make it again.
    Resume,
    /// Write to Okta, or only decide.
    Mode,
}

impl Verb {
    const ALL: [Verb; 6] = [Verb::Retry, Verb::Link, Verb::Sync, Verb::Pause, Verb::Resume, Verb::Mode];

    fn as_str(self) -> &'static str {
        match self {
            Verb::Retry => "retry",
            Verb::Link => "link",
            Verb::Sync => "sync",
            Verb::Pause => "pause",
            Verb::Resume => "resume",
            Verb::Mode => "mode",
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
    /// The account, for a link; what is paused or resumed; the mode.
    pub argument: Option<String>,
    /// Who asks.
    pub operator: Option<String>,
}

impl Wish {
    /// Leaves the wish in the ledger at `path`, and gives its number there.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or does not know the employee.
    pub fn leave(&self, path: &Path, now: DateTime<Utc>) -> Result<i64, OpenError> {
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
                "INSERT INTO wish (at, verb, employee, argument, operator) VALUES (?1, ?2, ?3, ?4, ?5)",
                rusqlite::params![
                    millis(now),
                    self.verb.as_str(),
                    self.employee,
                    self.argument,
                    self.operator
                ],
            )
            .map_err(fail)?;
        Ok(connection.last_insert_rowid())
    }

    /// Takes the wish with this number back, if nobody has granted it yet.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn withdraw(path: &Path, number: i64) -> Result<(), OpenError> {
        let connection = open::open_to_read(path)?;
        let deleted = connection.execute("DELETE FROM wish WHERE seq = ?1", [number]);
        deleted.map(drop).map_err(|e| OpenError::new(path, e.to_string()))
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
    let mut query = tx.prepare_cached("SELECT verb, employee, argument, operator FROM wish ORDER BY seq")?;
    let wishes = query
        .query_map([], |row| {
            let verb: String = row.get(0)?;
            let verb = Verb::ALL.into_iter().find(|known| known.as_str() == verb);
            Ok(verb.map(|verb| Wish {
                verb,
                employee: row.get(1).ok().flatten(),
                argument: row.get(2).ok().flatten(),
                operator: row.get(3).ok().flatten(),
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
                    "UPDATE employee SET due_at = ?2, attempts = 0, block = NULL, revision = revision + 1 WHERE id = ?1",
                    rusqlite::params![employee, millis(now)],
                )?;
            }
            (Verb::Retry, None) => {
                tx.execute(
                    "UPDATE employee SET due_at = ?1, attempts = 0, block = NULL, revision = revision + 1
                     WHERE waiting IN ('block', 'retry')",
                    [millis(now)],
                )?;
            }
            (Verb::Link, Some(employee)) => {
                if let Some(account) = &wish.argument {
                    link(tx, employee, &OktaId(account.clone()), now)?;
                }
            }
            (Verb::Pause, _) => pause::pause(tx, wish, now)?,
            (Verb::Resume, _) => pause::resume(tx, wish, now)?,
            (Verb::Mode, _) => modes::set(tx, wish.argument.as_deref(), now)?,
            // A link is somebody's; reading HR is the engine's.
            (Verb::Link, None) | (Verb::Sync, _) => {}
        }
    }
    tx.execute("DELETE FROM wish", [])?;
    Ok(wishes)
}

/// Moves a link. What we did to an account goes with it; what we did to the person's former one does not.
fn link(tx: &Transaction, employee: &str, account: &OktaId, now: DateTime<Utc>) -> Result<(), LedgerError> {
    let read = |column: &str, key: &str| -> Result<Option<(String, Memory, Option<String>)>, LedgerError> {
        let mut query =
            tx.prepare_cached(&format!("SELECT id, memory, okta_id FROM employee WHERE {column} = ?1"))?;
        let found = query.query_row([key], |found| Ok((found.get(0)?, row::json(found, 1)?, found.get(2)?)));
        Ok(found.optional()?)
    };
    let write = |id: &str, memory: &Memory| -> Result<(), LedgerError> {
        let link = memory.link.as_ref().map(|id| &id.0);
        tx.prepare_cached(
            "UPDATE employee SET memory = ?2, okta_id = ?3, attempts = 0, due_at = ?4, revision = revision + 1
             WHERE id = ?1",
        )?
        .execute(rusqlite::params![id, row::text(memory)?, link, millis(now)])?;
        Ok(())
    };
    let Some((_, own, former)) = read("id", employee)? else { return Ok(()) };
    let mut moved = Memory::default();
    if let Some((holder, memory, _)) = read("okta_id", &account.0)? {
        write(&holder, &Memory { relinked: memory.relinked + 1, ..Memory::default() })?;
        moved = memory;
    }
    let relinked = own.relinked + 1;
    write(employee, &Memory { link: Some(account.clone()), creating: None, doubt: None, relinked, ..moved })?;
    let mut logins = Vec::new();
    for account in former.iter().chain([&account.0]) {
        logins.extend(mirror::login(tx, account)?);
    }
    wake_contenders(tx, logins, employee, now)
}
