//! What in the org is not as we left it: found by lists of the directory, told once, kept until it is over.

mod accounts;
mod people;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, Row, Transaction};
use serde::Serialize;

use super::activity::{self, Activity, code};
use super::row::{self, millis};
use super::{Ledger, LedgerError, Report};
use crate::domain::account::OktaId;
use crate::domain::drift::{Finding, Kind};

/// Something that was found and is not over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// What.
    #[serde(flatten)]
    pub finding: Finding,
    /// The account's login.
    pub login: Option<String>,
    /// When it was found first.
    pub found_at: DateTime<Utc>,
}

/// What a comparison of everybody with a whole list has found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Differences {
    /// What was not found before.
    pub new: Vec<Activity>,
    /// The list lacks so many linked accounts, of so many, that it is not to be trusted: none of them is found gone.
    pub doubtful: Option<(usize, usize)>,
}

/// Which is put right by the person's own turn: over, as soon as they rest.
const OURS: &str = "('leaver_active', 'no_account', 'gone', 'changed')";

impl Ledger {
    /// Compares everybody with the directory as it was `listed` from `began` on, whole; what is new is recorded.
    /// What was found before and is not any more is forgotten.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn compare_all(
        &self,
        listed: Arc<HashSet<String>>,
        began: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Differences, LedgerError> {
        let mut new = Vec::new();
        let mut after = Some(String::new());
        while let Some(from) = after {
            let (last, activities) = self.compare_people(from, now).await?;
            new.extend(activities);
            after = last;
        }
        let mut after = Some(String::new());
        while let Some(from) = after {
            let (last, activities) = self.compare_accounts(from, now).await?;
            new.extend(activities);
            after = last;
        }
        let gone = self.find_gone(listed, began, now).await?;
        new.extend(gone.new);
        self.writer
            .call(move |tx| {
                tx.execute("DELETE FROM drift WHERE seen_at < ?1", [millis(now)])?;
                Ok(())
            })
            .await?;
        Ok(Differences { new, doubtful: gone.doubtful })
    }

    /// Has the turns of those people put right what they can: they are due, after everybody else unless they are to be
    /// cut. Returns how many.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn repair_drift(&self, now: DateTime<Utc>) -> Result<usize, LedgerError> {
        self.writer
            .call(move |tx| {
                tx.execute("UPDATE drift SET repairing = 1 WHERE repairable", [])?;
                let people = tx.execute(
                    "UPDATE employee SET due_at = ?1, since = ?1, attempts = 0, revision = revision + 1,
                         urgency = iif(urgency = 0, 0, 3)
                     WHERE id IN (SELECT employee FROM drift WHERE repairing)",
                    [millis(now)],
                )?;
                // A second answer that there is no such account undoes the link.
                tx.execute(
                    "UPDATE employee SET memory = json_set(memory, '$.missing_since', ?1,
                         '$.told', coalesce(memory ->> '$.told', 0) + 1)
                     WHERE id IN (SELECT employee FROM drift WHERE repairing AND kind = 'gone')
                         AND json_valid(memory) AND memory ->> '$.missing_since' IS NULL",
                    [now.to_rfc3339()],
                )?;
                Ok(people)
            })
            .await
    }

    /// All that is found and not over, what matters most first.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub async fn drift(&self) -> Result<Vec<Drift>, LedgerError> {
        self.writer.call(|tx| all(tx)).await
    }
}

impl Report {
    /// All that is found and not over, what matters most first.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn drift(&self) -> Result<Vec<Drift>, LedgerError> {
        all(self.connection())
    }

    /// How many of the last events were set aside within a day before this instant, in milliseconds.
    pub(super) fn rejected(&self, now: i64) -> Result<i64, LedgerError> {
        // A day has fewer rows than these, or nobody counts.
        let mut query = self.connection().prepare_cached(
            "SELECT count(*) FROM activity
             WHERE seq > (SELECT max(seq) FROM activity) - 100000 AND code = ?1 AND at > ?2",
        )?;
        let since = now - TimeDelta::days(1).num_milliseconds();
        Ok(query.query_row(rusqlite::params![code::EVENT_REJECTED, since], |row| row.get(0))?)
    }

    /// How much of it there is, by kind.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn drift_counts(&self) -> Result<Vec<(String, i64)>, LedgerError> {
        let mut query = self.connection().prepare_cached("SELECT kind, count(*) FROM drift GROUP BY 1")?;
        let counts = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut counts: Vec<(String, i64)> = counts.collect::<Result<_, _>>()?;
        counts.sort_by_key(|(kind, _)| Kind::named(kind));
        Ok(counts)
    }
}

