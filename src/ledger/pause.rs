//! What operators have paused: everything, one kind of step, or one person.

use std::fmt;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction};
use serde::{Serialize, Serializer};

use super::row::{self, millis};
use super::settle::Waiting;
use super::wish::Wish;
use super::{LedgerError, Report};
use crate::domain::plan::Step;

/// What a pause is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Every step for everybody.
    All,
    /// Steps of this name ([`Step::name`]).
    Step(String),
    /// Every step for the person with this id.
    Employee(String),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::All => f.write_str("all"),
            Scope::Step(name) => write!(f, "step:{name}"),
            Scope::Employee(id) => write!(f, "employee:{id}"),
        }
    }
}

impl From<&str> for Scope {
    fn from(text: &str) -> Self {
        match text.split_once(':') {
            Some(("step", name)) => Scope::Step(name.to_owned()),
            Some(("employee", id)) => Scope::Employee(id.to_owned()),
            _ => Scope::All,
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One pause, until somebody resumes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pause {
    /// Of what: `all`, `step:NAME` or `employee:ID`.
    pub scope: Scope,
    /// Since when.
    pub at: DateTime<Utc>,
    /// On whose word.
    pub operator: Option<String>,
    /// Why, in their words.
    pub why: Option<String>,
}

impl Pause {
    /// This pause and no other: the same scope paused again is another one.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.scope, self.at.timestamp_millis())
    }

    /// Whether this step for this person waits because of it.
    #[must_use]
    pub fn stops(&self, employee: &str, step: &Step) -> bool {
        match &self.scope {
            Scope::All => true,
            Scope::Step(name) => name == step.name(),
            Scope::Employee(id) => id == employee,
        }
    }
}

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            Scope::All => f.write_str("everything is paused")?,
            Scope::Step(name) => write!(f, "{name} is paused")?,
            Scope::Employee(_) => f.write_str("this person is paused")?,
        }
        match &self.operator {
            Some(operator) => write!(f, " by {operator}"),
            None => Ok(()),
        }
    }
}

/// What a wish to pause says besides its verb: the scope, and after a line break why.
#[must_use]
pub fn argument(scope: &Scope, why: Option<&str>) -> String {
    match why {
        Some(why) => format!("{scope}\n{why}"),
        None => scope.to_string(),
    }
}

/// The reverse of it.
fn said(wish: &Wish) -> (Scope, Option<&str>) {
    let argument = wish.argument.as_deref().unwrap_or_default();
    match argument.split_once('\n') {
        Some((scope, why)) => (scope.into(), Some(why)),
        None => (argument.into(), None),
    }
}

/// The scope of a wish, and why, for the record.
pub(super) fn told(wish: &Wish) -> String {
    match said(wish) {
        (scope, Some(why)) => format!("{scope}: {why}"),
        (scope, None) => scope.to_string(),
    }
}

impl Report {
    /// All pauses, everything's first.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn paused(&self) -> Result<Vec<Pause>, LedgerError> {
        all(self.connection())
    }
}

pub(super) fn all(connection: &Connection) -> Result<Vec<Pause>, LedgerError> {
    // `all` < `employee:` < `step:`
    let mut query = connection.prepare_cached("SELECT scope, at, operator, why FROM pause ORDER BY scope")?;
    let found = query.query_map([], |found| {
        Ok(Pause {
            scope: found.get_ref(0)?.as_str()?.into(),
            at: row::instant(found, 1)?,
            operator: found.get(2)?,
            why: found.get(3)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Pauses what the wish says. What is paused already stays so since then, for the new reason.
pub(super) fn pause(tx: &Transaction, wish: &Wish, now: DateTime<Utc>) -> Result<(), LedgerError> {
    let (scope, why) = said(wish);
    tx.prepare_cached(
        "INSERT INTO pause (scope, at, operator, why) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET operator = excluded.operator, why = excluded.why",
    )?
    .execute(rusqlite::params![scope.to_string(), millis(now), wish.operator, why])?;
    Ok(())
}

/// Resumes it: whoever waits for the end of a pause is due, and waits on if there is another.
pub(super) fn resume(tx: &Transaction, wish: &Wish, now: DateTime<Utc>) -> Result<(), LedgerError> {
    match said(wish).0 {
        // `resume --all` leaves nothing paused.
        Scope::All => tx.execute("DELETE FROM pause", [])?,
        scope => tx.execute("DELETE FROM pause WHERE scope = ?1", [scope.to_string()])?,
    };
    tx.execute(
        "UPDATE employee SET due_at = ?1, revision = revision + 1 WHERE waiting = ?2",
        rusqlite::params![millis(now), Waiting::Paused.as_str()],
    )?;
    Ok(())
}

/// Whether the pause that somebody was told of, by its [`Pause::name`], is in force; without a name, whether any is.
pub(super) fn stands(tx: &Transaction, told: Option<&str>) -> Result<bool, LedgerError> {
    Ok(all(tx)?.iter().any(|pause| told.is_none_or(|told| pause.name() == told)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_comes_back_from_its_text() {
        let scopes = [Scope::All, Scope::Step("clear sessions".into()), Scope::Employee("a:1".into())];
        for scope in scopes {
            assert_eq!(Scope::from(&*scope.to_string()), scope);
        }
    }

    #[test]
    fn a_pause_stops_what_it_is_about() {
        let pause = |scope| Pause { scope, at: DateTime::UNIX_EPOCH, operator: None, why: None };
        let stops = |scope| {
            let pause = pause(scope);
            [("1", Step::Suspend), ("1", Step::Deactivate), ("2", Step::Suspend)]
                .map(|(employee, step)| pause.stops(employee, &step))
        };
        assert_eq!(stops(Scope::All), [true; 3]);
        assert_eq!(stops(Scope::Step("suspend".into())), [true, false, true]);
        assert_eq!(stops(Scope::Employee("1".into())), [true, true, false]);
    }
}
