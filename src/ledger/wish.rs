//! What operators ask of the daemon: rows that work whether it is up or down.

mod link;
mod reactivate;
mod word;

use std::path::Path;

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, TransactionBehavior};

pub use self::word::Word;
use super::activity::{self, Activity, code};
use super::open::{self, OpenError};
use super::row::millis;
use super::{Ledger, LedgerError, Report, modes, pause};
use crate::domain::account::OktaId;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Decide about a person, or about everybody who waits, now.
    Retry,
    /// Move a person's link to another account.
    Link,
    /// Read everybody from HR, now.
    Sync,
    /// Let through what is held of a person.
    Approve,
    /// Refuse it.
    Reject,
    /// Make no such step until it is resumed.
    Pause,
    /// Make it again.
    Resume,
    /// Write to Okta, or only decide.
    Mode,
    /// Compare everybody with all of Okta, now.
    Reconcile,
    /// None: for the record of what became of dead letters.
    Dead,
}

impl Verb {
    const ALL: [Verb; 10] = [
        Verb::Retry,
        Verb::Link,
        Verb::Sync,
        Verb::Approve,
        Verb::Reject,
        Verb::Pause,
        Verb::Resume,
        Verb::Mode,
        Verb::Reconcile,
        Verb::Dead,
    ];

    /// Whether it changes what may be done for everybody.
    fn is_order(self) -> bool {
        matches!(self, Verb::Pause | Verb::Resume | Verb::Mode)
    }

    fn as_str(self) -> &'static str {
        match self {
            Verb::Retry => "retry",
            Verb::Link => "link",
            Verb::Sync => "sync",
            Verb::Approve => "approve",
            Verb::Reject => "reject",
            Verb::Pause => "pause",
            Verb::Resume => "resume",
            Verb::Mode => "mode",
            Verb::Reconcile => "reconcile",
            Verb::Dead => "dead",
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
    /// The account, for a link; a [`Word`], for what is approved or refused; what is paused or resumed; the mode;
    /// anything, for a comparison that repairs; what became of dead letters.
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
        Self::leave_all(std::slice::from_ref(self), path, now)
    }

    /// Leaves wishes, all or none of them, and gives the number of the last one.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or does not know an employee.
    pub fn leave_all(wishes: &[Wish], path: &Path, now: DateTime<Utc>) -> Result<i64, OpenError> {
        let mut connection = open::open_to_read(path)?;
        let fail = |e: rusqlite::Error| OpenError::new(path, e.to_string());
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
        for Wish { verb, employee, argument, operator } in wishes {
            if let Some(employee) = employee {
                let known = "SELECT EXISTS (SELECT 1 FROM employee WHERE id = ?1)";
                if !tx.query_row(known, [employee], |row| row.get::<_, bool>(0)).map_err(fail)? {
                    return Err(OpenError::new(path, format!("has no employee {employee}")));
                }
            }
            tx.execute(
                "INSERT INTO wish (at, verb, employee, argument, operator) VALUES (?1, ?2, ?3, ?4, ?5)",
                rusqlite::params![millis(now), verb.as_str(), employee, argument, operator],
            )
            .map_err(fail)?;
        }
        let number = tx.last_insert_rowid();
        tx.commit().map_err(fail)?;
        Ok(number)
    }

