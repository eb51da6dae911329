//! Reading the ledger for people, beside the daemon.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;
use serde_json::Value;

use super::open::{self, OpenError};
use super::row::{self, ACCOUNT, optional_instant};
use super::{Gauges, LedgerError, Pause, key};
use crate::domain::account::Account;
use crate::domain::block::Block;
use crate::domain::facts::Facts;

/// A connection of its own that only reads.
#[derive(Debug)]
pub struct Report(Connection);

/// The state of everything at a glance.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// The org.
    pub org: Option<String>,
    /// When the daemon last started.
    pub started: Option<String>,
    /// When the mirror became complete.
    pub mirror: Option<String>,
    /// On whose word nothing is written to Okta, if so ([`super::mode`]).
    pub mode: Option<String>,
    /// What operators have paused.
    pub paused: Vec<Pause>,
    /// How many must lose access and wait for the end of a pause.
    pub paused_leavers: i64,
    /// For whom a step that takes something away is held back, by reason.
    pub held: BTreeMap<&'static str, i64>,
    /// Those of them who are to lose access, and keep it; whose cut an operator has refused are left out.
    pub held_leavers: i64,
    /// Why calls are stopped.
    pub halted: Option<String>,
    /// The session with the broker.
    pub broker: Option<String>,
    /// What the last reading of everybody from HR has found.
    pub synced: Option<Value>,
    /// How the present one fares.
    pub syncing: Option<Value>,
    /// How many employees are known.
    pub employees: i64,
    /// How many accounts the mirror holds.
    pub accounts: i64,
    /// How many are due by now, and since when the oldest has been wanted.
    pub due: i64,
    /// Since when the oldest of them has been wanted.
    pub oldest: Option<DateTime<Utc>>,
    /// When the next one will be due.
    pub next: Option<DateTime<Utc>>,
    /// How reading from HR fares, where HR is read.
    pub bob: Option<String>,
    /// How many are to be read from HR.
    pub read_wanted: i64,
    /// People by what should be.
    pub access: Vec<(String, i64)>,
    /// People by what they wait for.
    pub waiting: Vec<(String, i64)>,
    /// Blocked people by reason.
    pub blocked: Vec<(String, i64)>,
    /// How many events were set aside within the last day.
    pub rejected: i64,
    /// What differs in Okta, by kind.
    pub drift: Vec<(String, i64)>,
}

/// One activity row.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its place.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub code: String,
    /// About whom, by HR's id.
    pub employee: Option<String>,
    /// About whom, by the login of the linked account.
    pub login: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Names of fields or attributes.
    pub fields: Vec<String>,
    /// The account.
    pub okta_id: Option<String>,
    /// Okta's id of the request.
    pub request_id: Option<String>,
    /// The id of the event.
    pub event: Option<String>,
    /// Whose word it is: the system that this id is unique in.
    pub source: Option<String>,
    /// Calls made.
    pub calls: u32,
    /// Which attempt.
    pub attempt: Option<u32>,
    /// Milliseconds since it came to be wanted.
    pub lag_ms: Option<i64>,
    /// Decided only.
    pub observed: bool,
    /// On whose word, where a person gave it.
    pub operator: Option<String>,
    /// The row's hash, which covers the hash of the row before.
    pub hash: Option<String>,
}

/// Which activity to read.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only later than this place.
    pub after: i64,
    /// Only this person's.
    pub employee: Option<String>,
    /// Only what went wrong or waits for somebody.
    pub failed: bool,
    /// All but these codes.
    pub without: &'static [&'static str],
    /// Only these codes, such as `user.created` or `user.*`; none means any.
    pub codes: Vec<String>,
    /// Only what this operator asked for.
    pub operator: Option<String>,
    /// Only from then on.
    pub since: Option<DateTime<Utc>>,
    /// Only from before then.
    pub until: Option<DateTime<Utc>>,
}