fn all(connection: &Connection) -> Result<Vec<Drift>, LedgerError> {
    let mut query = connection.prepare_cached(
        "SELECT drift.kind, drift.employee, drift.okta_id, drift.fields, drift.reason, drift.repairable, account.login,
             drift.found_at
         FROM drift LEFT JOIN account ON account.id = drift.okta_id ORDER BY drift.subject",
    )?;
    let found = query.query_map([], |found| {
        Ok(Drift {
            finding: Finding {
                kind: Kind::named(found.get_ref(0)?.as_str()?).unwrap_or(Kind::Status),
                employee: found.get(1)?,
                okta_id: found.get::<_, Option<String>>(2)?.map(OktaId),
                fields: row::json(found, 3)?,
                reason: found.get(4)?,
                repairable: found.get(5)?,
            },
            login: found.get(6)?,
            found_at: row::instant(found, 7)?,
        })
    })?;
    let mut all = found.collect::<Result<Vec<_>, _>>()?;
    all.sort_by_key(|drift| drift.finding.kind);
    Ok(all)
}

/// Keeps what is found about one person or one account. What is another thing than before is recorded.
fn keep(
    tx: &Transaction,
    subject: &str,
    findings: &[Finding],
    now: DateTime<Utc>,
) -> Result<Vec<Activity>, LedgerError> {
    let mut told = Vec::new();
    for found in findings {
        let fields = row::text(&found.fields)?;
        let id = found.okta_id.as_ref().map(|id| &id.0);
        let same = tx
            .prepare_cached(
                "UPDATE drift SET seen_at = ?6, repairable = ?7
                 WHERE subject = ?1 AND kind = ?2 AND fields = ?3 AND reason = ?4 AND okta_id IS ?5",
            )?
            .execute(rusqlite::params![
                subject,
                found.kind.as_str(),
                fields,
                found.reason,
                id,
                millis(now),
                found.repairable
            ])?;
        if same == 1 {
            continue;
        }
        tx.prepare_cached(
            "INSERT OR REPLACE INTO drift (subject, kind, employee, okta_id, fields, reason, repairable, repairing,
                 found_at, seen_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?8)",
        )?
        .execute(rusqlite::params![
            subject,
            found.kind.as_str(),
            found.employee,
            id,
            fields,
            found.reason,
            found.repairable,
            millis(now)
        ])?;
        let name = if found.kind == Kind::LeaverActive { code::LEAVER_ACTIVE } else { code::DRIFT };
        let mut activity = Activity::new(name, now).because(format!("{}: {}", found.kind, found.reason));
        activity.employee.clone_from(&found.employee);
        activity.okta_id.clone_from(&found.okta_id);
        activity.fields.clone_from(&found.fields);
        activity::insert(tx, &activity)?;
        told.push(activity);
    }
    Ok(told)
}

/// A person's turn has come to rest: what it puts right is over, and told where somebody asked for it.
pub(super) fn settled(
    tx: &Transaction,
    employee: &str,
    now: DateTime<Utc>,
) -> Result<Option<Activity>, LedgerError> {
    let mut delete = tx.prepare_cached(&format!(
        "DELETE FROM drift WHERE subject = ?1 AND (repairing OR kind IN {OURS})
         RETURNING repairing, kind, fields, okta_id"
    ))?;
    let read = |row: &Row| {
        let id: Option<String> = row.get(3)?;
        Ok((row.get::<_, bool>(0)?, row.get::<_, String>(1)?, row::json::<Vec<String>>(row, 2)?, id))
    };
    let over = delete.query_map([employee], read)?.collect::<Result<Vec<_>, _>>()?;
    let over: Vec<_> = over.into_iter().filter(|(repairing, ..)| *repairing).collect();
    if over.is_empty() {
        return Ok(None);
    }
    let kinds: BTreeSet<&str> = over.iter().map(|(_, kind, ..)| kind.as_str()).collect();
    let mut repaired = Activity::new(code::REPAIRED, now)
        .about(employee)
        .because(kinds.into_iter().collect::<Vec<_>>().join(", "));
    repaired.okta_id = over.iter().find_map(|(.., id)| id.clone()).map(OktaId);
    repaired.fields = over.into_iter().flat_map(|(_, _, fields, _)| fields).collect();
    activity::insert(tx, &repaired)?;
    Ok(Some(repaired))
}
