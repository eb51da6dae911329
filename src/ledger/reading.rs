//! Who is to be read from HR, and what has been read.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{OptionalExtension, Transaction};

use super::activity::{self, Activity, code};
use super::merge::{Voice, desired, merge};
use super::row::{self, millis};
use super::{Ledger, LedgerError};
use crate::domain::access::FRESH;
use crate::domain::decide::Rules;
use crate::domain::event::Event;
use crate::domain::facts::{Facts, Tracked};
use crate::domain::field;

/// Who is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Whoever is to be cut first, then the oldest news.
    pub people: Vec<String>,
    /// When the next one will be, if nobody is now.
    pub next: Option<DateTime<Utc>>,
}

/// What HR answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// When it was asked, by our clock.
    pub asked: DateTime<Utc>,
    /// What it showed.
    pub found: Vec<Event>,
    /// Of whom it said that there is nobody.
    pub unknown: Vec<String>,
}

/// What an answer of HR's meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taken {
    /// What was recorded because of it.
    pub activities: Vec<Activity>,
    /// Whether anybody is due because of it.
    pub due: bool,
    /// Of whom a newer read was merged before: for these it was no answer.
    pub outdated: Vec<String>,
}

impl Ledger {
    /// At most so many people who are to be read now, none of `out`. News is read at once, and once more when
    /// no news has come for `settle`, as a read may lag behind: at the latest after twice that time.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub async fn unread(
        &self,
        now: DateTime<Utc>,
        settle: TimeDelta,
        most: usize,
        out: Arc<HashSet<String>>,
    ) -> Result<Unread, LedgerError> {
        self.writer.call(move |tx| unread(tx, now, settle, most, &out)).await
    }

    /// Merges what HR answered into the facts, in one transaction on disk. Whoever was to be cut on a date that
    /// HR has taken back is released.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written; nothing was merged.
    pub async fn take(
        &self,
        answer: Arc<Answer>,
        settle: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Taken, LedgerError> {
        let rules = self.rules.clone();
        self.writer
            .call(move |tx| {
                let rules = rules.get();
                let tracked = rules.tracked();
                let mut taken = Taken::default();
                for event in &answer.found {
                    if taken.read(tx, &rules, &tracked, event, now)? {
                        taken.asked(tx, &event.employee, answer.asked, settle, now)?;
                    } else {
                        taken.outdated.push(event.employee.clone());
                    }
                }
                for id in &answer.unknown {
                    let settled = taken.asked(tx, id, answer.asked, settle, now)?;
                    if settled && !is_deleted(tx, id)? {
                        taken.record(tx, Activity::new(code::UNKNOWN, now).about(id))?;
                    }
                }
                Ok(taken)
            })
            .await
    }
}

impl Taken {
    fn record(&mut self, tx: &Transaction, activity: Activity) -> Result<(), LedgerError> {
        activity::insert(tx, &activity)?;
        self.activities.push(activity);
        Ok(())
    }

    /// Tells whether no newer read was merged before.
    fn read(
        &mut self,
        tx: &Transaction,
        rules: &Rules,
        tracked: &Tracked,
        event: &Event,
        now: DateTime<Utc>,
    ) -> Result<bool, LedgerError> {
        let id = &event.employee;
        let leaving = || desired(tx, rules, id, now).filter(|d| d.access.is_cut() && d.why.is_leave());
        let at_hand = leaving().is_some() && is_at_hand(tx, id, now)?;
        let merge = merge(tx, rules, tracked, event, now, Voice::Read)?;
        let is_newest = !merge.outdated;
        if !merge.due {
            return Ok(is_newest);
        }
        self.due = true;
        let fields = merge.activity.fields.clone();
        // It has been written down by the merge itself.
        self.activities.push(merge.activity);
        if at_hand && let Some(now_wanted) = desired(tx, rules, id, now).filter(|d| !d.access.is_cut()) {
            let until =
                now_wanted.until.map(|at| format!(", next at {}", at.to_rfc3339())).unwrap_or_default();
            let why = format!("HR was read before the cut: {}{until}", now_wanted.why.text());
            self.record(
                tx,
                Activity { fields, ..Activity::new(code::RELEASED, now).about(id).because(why) },
            )?;
        }
        Ok(is_newest)
    }

