//! The state of everything in numbers, for whoever measures it: no name, no value.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::Row;

use super::report::Report;
use super::row::{self, optional_instant};
use super::{LedgerError, Pause, code, key};
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
    pub pauses: Vec<Pause>,
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
            pauses: self.paused()?,
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
        // Grouped as the index is sorted.
        let mut query = self.connection().prepare_cached(
            "SELECT waiting, access, urgency, count(*), sum(due), min(CASE WHEN due THEN since END)
             FROM (SELECT waiting, access, urgency, since,
                       coalesce(due_at <= ?1, 0) OR waiting IN ('retry', 'hr', 'mirror', 'paused') AS due
                   FROM employee)
             GROUP BY waiting, access, urgency",
        )?;
        let mut rows = query.query([row::millis(now)])?;
        while let Some(found) = rows.next()? {
            let (waiting, access): (Option<String>, Option<String>) = (found.get(0)?, found.get(1)?);
            let urgency = Urgency::from(found.get::<_, i64>(2)?);
            let (count, due): (i64, Option<i64>) = (found.get(3)?, found.get(4)?);
            let since = optional_instant(found, 5)?;
            let sooner = |one: &mut Option<DateTime<Utc>>| *one = one.take().into_iter().chain(since).min();
            let (all, oldest) = gauges.due.entry(urgency.as_str()).or_default();
            *all += due.unwrap_or_default();
            sooner(oldest);
            let is_cut = matches!(access.as_deref(), Some("suspended" | "deactivated"));
            // Whoever is held is tried again at times, and is no later for that.
            if urgency == Urgency::Leaver && !(is_cut && waiting.as_deref() == Some("block")) {
                sooner(&mut gauges.late);
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

    pub(super) fn blocks(&self, gauges: &mut Gauges) -> Result<(), LedgerError> {
        let mut query = self.connection().prepare_cached(
            "SELECT block, coalesce(access IN ('suspended', 'deactivated'), 0) FROM employee
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::open;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// Urgency, since, due, waiting, access, block; in seconds.
    type Row<'a> = (i64, i64, Option<i64>, Option<&'a str>, &'a str, Option<&'a str>);

    fn gauges(people: &[Row]) -> Gauges {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite3");
        let connection = open::open(&path).unwrap();
        for (number, (urgency, since, due, waiting, access, block)) in people.iter().enumerate() {
            let (since, due) = (since * 1000, due.map(|due| due * 1000));
            connection
                .execute(
                    "INSERT INTO employee (id, facts, memory, revision, since, due_at, urgency, attempts, contested,
                         waiting, access, block)
                     VALUES (?1, '{}', '{}', 1, ?2, ?3, ?4, 0, 0, ?5, ?6, ?7)",
                    rusqlite::params![number.to_string(), since, due, urgency, waiting, access, block],
                )
                .unwrap();
        }
        Report::open(&path).unwrap().gauges(at(1000)).unwrap()
    }

    #[test]
    fn whoever_must_be_cut_and_is_not_is_late_unless_held() {
        let (cut, keep) = ("deactivated", "active");
        let taken = Some(r#"{"login_taken":{"account":"00u1","holder":null}}"#);
        for (person, late) in [
            ((0, 700, Some(900), None, keep, None), Some(700)),
            ((0, 700, Some(1001), None, keep, None), None),
            ((0, 700, Some(1900), Some("retry"), cut, None), Some(700)),
            ((0, 700, Some(1900), Some("hr"), cut, None), Some(700)),
            ((0, 700, None, Some("mirror"), cut, None), Some(700)),
            ((0, 700, None, Some("paused"), cut, None), Some(700)),
            ((0, 700, None, Some("observe"), cut, None), None),
            ((0, 700, Some(900), Some("block"), cut, taken), None),
            ((0, 700, Some(900), Some("block"), keep, taken), Some(700)),
            ((2, 700, Some(900), None, keep, None), None),
        ] {
            let first = (0, 800, Some(900), None, keep, None);
            assert_eq!(gauges(&[person]).late, late.map(at), "{person:?}");
            assert_eq!(gauges(&[first, person]).late, Some(at(late.unwrap_or(800))), "{person:?}");
        }
    }

    #[test]
    fn everybody_is_counted_once() {
        let (cut, keep) = ("deactivated", "active");
        let found = gauges(&[
            (0, 1, None, Some("block"), cut, Some(r#"{"whose_account":{"account":"00u1"}}"#)),
            (2, 1, None, Some("block"), keep, Some(r#"{"protected":{"how":"listed"}}"#)),
            (2, 1, None, Some("block"), keep, Some(r#""no_start_date""#)),
            (2, 1, None, Some("block"), keep, Some("damaged")),
            (1, 5, Some(6), None, keep, None),
            (1, 3, Some(9), Some("retry"), keep, None),
            (3, 1, None, None, "absent", None),
        ]);
        assert_eq!(found.held, [("whose_account", 1), ("protected", 1)].into());
        assert_eq!((found.held_leavers, found.blocked), (1, [("no_start_date", 1)].into()));
        let access = [("absent", 1), ("active", 5), ("deactivated", 1)];
        assert_eq!(found.access, access.map(|(name, count)| (name.to_owned(), count)).into());
        assert_eq!(found.waiting, [("block", 4), ("retry", 1)].map(|(name, n)| (name.to_owned(), n)).into());
        let due = [
            ("leaver", (0, None)),
            ("joiner", (2, Some(at(3)))),
            ("change", (0, None)),
            ("repair", (0, None)),
        ];
        assert_eq!(found.due, due.into());
    }
}