    /// The record of it.
    fn asked(&self, now: DateTime<Utc>) -> Activity {
        let mut what = match (self.verb, &self.employee) {
            (Verb::Sync, _) => "for everybody to be read from HR".to_owned(),
            (Verb::Retry, Some(_)) => "for this person to be tried again".to_owned(),
            (Verb::Retry, None) => "for everybody who waits to be tried again".to_owned(),
            (Verb::Link, _) => "for this account to be this person's".to_owned(),
            (Verb::Approve, _) => "for what is held of this person to be done".to_owned(),
            (Verb::Reject, _) => "for what is held of this person not to be done".to_owned(),
            (Verb::Pause, _) => format!("to pause {}", pause::told(self)),
            (Verb::Resume, _) => format!("to resume {}", pause::told(self)),
            (Verb::Reconcile, _) if self.argument.is_some() => {
                "for what differs in Okta to be put right".to_owned()
            }
            (Verb::Reconcile, _) => "for everybody to be compared with Okta".to_owned(),
            (Verb::Dead, _) => self.argument.clone().unwrap_or_default(),
            (Verb::Mode, _) => format!("to {}", self.argument.as_deref().unwrap_or_default()),
        };
        if let Some(why) = Word::of(self).and_then(|word| word.why) {
            what = format!("{what}: {why}");
        }
        let mut asked = Activity::new(code::ASKED, now).because(what);
        asked.employee.clone_from(&self.employee);
        asked.operator.clone_from(&self.operator);
        if self.verb == Verb::Link {
            asked.okta_id = self.argument.clone().map(OktaId);
        }
        asked
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

impl Report {
    /// Whether the wish with this number has been granted, or taken back.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn is_granted(&self, number: i64) -> Result<bool, LedgerError> {
        let waits = "SELECT NOT EXISTS (SELECT 1 FROM wish WHERE seq = ?1)";
        Ok(self.connection().query_row(waits, [number], |row| row.get(0))?)
    }

    /// What has been asked for that holds only once a daemon has granted it: of pauses and of the mode.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn ungranted(&self) -> Result<Vec<String>, LedgerError> {
        let mut query = self.connection().prepare_cached(
            "SELECT verb || ' ' || coalesce(argument, '') FROM wish WHERE verb IN ('pause', 'resume', 'mode')
             ORDER BY seq",
        )?;
        Ok(query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }
}

/// What operators have asked for, done as far as it is the ledger's to do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Granted {
    /// What they asked.
    pub wishes: Vec<Wish>,
    /// What was recorded of it.
    pub activities: Vec<Activity>,
}

impl Ledger {
    /// Carries out what operators have asked since, and returns it. Costs next to nothing when no
    /// other program has written to the file.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn grant_wishes(&self, now: DateTime<Utc>) -> Result<Granted, LedgerError> {
        let orders = self.orders.clone();
        self.writer
            .call(move |tx| {
                let granted = grant(tx, now)?;
                if granted.wishes.iter().any(|wish| wish.verb.is_order()) {
                    orders.load(tx)?;
                }
                Ok(granted)
            })
            .await
    }
}

fn grant(tx: &Transaction, now: DateTime<Utc>) -> Result<Granted, LedgerError> {
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
        return Ok(Granted::default());
    }
    let wishes: Vec<Wish> = wishes.into_iter().flatten().collect();
    let mut activities = Vec::new();
    for wish in &wishes {
        // On whose word something was done is written down with it, or not at all.
        activities.push(wish.asked(now));
        activities.extend(carry_out(tx, wish, now)?);
    }
    activities.iter().try_for_each(|activity| activity::insert(tx, activity))?;
    tx.execute("DELETE FROM wish", [])?;
    Ok(Granted { wishes, activities })
}

/// Does what a wish wants of the rows, and tells what came of it, where that is more than having been asked.
fn carry_out(tx: &Transaction, wish: &Wish, now: DateTime<Utc>) -> Result<Option<Activity>, LedgerError> {
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
                link::link(tx, employee, &OktaId(account.clone()), now)?;
            }
        }
        (Verb::Approve | Verb::Reject, Some(employee)) => return word::heed(tx, wish, employee, now),
        (Verb::Pause, _) => pause::pause(tx, wish, now)?,
        (Verb::Resume, _) => pause::resume(tx, wish, now)?,
        (Verb::Mode, _) => modes::set(tx, wish.argument.as_deref(), now)?,
        // A link and a word are somebody's; reading HR and Okta is the engine's, and dead letters are the broker's.
        (Verb::Link | Verb::Approve | Verb::Reject, None)
        | (Verb::Sync | Verb::Reconcile | Verb::Dead, _) => {}
    }
    Ok(None)
}
