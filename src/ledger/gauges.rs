//! The state of everything in numbers, for whoever measures it: no name, no value.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rusqlite::Row;

use super::report::Report;
use super::row::{self, optional_instant};
use super::{LedgerError, code, key};
use crate::domain::block::Block;
use crate::domain::urgency::Urgency;

/// Numbers that the ledger gives at one instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gauges {
    /// People by what should be.
    pub access: BTreeMap<String, i64>,
    /// People by what they wait for.
    pub waiting: BTreeMap<String, i64>,
    /// Whom nothing is done for, by reason; those who are held left out.
    pub blocked: BTreeMap<&'static str, i64>,
    /// For whom a step that takes something away is held back, by reason.
    pub held: BTreeMap<&'static str, i64>,
    /// Those of them who are to lose access, and keep it; whose cut an operator has refused are left out.
    pub held_leavers: i64,
    /// Who is due, or between two attempts, by urgency, and since when the oldest has been wanted.
    pub due: BTreeMap<&'static str, (i64, Option<DateTime<Utc>>)>,
    /// Since when the first of those who must lose access, and are not held, has been wanted.
    pub late: Option<DateTime<Utc>>,
    /// Up to when changes in Okta are known.
    pub listed: Option<DateTime<Utc>>,
    /// How reading from HR fares, where HR is read.
    pub bob: Option<String>,
    /// What is paused.
    pub pauses: BTreeSet<String>,
    /// When the API token expires, as far as that is known.
    pub token_expires: Option<DateTime<Utc>>,
}

/// One decision that was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its place.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub code: String,
    /// Milliseconds since it came to be wanted.
    pub lag_ms: Option<i64>,
    /// Decided only.
    pub observed: bool,
}

impl Report {
    /// Counts and measures everything.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn gauges(&self, now: DateTime<Utc>) -> Result<Gauges, LedgerError> {
        let instant = |key| -> Result<Option<DateTime<Utc>>, LedgerError> {
            Ok(self.meta(key)?.and_then(|at| at.parse().ok()))
        };
        let mut gauges = Gauges {
            listed: instant(key::LISTED)?,
            bob: self.meta(key::BOB)?,
            pauses: self.pauses()?,
            token_expires: instant(key::TOKEN)?,
            ..Gauges::default()
        };
        self.standing(now, &mut gauges)?;
        self.blocks(&mut gauges)?;
        Ok(gauges)
    }

    /// Whom there is something to do for, and what should be of everybody: from an index alone.
    fn standing(&self, now: DateTime<Utc>, gauges: &mut Gauges) -> Result<(), LedgerError> {
        for urgency in [Urgency::Leaver, Urgency::Joiner, Urgency::Change, Urgency::Repair] {
            gauges.due.insert(urgency.as_str(), (0, None));
        }
        let mut query = self.connection().prepare_cached(
            "SELECT waiting, access, urgency, due_at <= ?1 OR waiting IN ('retry', 'hr', 'mirror', 'paused'),
                 count(*), min(since)
             FROM employee GROUP BY 1, 2, 3, 4",
        )?;
        let mut rows = query.query([row::millis(now)])?;
        while let Some(found) = rows.next()? {
            let (waiting, access): (Option<String>, Option<String>) = (found.get(0)?, found.get(1)?);
            let (count, since): (i64, _) = (found.get(4)?, optional_instant(found, 5)?);
            let sooner = |one: &mut Option<DateTime<Utc>>| *one = one.take().into_iter().chain(since).min();
            if found.get::<_, Option<bool>>(3)? == Some(true) {
                let urgency = Urgency::from(found.get::<_, i64>(2)?);
                let (all, oldest) = gauges.due.entry(urgency.as_str()).or_default();
                *all += count;
                sooner(oldest);
                let is_cut = matches!(access.as_deref(), Some("suspended" | "deactivated"));
                // Whoever is held is tried again at times, and is no later for that.
                if urgency == Urgency::Leaver && !(is_cut && waiting.as_deref() == Some("block")) {
                    sooner(&mut gauges.late);
                }
            }
            if let Some(waiting) = waiting {
                *gauges.waiting.entry(waiting).or_default() += count;
            }
            if let Some(access) = access {
                *gauges.access.entry(access).or_default() += count;
            }
        }
        Ok(())
    }

    fn blocks(&self, gauges: &mut Gauges) -> Result<(), LedgerError> {
        let mut query = self.connection().prepare_cached(
            "SELECT block, access IN ('suspended', 'deactivated') FROM employee
             WHERE waiting = 'block' AND block IS NOT NULL",
        )?;
        let mut rows = query.query([])?;
        while let Some(found) = rows.next()? {
            // A row that cannot be read is said by those who must read it.
            let Ok(block) = row::json::<Block>(found, 0) else { continue };
            let is_cut: bool = found.get(1)?;
            let counts = if is_cut || block.is_guard() { &mut gauges.held } else { &mut gauges.blocked };
            *counts.entry(block.code()).or_default() += 1;
            gauges.held_leavers += i64::from(is_cut && !matches!(block, Block::Rejected { .. }));
        }
        Ok(())
    }

    /// The decisions after a place, in their order; only what is counted of them.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn decided(&self, after: i64) -> Result<Vec<Decision>, LedgerError> {
        let mut query = self.connection().prepare_cached(
            "SELECT seq, at, code, lag_ms, observed FROM activity WHERE seq > ?1 ORDER BY seq",
        )?;
        Ok(query.query_map([after], decision)?.collect::<Result<_, _>>()?)
    }

    /// The place of the last decision, and when HR was last heard.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn last(&self) -> Result<(i64, Option<DateTime<Utc>>), LedgerError> {
        let seq = "SELECT coalesce(max(seq), 0) FROM activity";
        let heard =
            "SELECT max(at) FROM (SELECT at FROM activity WHERE code IN (?1, ?2) ORDER BY seq DESC LIMIT 1)";
        let codes = [code::EVENT_ACCEPTED, code::EVENT_UNCHANGED];
        Ok((
            self.connection().query_row(seq, [], |found| found.get(0))?,
            self.connection().query_row(heard, codes, |found| optional_instant(found, 0))?,
        ))
    }
}

fn decision(found: &Row) -> rusqlite::Result<Decision> {
    Ok(Decision {
        seq: found.get(0)?,
        at: row::instant(found, 1)?,
        code: found.get(2)?,
        lag_ms: found.get(3)?,
        observed: found.get(4)?,
    })
}