/// All about one person.
#[derive(Clone, Debug)]
pub struct PersonReport {
    /// What HR said.
    pub facts: Facts,
    /// Since when each of these has its value, as far as decisions tell.
    pub since: BTreeMap<String, DateTime<Utc>>,
    /// The linked account.
    pub account: Option<Account>,
    /// What should be.
    pub access: Option<String>,
    /// By which rule.
    pub why: Option<String>,
    /// Until when.
    pub until: Option<DateTime<Utc>>,
    /// When it is decided again.
    pub due_at: Option<DateTime<Utc>>,
    /// What it waits for.
    pub waiting: Option<String>,
    /// Why.
    pub block: Option<Block>,
    /// Failed attempts in a row.
    pub attempts: u32,
    /// Optional attributes left out.
    pub omitted: Option<String>,
    /// When HR announced news that no read has settled yet.
    pub read_wanted: Option<DateTime<Utc>>,
    /// When HR was last asked for the person.
    pub read_at: Option<DateTime<Utc>>,
}

impl Report {
    /// Opens the ledger at `path` beside whoever has it open.
    ///
    /// # Errors
    ///
    /// There is none, or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let connection = open::open_to_read(path)?;
        open::check_current(path, &connection)?;
        Ok(Self(connection))
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.0
    }

    /// The value of a key of the `meta` table.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn meta(&self, key: &str) -> Result<Option<String>, LedgerError> {
        row::meta(&self.0, key)
    }

    /// The state of everything.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn summary(&self, now: DateTime<Utc>) -> Result<Summary, LedgerError> {
        let now = row::millis(now);
        let counts = |column: &str| -> Result<Vec<(String, i64)>, LedgerError> {
            let mut query = self.0.prepare(&format!(
                "SELECT {column}, count(*) FROM employee WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC"
            ))?;
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        let one = |sql: &str| -> Result<Option<i64>, LedgerError> {
            let with_now = sql.contains("?1");
            let params: &[&dyn rusqlite::ToSql] = if with_now { &[&now] } else { &[] };
            Ok(self.0.query_row(sql, params, |row| row.get(0))?)
        };
        let json = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        let instant = |at: Option<i64>| at.and_then(DateTime::from_timestamp_millis);
        let mut gauges = Gauges::default();
        self.blocks(&mut gauges)?;
        Ok(Summary {
            org: row::meta(&self.0, key::ORG)?,
            started: row::meta(&self.0, key::STARTED)?,
            mirror: row::meta(&self.0, key::MIRROR)?,
            mode: row::meta(&self.0, key::MODE)?,
            paused: self.paused()?,
            paused_leavers: one("SELECT count(*) FROM employee WHERE waiting = 'paused' AND urgency = 0")?
                .unwrap_or_default(),
            held: gauges.held,
            held_leavers: gauges.held_leavers,
            halted: row::meta(&self.0, key::HALTED)?,
            broker: row::meta(&self.0, key::BROKER)?,
            bob: row::meta(&self.0, key::BOB)?,
            synced: json(row::meta(&self.0, key::SYNCED)?),
            syncing: json(row::meta(&self.0, key::SYNCING)?),
            employees: one("SELECT count(*) FROM employee")?.unwrap_or_default(),
            accounts: one("SELECT count(*) FROM account")?.unwrap_or_default(),
            due: one("SELECT count(*) FROM employee WHERE due_at <= ?1")?.unwrap_or_default(),
            oldest: instant(one("SELECT min(since) FROM employee WHERE due_at <= ?1")?),
            next: instant(one("SELECT min(due_at) FROM employee WHERE due_at > ?1")?),
            read_wanted: one("SELECT count(*) FROM employee WHERE read_wanted IS NOT NULL")?
                .unwrap_or_default(),
            access: counts("access")?,
            waiting: counts("waiting")?,
            blocked: self.blocked()?,
            rejected: self.rejected(now)?,
            drift: self.drift_counts()?,
        })
    }

    fn blocked(&self) -> Result<Vec<(String, i64)>, LedgerError> {
        let mut query =
            self.0.prepare("SELECT block FROM employee WHERE block IS NOT NULL AND waiting = 'block'")?;
        let blocks = query.query_map([], |found| row::json::<Block>(found, 0))?;
        let mut counts = BTreeMap::new();
        for block in blocks {
            *counts.entry(block?.code().to_owned()).or_insert(0) += 1;
        }
        Ok(counts.into_iter().collect())
    }

    /// All about one person.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn person(&self, employee: &str) -> Result<Option<PersonReport>, LedgerError> {
        let mut query = self.0.prepare(&format!(
            "SELECT {ACCOUNT}, employee.facts, employee.access, employee.why, employee.until, employee.due_at,
                 employee.waiting, employee.block, employee.attempts, employee.omitted, employee.read_wanted,
                 employee.read_at
             FROM employee LEFT JOIN account ON account.id = employee.okta_id WHERE employee.id = ?1"
        ))?;
        let since = self.since(employee)?;
        let report = query.query_row([employee], |found| {
            let linked = found.get::<_, Option<String>>(0)?.is_some();
            Ok(PersonReport {
                account: linked.then(|| row::account(found)).transpose()?,
                facts: row::json(found, 8)?,
                since,
                access: found.get(9)?,
                why: found.get(10)?,
                until: optional_instant(found, 11)?,
                due_at: optional_instant(found, 12)?,
                waiting: found.get(13)?,
                block: row::optional_json(found, 14)?,
                attempts: found.get(15)?,
                omitted: found.get(16)?,
                read_wanted: optional_instant(found, 17)?,
                read_at: optional_instant(found, 18)?,
            })
        });
        Ok(report.optional()?)
    }

    /// Activity in its order, at most `most` rows.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn activity(&self, filter: &Filter, most: usize) -> Result<Vec<Entry>, LedgerError> {
        // Only a condition that is always there lets SQLite use the index.
        let whom = if filter.employee.is_some() { "activity.employee = ?2" } else { "?2 IS NULL" };
        let mut query = self.0.prepare_cached(&format!(
            "SELECT activity.seq, activity.at, activity.code, activity.employee, account.login, activity.reason,
                 activity.fields, activity.okta_id, activity.request_id, activity.event,
                 activity.source, activity.calls, activity.attempt, activity.lag_ms, activity.observed,
                 activity.operator, activity.hash
             FROM activity
             LEFT JOIN employee ON employee.id = activity.employee
             LEFT JOIN account ON account.id = coalesce(activity.okta_id, employee.okta_id)
             WHERE activity.seq > ?1 AND {whom} AND activity.at >= ?3 AND activity.at < ?7
                 AND (NOT ?4 OR activity.code IN ('event.rejected', 'employee.blocked', 'employee.held',
                     'employee.incomplete', 'employee.missing', 'employee.unknown_in_hr', 'okta.retrying', 'okta.halted', 'drift.found',
                     'bob.retrying', 'bob.halted', 'hr.unverified', 'drift.leaver_active'))
                 AND activity.code NOT IN (SELECT value FROM json_each(?5))
                 AND (?8 = '[]' OR EXISTS (SELECT 1 FROM json_each(?8) WHERE activity.code GLOB value))
                 AND (?9 IS NULL OR activity.operator = ?9)
             ORDER BY activity.seq LIMIT ?6"
        ))?;
        let without = row::text(&filter.without)?;
        let since = filter.since.map_or(i64::MIN, row::millis);
        let until = filter.until.map_or(i64::MAX, row::millis);
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let codes = row::text(&filter.codes)?;
        let rows = query.query_map(
            rusqlite::params![
                filter.after,
                filter.employee,
                since,
                filter.failed,
                without,
                most,
                until,
                codes,
                filter.operator
            ],
            entry,
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The place of the row before the last `most` of this person, or of everybody, that have none of these codes.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn before_last(
        &self,
        employee: Option<&str>,
        without: &[&str],
        most: usize,
    ) -> Result<i64, LedgerError> {
        let mut query = self.0.prepare(
            "SELECT seq FROM activity
             WHERE (?1 IS NULL OR employee = ?1) AND code NOT IN (SELECT value FROM json_each(?2))
             ORDER BY seq DESC LIMIT 1 OFFSET ?3",
        )?;
        let without = row::text(&without)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        Ok(query
            .query_row(rusqlite::params![employee, without, most], |row| row.get(0))
            .optional()?
            .unwrap_or(0))
    }
}

fn entry(found: &Row) -> rusqlite::Result<Entry> {
    Ok(Entry {
        seq: found.get(0)?,
        at: row::instant(found, 1)?,
        code: found.get(2)?,
        employee: found.get(3)?,
        login: found.get(4)?,
        reason: found.get(5)?,
        fields: row::optional_json(found, 6)?.unwrap_or_default(),
        okta_id: found.get(7)?,
        request_id: found.get(8)?,
        event: found.get(9)?,
        source: found.get(10)?,
        calls: found.get(11)?,
        attempt: found.get(12)?,
        lag_ms: found.get(13)?,
        observed: found.get(14)?,
        operator: found.get(15)?,
        hash: found.get(16)?,
    })
}
