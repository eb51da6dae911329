//! Who is due, with everything that the decision about them needs.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use super::row::{self, ACCOUNT, millis};
use super::settle::Waiting;
use super::{Ledger, LedgerError, key};
use crate::domain::account::{Account, fold};
use crate::domain::block::Block;
use crate::domain::decide::Rules;
use crate::domain::employee::Employee;
use crate::domain::identity::{Candidate, Rival, View};
use crate::domain::urgency::Urgency;

/// A person's row and surroundings.
#[derive(Clone, Debug)]
pub struct Person {
    /// Facts and memory.
    pub employee: Employee,
    /// The accounts and people around.
    pub view: View,
    /// Counts what a decision under way has not seen; a settlement on an older one leaves the person due.
    pub revision: i64,
    /// Since when the work has been wanted.
    pub since: DateTime<Utc>,
    /// What kind of work it is.
    pub urgency: Urgency,
    /// Failed attempts in a row.
    pub attempts: u32,
    /// What the last decision wanted.
    pub access: Option<String>,
    /// Until when it was to hold.
    pub until: Option<DateTime<Utc>>,
    /// Why it was to wait.
    pub block: Option<Block>,
    /// Which optional attributes it left out.
    pub omitted: Option<String>,
    /// When HR was last asked for the person.
    pub read_at: Option<DateTime<Utc>>,
    /// When it is decided again.
    pub due_at: Option<DateTime<Utc>>,
    /// What it waits for.
    pub waiting: Option<String>,
}

/// Who has work to do.
#[derive(Clone, Debug, Default)]
pub struct Due {
    /// Who is due.
    pub people: Vec<Person>,
    /// When the next one will be, of an urgency that has no more who are.
    pub next: Option<DateTime<Utc>>,
}

/// Nobody is due today whose work is wanted from later than tomorrow on.
const AHEAD: TimeDelta = TimeDelta::days(1);
/// What is tried again is so within this: a later time is that of a clock which was ahead.
const RETRIED: TimeDelta = TimeDelta::hours(1);
/// How often a damaged row is looked at again.
const UNREADABLE: TimeDelta = TimeDelta::hours(1);

pub(super) const COLUMNS: &str =
    "id, facts, memory, okta_id, revision, since, urgency, attempts, access, until, block, omitted, read_at, due_at,
     waiting";

impl Ledger {
    /// The people who are due, the oldest wish first within each urgency and at most so many of each.
    /// `out` are left out: whoever is in a turn, and who is still at the given revision.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub async fn due(
        &self,
        now: DateTime<Utc>,
        most: [usize; 4],
        out: Arc<HashMap<String, Option<i64>>>,
    ) -> Result<Due, LedgerError> {
        let rules = self.rules.clone();
        self.writer
            .call(move |tx| {
                // Those of this moment, which the columns were written by.
                let rules = rules.get();
                let mut due = Due::default();
                for (urgency, most) in (0..).zip(most) {
                    let found = select(tx, &rules, urgency, now, most, &out)?;
                    if found.len() < most {
                        due.next = due.next.into_iter().chain(next(tx, urgency, now)?).min();
                    }
                    due.people.extend(found);
                }
                Ok(due)
            })
            .await
    }

    /// The clock was set back from one instant to another: whoever was due before is so still, and what has
    /// happened lies in the past.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn set_back(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<(), LedgerError> {
        self.writer
            .call(move |tx| {
                for urgency in 0..=3 {
                    tx.execute(
                        "UPDATE employee SET due_at = ?3, since = min(since, ?3)
                         WHERE urgency = ?1 AND due_at > ?3
                             AND (due_at <= ?2
                                 OR due_at > ?4 AND coalesce(waiting IN ('retry', 'hr', 'mirror'), 0))",
                        rusqlite::params![urgency, millis(from), millis(to), millis(to + RETRIED)],
                    )?;
                }
                tx.execute("UPDATE effect SET at = ?1 WHERE at > ?1", [millis(to)])?;
                // Nobody knows how long ago a read was.
                tx.execute(
                    "UPDATE employee SET read_wanted = min(read_wanted, ?1), news_at = min(news_at, ?1),
                         read_at = iif(read_at > ?1, NULL, read_at)
                     WHERE read_wanted > ?1 OR news_at > ?1 OR read_at > ?1",
                    [millis(to)],
                )?;
                tx.execute(
                    "UPDATE employee SET memory = json_set(memory, '$.unverified', ?1)
                     WHERE CASE WHEN json_valid(memory) THEN memory ->> '$.unverified' > ?1 END",
                    [to.to_rfc3339_opts(SecondsFormat::AutoSi, true)],
                )?;
                Ok(())
            })
            .await
    }

    /// What these people wait for is over: they are due.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn release(&self, waiting: Waiting, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.writer
            .call(move |tx| {
                tx.execute(
                    "UPDATE employee SET due_at = ?1, revision = revision + 1
                     WHERE waiting = ?2 AND (due_at IS NULL OR due_at > ?1)",
                    rusqlite::params![millis(now), waiting.as_str()],
                )?;
                Ok(())
            })
            .await
    }

    /// Whoever Okta refused is due: a restart is somebody's word that things are otherwise now.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn retry_refused(&self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.writer
            .call(move |tx| {
                tx.execute(
                    "UPDATE employee SET due_at = ?1 WHERE waiting = 'block' AND block ->> '$.refused' IS NOT NULL",
                    [millis(now)],
                )?;
                Ok(())
            })
            .await
    }

    /// Who was protected may not be any more: they are due.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn retry_protected(&self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.writer
            .call(move |tx| {
                tx.execute(
                    "UPDATE employee SET due_at = ?1, revision = revision + 1
                     WHERE waiting = 'block' AND block ->> '$.protected' IS NOT NULL",
                    [millis(now)],
                )?;
                Ok(())
            })
            .await
    }

    /// These people are to be decided on again at once.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn due_now(&self, people: Vec<String>, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.writer
            .call(move |tx| {
                let mut update = tx.prepare_cached(
                    "UPDATE employee SET due_at = ?2, attempts = 0, revision = revision + 1 WHERE id = ?1",
                )?;
                for id in people {
                    update.execute(rusqlite::params![id, millis(now)])?;
                }
                Ok(())
            })
            .await
    }

    /// One person, due or not.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub async fn person(&self, employee: &str) -> Result<Option<Person>, LedgerError> {
        let (rules, id) = (self.rules.clone(), employee.to_owned());
        self.writer
            .call(move |tx| {
                let rules = rules.get();
                let mut query =
                    tx.prepare_cached(&format!("SELECT {COLUMNS} FROM employee WHERE id = ?1"))?;
                query
                    .query_row([id], person)
                    .optional()?
                    .map(|person| surround(tx, &rules, person))
                    .transpose()
            })
            .await
    }
}

