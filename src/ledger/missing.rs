//! Whom a complete list of HR's people left out.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Transaction;

use super::activity::{self, Activity, code};
use super::row;
use super::{Ledger, LedgerError, key};
use crate::domain::facts::Facts;

/// What was said that recently may be younger than the list.
const YOUNG: TimeDelta = TimeDelta::minutes(10);
/// A look is another one if it comes that much later: not one that a failed run or an operator made soon after.
const APART: TimeDelta = TimeDelta::hours(12);
/// So many people may be missing at once, however few there are,
const FEW: usize = 10;
/// and so many of a hundred; more than half of a handful are too many all the same.
const PERCENT: usize = 5;

/// What a complete list means for the people whom it left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Missing {
    /// Left out for the first time, or not long ago for the first time: the next list tells more.
    pub noted: Vec<Activity>,
    /// Left out again: HR is to be asked for them one by one.
    pub again: Vec<String>,
    /// So many are left out, of so many, that the list is not to be trusted; nobody was noted.
    pub doubtful: Option<(usize, usize)>,
}

impl Ledger {
    /// Compares a complete list, by its ids and the time it was asked for, with the people for whom it
    /// matters that HR knows them: who have an account in use, or something to come, and no deletion. Whom
    /// no read has ever shown, HR has never known: they are another system's.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn missing(
        &self,
        listed: Arc<HashSet<String>>,
        asked: DateTime<Utc>,
    ) -> Result<Missing, LedgerError> {
        self.writer.call(move |tx| missing(tx, &listed, asked)).await
    }
}

fn missing(tx: &Transaction, listed: &HashSet<String>, asked: DateTime<Utc>) -> Result<Missing, LedgerError> {
    let (count, missing) = left_out(tx, listed, asked)?;
    let few = missing.len() <= FEW.max(count * PERCENT / 100);
    if !few || missing.len() * 2 > count {
        return Ok(Missing { doubtful: Some((missing.len(), count)), ..Missing::default() });
    }
    let before: BTreeMap<String, DateTime<Utc>> = match row::meta(tx, key::MISSING)? {
        Some(text) => serde_json::from_str(&text)?,
        None => BTreeMap::new(),
    };
    let mut found = Missing::default();
    let mut after = BTreeMap::new();
    for id in missing {
        match before.get(&id) {
            None => found.noted.push(Activity::new(code::MISSING, asked).about(&id)),
            Some(since) if *since + APART <= asked => found.again.push(id.clone()),
            Some(_) => {}
        }
        let since = before.get(&id).copied().unwrap_or(asked);
        after.insert(id, since);
    }
    found.noted.iter().try_for_each(|activity| activity::insert(tx, activity))?;
    let after = (!after.is_empty()).then(|| row::text(&after)).transpose()?;
    row::set_meta(tx, key::MISSING, after.as_deref())?;
    Ok(found)
}

/// How many people there are for whom it matters, and which of them the list left out.
fn left_out(
    tx: &Transaction,
    listed: &HashSet<String>,
    asked: DateTime<Utc>,
) -> Result<(usize, Vec<String>), LedgerError> {
    let mut query = tx.prepare(
        "SELECT id, facts FROM employee
         WHERE (due_at IS NOT NULL OR (okta_id IS NOT NULL AND access IS NOT 'deactivated'))
             AND json_valid(facts) AND NOT coalesce(facts ->> '$.facts.\"@deleted\"[0]', 0)
             AND NOT coalesce(facts ->> '$.facts.\"@gone\"[0]', 0)
         ORDER BY id",
    )?;
    let mut rows = query.query([])?;
    let (mut count, mut missing) = (0, Vec::new());
    while let Some(found) = rows.next()? {
        let id: String = found.get(0)?;
        if listed.contains(&id) {
            count += 1;
            continue;
        }
        // One that cannot be read is told elsewhere, and nothing is to be done about them.
        let Ok(facts) = row::json::<Facts>(found, 1) else { continue };
        if facts.last_read().is_none() {
            continue;
        }
        count += 1;
        let newest = facts.iter().map(|(_, fact)| fact.stamp.at).max();
        if newest.is_none_or(|at| at + YOUNG < asked) {
            missing.push(id);
        }
    }
    Ok((count, missing))
}
