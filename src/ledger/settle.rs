//! What a decision and its calls leave behind.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction};

use super::activity::{self, Activity};
use super::merge::{urgency, wake_contenders};
use super::mirror;
use super::row::{self, millis};
use super::{Ledger, LedgerError};
use crate::domain::access::Desired;
use crate::domain::account::{Account, OktaId};
use crate::domain::block::Block;
use crate::domain::decide::Rules;
use crate::domain::employee::Employee;

/// What a person waits for, besides time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// New facts or an operator.
    Block,
    /// The next attempt.
    Retry,
    /// Okta's rate window.
    Budget,
    /// The mirror of the directory.
    Mirror,
    /// The end of the first run's observing.
    Observe,
}

impl Waiting {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Waiting::Block => "block",
            Waiting::Retry => "retry",
            Waiting::Budget => "budget",
            Waiting::Mirror => "mirror",
            Waiting::Observe => "observe",
        }
    }
}

/// The end of one turn of work on a person.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The person, with the memory that the calls left.
    pub employee: Employee,
    /// The revision of the facts that it was decided on.
    pub revision: i64,
    /// What was wanted.
    pub desired: Desired,
    /// Accounts as Okta's answers showed them.
    pub accounts: Vec<Account>,
    /// An account that Okta no longer has.
    pub gone: Option<OktaId>,
    /// The decisions to record.
    pub activities: Vec<Activity>,
    /// When to decide again.
    pub due_at: Option<DateTime<Utc>>,
    /// From when on that will have been wanted.
    pub since: DateTime<Utc>,
    /// Failed attempts in a row.
    pub attempts: u32,
    /// What for, when it is not only for time.
    pub waiting: Option<Waiting>,
    /// The reason to wait.
    pub block: Option<Block>,
    /// Optional attributes left out.
    pub omitted: Option<String>,
}

impl Ledger {
    /// Writes down what is about to be tried, and what earlier calls of the same turn have shown. The
    /// person stays due.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written; the call must not be made.
    pub async fn intend(
        &self,
        employee: &Employee,
        accounts: Vec<Account>,
        activities: Vec<Activity>,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let rules = Arc::clone(&self.rules);
        let (id, memory) = (employee.id.clone(), employee.memory.clone());
        let text = row::text(&memory)?;
        self.writer
            .call(move |tx| {
                tx.prepare_cached("UPDATE employee SET memory = ?2, okta_id = ?3 WHERE id = ?1")?
                    .execute(rusqlite::params![id, text, memory.link.map(|id| id.0)])?;
                for account in &accounts {
                    for login in mirror::put(tx, &rules, account)? {
                        wake_contenders(tx, &login, &id, now)?;
                    }
                }
                activities.iter().try_for_each(|activity| activity::insert(tx, activity))
            })
            .await
    }

    /// Writes down how a turn ended. If facts moved meanwhile, what was done is kept and the person
    /// stays due.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written; what Okta answered is then known to the caller only.
    pub async fn settle(&self, settlement: Settlement, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let rules = Arc::clone(&self.rules);
        self.writer.call(move |tx| settle(tx, &rules, &settlement, now)).await
    }
}

fn settle(tx: &Transaction, rules: &Rules, end: &Settlement, now: DateTime<Utc>) -> Result<(), LedgerError> {
    let employee = &end.employee;
    let mut freed = Vec::new();
    for account in &end.accounts {
        freed.extend(mirror::put(tx, rules, account)?);
    }
    if let Some(id) = &end.gone {
        freed.extend(mirror::remove(tx, id)?);
    }
    end.activities.iter().try_for_each(|activity| activity::insert(tx, activity))?;
    let before: Option<(Option<String>, Option<String>)> = tx
        .prepare_cached("SELECT access, login FROM employee WHERE id = ?1")?
        .query_row([&employee.id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    // Urgency is that of the work to come, which is another one where it is a date's.
    let at = end.due_at.unwrap_or(now).max(now);
    let block = end.block.as_ref().map(row::text).transpose()?;
    tx.prepare_cached(
        "UPDATE employee SET memory = ?2, okta_id = ?3, due_at = CASE WHEN revision = ?4 THEN ?5 ELSE ?6 END,
             since = CASE WHEN revision = ?4 THEN ?7 ELSE since END, urgency = ?8, attempts = ?9, waiting = ?10,
             access = ?11, why = ?12, until = ?13, block = ?14, contested = ?15, omitted = ?16
         WHERE id = ?1",
    )?
    .execute(rusqlite::params![
        employee.id,
        row::text(&employee.memory)?,
        employee.memory.link.as_ref().map(|id| &id.0),
        end.revision,
        end.due_at.map(millis),
        millis(now),
        millis(end.since),
        i64::from(urgency(rules, employee, at)),
        end.attempts,
        end.waiting.map(Waiting::as_str),
        end.desired.access.as_str(),
        end.desired.why.text(),
        end.desired.until.map(millis),
        block,
        end.block.as_ref().is_some_and(Block::depends_on_others),
        end.omitted,
    ])?;
    if let Some((access, login)) = before
        && access.as_deref() != Some(end.desired.access.as_str())
    {
        freed.extend(login);
    }
    freed.iter().try_for_each(|login| wake_contenders(tx, login, &employee.id, now))
}