fn select(
    tx: &Transaction,
    rules: &Rules,
    urgency: i64,
    now: DateTime<Utc>,
    most: usize,
    out: &HashMap<String, Option<i64>>,
) -> Result<Vec<Person>, LedgerError> {
    let mut people = Vec::new();
    if most == 0 {
        return Ok(people);
    }
    let mut query = tx.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM employee WHERE urgency = ?1 AND since <= ?3 AND due_at <= ?2 ORDER BY since, due_at"
    ))?;
    let mut rows = query.query([urgency, millis(now), millis(now + AHEAD)])?;
    while people.len() < most
        && let Some(found) = rows.next()?
    {
        let revision: i64 = found.get(4)?;
        let left_out = out.get(found.get_ref(0)?.as_str().unwrap_or_default());
        if left_out.is_none_or(|same| same.is_some_and(|same| same != revision)) {
            match person(found).map_err(LedgerError::from).and_then(|person| surround(tx, rules, person)) {
                Ok(person) => people.push(person),
                Err(error) => {
                    let id: String = found.get(0)?;
                    let later = now + UNREADABLE;
                    row::damaged(Some(&id), &error);
                    tx.prepare_cached("UPDATE employee SET due_at = ?2 WHERE id = ?1")?
                        .execute(rusqlite::params![id, millis(later)])?;
                }
            }
        }
    }
    Ok(people)
}

/// When the next one of an urgency will be due.
fn next(tx: &Transaction, urgency: i64, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, LedgerError> {
    let mut query =
        tx.prepare_cached("SELECT min(due_at) FROM employee WHERE urgency = ?1 AND due_at > ?2")?;
    let at: Option<i64> = query.query_row([urgency, millis(now)], |row| row.get(0))?;
    Ok(at.and_then(DateTime::from_timestamp_millis))
}

pub(super) fn person(found: &Row) -> rusqlite::Result<Person> {
    Ok(Person {
        employee: row::employee(found, 0)?,
        view: View::default(),
        revision: found.get(4)?,
        since: row::instant(found, 5)?,
        urgency: found.get::<_, i64>(6)?.into(),
        attempts: found.get(7)?,
        access: found.get(8)?,
        until: row::optional_instant(found, 9)?,
        block: row::optional_json(found, 10)?,
        omitted: found.get(11)?,
        read_at: row::optional_instant(found, 12)?,
        due_at: row::optional_instant(found, 13)?,
        waiting: found.get(14)?,
    })
}

pub(super) fn surround(tx: &Connection, rules: &Rules, person: Person) -> Result<Person, LedgerError> {
    let view = view(tx, rules, &person.employee)?;
    Ok(Person { view, ..person })
}

/// What the ledger knows around a person.
pub(super) fn view(tx: &Connection, rules: &Rules, employee: &Employee) -> Result<View, LedgerError> {
    let mut view = View { mirror_loaded: row::meta(tx, key::MIRROR)?.is_some(), ..View::default() };
    match &employee.memory.link {
        Some(id) => view.linked = account(tx, &id.0)?,
        None => view.by_identity = candidates(tx, "identity", &employee.id)?,
    }
    let Some(login) = rules.login(employee).map(|login| fold(&login)) else { return Ok(view) };
    view.by_login = candidates(tx, "folded", &login)?;
    view.rivals = rivals(tx, &login, &employee.id)?;
    Ok(view)
}

fn account(tx: &Connection, id: &str) -> Result<Option<Account>, LedgerError> {
    let mut query = tx.prepare_cached(&format!("SELECT {ACCOUNT} FROM account WHERE id = ?1"))?;
    Ok(query.query_row([id], row::account).optional()?)
}

fn candidates(tx: &Connection, column: &str, value: &str) -> Result<Vec<Candidate>, LedgerError> {
    let mut query = tx.prepare_cached(&format!(
        "SELECT {ACCOUNT}, employee.id FROM account LEFT JOIN employee ON employee.okta_id = account.id
         WHERE account.{column} = ?1 ORDER BY account.id"
    ))?;
    let found = query
        .query_map([value], |found| Ok(Candidate { account: row::account(found)?, holder: found.get(8)? }))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn rivals(tx: &Connection, login: &str, except: &str) -> Result<Vec<Rival>, LedgerError> {
    let mut query = tx.prepare_cached(
        "SELECT employee.id, employee.facts, employee.memory, employee.okta_id, account.login
         FROM employee LEFT JOIN account ON account.id = employee.okta_id
         WHERE employee.login = ?1 AND employee.id <> ?2",
    )?;
    let found = query.query_map([login, except], |found| {
        Ok(Rival { employee: row::employee(found, 0)?, linked_login: found.get(4)? })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