    fn asked(
        &mut self,
        tx: &Transaction,
        id: &str,
        asked: DateTime<Utc>,
        settle: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<bool, LedgerError> {
        let answered = answered(tx, id, asked, settle, now)?;
        self.due |= answered.waited;
        Ok(answered.settled)
    }
}

/// What an answer of HR's has ended.
pub(super) struct Answered {
    /// No more answers are needed.
    pub settled: bool,
    /// Somebody who is to be cut waited for it.
    pub waited: bool,
}

/// HR has answered for a person: settles the news that the answer must have shown, and ends the wait of
/// whoever is to be cut.
pub(super) fn answered(
    tx: &Transaction,
    id: &str,
    asked: DateTime<Utc>,
    settle: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Answered, LedgerError> {
    // Of what came in the time in which a read may lag, at least the last stays unsettled, and counts as
    // older than this answer. Whoever is being decided on is decided on anew only if that waits for it: facts that
    // moved have said so themselves.
    let mut update = tx.prepare_cached(
        "UPDATE employee SET read_at = max(coalesce(read_at, ?2), ?2),
                     read_wanted = iif(news_at <= ?3, NULL, min(max(read_wanted, ?3), ?2 - 1)),
                     news_at = iif(news_at <= ?3, NULL, news_at),
                     due_at = iif(waiting = 'hr', ?4, due_at), revision = revision + (waiting IS 'hr')
                 WHERE id = ?1 RETURNING read_wanted IS NULL, waiting IS 'hr'",
    )?;
    let params = rusqlite::params![id, millis(asked), millis(asked - settle), millis(now)];
    let answered = update.query_row(params, |row| Ok(Answered { settled: row.get(0)?, waited: row.get(1)? }));
    Ok(answered.optional()?.unwrap_or(Answered { settled: true, waited: false }))
}

fn unread(
    tx: &Transaction,
    now: DateTime<Utc>,
    settle: TimeDelta,
    most: usize,
    out: &HashSet<String>,
) -> Result<Unread, LedgerError> {
    let mut unread = Unread::default();
    let add = |unread: &mut Unread, id: String| {
        if !out.contains(&id) && !unread.people.contains(&id) && unread.people.len() < most {
            unread.people.push(id);
        }
    };
    let mut waiting = tx.prepare_cached(
        "SELECT id FROM employee WHERE waiting = 'hr' AND (due_at IS NULL OR due_at > ?1) ORDER BY since",
    )?;
    for id in waiting.query_map([millis(now)], |row| row.get(0))? {
        add(&mut unread, id?);
    }
    if !unread.people.is_empty() {
        // Whoever is about to be cut as well is read along: midnight has many leavers and Bob few calls.
        let mut leavers = tx.prepare_cached(
            "SELECT id FROM employee WHERE urgency = 0 AND due_at <= ?1 AND coalesce(read_at, 0) < ?2
             ORDER BY since LIMIT ?3",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        for id in leavers.query_map([millis(now), millis(now - FRESH), most], |row| row.get(0))? {
            add(&mut unread, id?);
        }
    }
    let mut news = tx.prepare_cached(
        "SELECT id, iif(read_at > read_wanted, min(news_at + ?1, read_wanted + 2 * ?1), read_wanted) AS next
         FROM employee WHERE read_wanted IS NOT NULL ORDER BY next",
    )?;
    let mut rows = news.query([settle.num_milliseconds()])?;
    while let Some(found) = rows.next()? {
        let at = row::instant(found, 1)?;
        if at > now {
            unread.next = Some(at);
            break;
        }
        add(&mut unread, found.get(0)?);
    }
    Ok(unread)
}

/// Whether a cut waits for HR's word, or is about to be made.
fn is_at_hand(tx: &Transaction, id: &str, now: DateTime<Utc>) -> Result<bool, LedgerError> {
    let mut query =
        tx.prepare_cached("SELECT waiting IS 'hr' OR coalesce(due_at <= ?2, 0) FROM employee WHERE id = ?1")?;
    Ok(query.query_row(rusqlite::params![id, millis(now)], |row| row.get(0)).optional()?.unwrap_or(false))
}

/// Whether HR has said that there is nobody any more.
fn is_deleted(tx: &Transaction, id: &str) -> Result<bool, LedgerError> {
    let mut query = tx.prepare_cached("SELECT facts FROM employee WHERE id = ?1")?;
    let facts = query.query_row([id], |found| Ok(row::json::<Facts>(found, 0).ok())).optional()?.flatten();
    Ok(facts
        .is_some_and(|facts| [field::DELETED, field::GONE].iter().any(|name| facts.marked(name).is_some())))
}
