//! People against their accounts.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Row, Transaction};

use super::keep;
use crate::domain::decide::Rules;
use crate::domain::drift::{Kind, compare};
use crate::ledger::due::{COLUMNS, person, surround};
use crate::ledger::row::{self, millis};
use crate::ledger::{Activity, Ledger, LedgerError};

/// So many people are compared in one go, so that nobody else waits long for the writer.
const SOME: usize = 500;
/// Whoever must be cut and has waited for longer is late.
const LATE: TimeDelta = TimeDelta::minutes(5);

impl Ledger {
    /// Compares the next people after this id; tells the last one, if there may be more.
    pub(super) async fn compare_people(
        &self,
        after: String,
        now: DateTime<Utc>,
    ) -> Result<(Option<String>, Vec<Activity>), LedgerError> {
        let rules = self.rules();
        self.writer
            .call(move |tx| {
                let mut query = tx.prepare_cached(&format!(
                    "SELECT {COLUMNS}, due_at, waiting FROM employee WHERE id > ?1 ORDER BY id"
                ))?;
                let (mut told, mut last, mut count) = (Vec::new(), None, 0);
                let mut rows = query.query([after])?;
                while count < SOME {
                    let Some(found) = rows.next()? else { return Ok((None, told)) };
                    count += 1;
                    last = found.get(0).ok();
                    told.extend(one(tx, &rules, found, now)?);
                }
                Ok((last, told))
            })
            .await
    }

    /// Compares the people whose accounts these are. What is over is forgotten.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn compare_some(
        &self,
        accounts: Vec<String>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Activity>, LedgerError> {
        let rules = self.rules();
        self.writer
            .call(move |tx| {
                let mut query = tx.prepare_cached(&format!(
                    "SELECT {COLUMNS}, due_at, waiting FROM employee WHERE okta_id = ?1"
                ))?;
                let mut told = Vec::new();
                for account in accounts {
                    let mut rows = query.query([account])?;
                    if let Some(found) = rows.next()? {
                        told.extend(one(tx, &rules, found, now)?);
                        tx.prepare_cached(
                            "DELETE FROM drift WHERE subject = ?1 AND seen_at < ?2 AND kind <> 'gone'",
                        )?
                        .execute(rusqlite::params![found.get::<_, String>(0)?, millis(now)])?;
                    }
                }
                Ok(told)
            })
            .await
    }
}

fn one(
    tx: &Transaction,
    rules: &Rules,
    found: &Row,
    now: DateTime<Utc>,
) -> Result<Vec<Activity>, LedgerError> {
    // What cannot be read is told by who must read it.
    let Ok(person) = person(found).map_err(LedgerError::from).and_then(|person| surround(tx, rules, person))
    else {
        return Ok(Vec::new());
    };
    let due_at = row::optional_instant(found, found.as_ref().column_index("due_at")?)?;
    let waiting: Option<String> = found.get("waiting")?;
    let rests = due_at.is_none_or(|at| at > now) && matches!(waiting.as_deref(), None | Some("block"));
    let late = person.since + LATE <= now || person.employee.memory.deactivated();
    let mut findings = compare(rules, &person.employee, &person.view, person.block.as_ref(), now);
    // What is about to be done is no drift, unless it should have been done.
    findings.retain(|found| rests || (late && found.kind == Kind::LeaverActive));
    keep(tx, &person.employee.id, &findings, now)
}
