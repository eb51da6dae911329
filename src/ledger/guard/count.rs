//! What was taken from whom and when, and how many people there are to take it from.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{OptionalExtension, Transaction};

use crate::domain::decide::Rules;
use crate::domain::guard::{Bound, Effect, Limit, since};
use crate::ledger::LedgerError;
use crate::ledger::row::millis;

/// Counting everybody is not for every event.
const YOUNG: TimeDelta = TimeDelta::minutes(1);

/// How many people there are, as of a while ago.
#[derive(Clone, Debug, Default)]
pub(in crate::ledger) struct Headcounts(Arc<Mutex<Option<Headcount>>>);

/// How many people have access, those included who lost it within the windows: a limit does not shrink while it
/// is being used up.
#[derive(Debug)]
struct Headcount {
    at: DateTime<Utc>,
    people: u32,
    by_value: HashMap<Option<String>, u32>,
}

/// The value of the guard's field: what HR says, else what Okta holds. ?1 is the path in the facts, ?2 the attribute.
const VALUE: &str = "CAST(coalesce(
    CASE WHEN json_valid(employee.facts) THEN employee.facts ->> ?1 END,
    CASE WHEN json_valid(account.profile) THEN account.profile ->> ?2 END) AS TEXT)";

/// Where the value of the guard's field is: the path and the attribute.
fn places(rules: &Rules) -> (Option<String>, Option<String>) {
    let Some(field) = &rules.guard.field else { return (None, None) };
    let attributes = rules.mapping.attributes();
    let attribute = attributes.into_iter().find(|name| rules.mapping.source(name) == Some(field));
    (Some(format!("$.facts.\"{field}\"[0]")), attribute.map(|name| format!("$.\"{name}\"")))
}

/// The limit that taking this from somebody would pass, if any, and the name of that limit.
pub(super) fn passed(
    tx: &Transaction,
    rules: &Rules,
    headcounts: &Headcounts,
    employee: &str,
    (effect, kind): (Effect, &str),
    now: DateTime<Utc>,
) -> Result<Option<(Bound, String)>, LedgerError> {
    let guard = &rules.guard;
    let bound = |most, window: TimeDelta, field| Bound { effect, most, within: window.num_seconds(), field };
    let limit = guard.limit(effect);
    if is_one(limit) {
        let most = limit.of(headcounts.of(tx, rules, now, |count| count.people)?);
        if is_full(tx, kind, employee, since(now, guard.window), Among::All, most)? {
            return Ok(Some((bound(most, guard.window, None), kind.to_owned())));
        }
    }
    let Some(field) = guard.field.as_ref().filter(|_| effect.is_cut() && is_one(guard.of_value)) else {
        return Ok(None);
    };
    let value = value(tx, rules, employee)?;
    let people = headcounts.of(tx, rules, now, |count| count.by_value.get(&value).copied())?;
    let most = guard.of_value.of(people.unwrap_or(0));
    let from = since(now, guard.field_window);
    if is_full(tx, kind, employee, from, Among::Value(value.as_deref()), most)? {
        let of = format!("{kind} {}", value.as_deref().unwrap_or_default());
        return Ok(Some((bound(most, guard.field_window, Some(field.clone())), of)));
    }
    Ok(None)
}

fn is_one(limit: Limit) -> bool {
    limit.share < 1.0
}

/// Among whom something is counted.
#[derive(Clone, Copy)]
enum Among<'a> {
    All,
    /// People with this value, or with none.
    Value(Option<&'a str>),
}

/// Whether so many others have had this taken from them since then, and this person has not.
fn is_full(
    tx: &Transaction,
    kind: &str,
    employee: &str,
    from: DateTime<Utc>,
    among: Among<'_>,
    most: u32,
) -> Result<bool, LedgerError> {
    let counted: Option<i64> = tx
        .prepare_cached("SELECT 1 FROM effect WHERE kind = ?1 AND employee = ?2 AND at > ?3")?
        .query_row(rusqlite::params![kind, employee, millis(from)], |row| row.get(0))
        .optional()?;
    if counted.is_some() {
        return Ok(false);
    }
    // No further than it matters.
    let others: u32 = match among {
        Among::All => tx
            .prepare_cached(
                "SELECT count(*) FROM (SELECT 1 FROM effect WHERE kind = ?1 AND at > ?2 LIMIT ?3)",
            )?
            .query_row(rusqlite::params![kind, millis(from), most], |row| row.get(0))?,
        Among::Value(value) => tx
            .prepare_cached(
                "SELECT count(*) FROM (SELECT 1 FROM effect WHERE kind = ?1 AND value IS ?4 AND at > ?2 LIMIT ?3)",
            )?
            .query_row(rusqlite::params![kind, millis(from), most, value], |row| row.get(0))?,
    };
    Ok(others >= most)
}

/// The value that counts for somebody.
fn value(tx: &Transaction, rules: &Rules, employee: &str) -> Result<Option<String>, LedgerError> {
    let (path, attribute) = places(rules);
    let mut query = tx.prepare_cached(&format!(
        "SELECT {VALUE} FROM employee LEFT JOIN account ON account.id = employee.okta_id WHERE employee.id = ?3"
    ))?;
    Ok(query.query_row(rusqlite::params![path, attribute, employee], |row| row.get(0)).optional()?.flatten())
}

/// Counts this from now on. Once for each person, however often.
pub(super) fn reserve(
    tx: &Transaction,
    rules: &Rules,
    kind: &str,
    employee: &str,
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    let value = value(tx, rules, employee)?;
    tx.prepare_cached(
        "INSERT INTO effect (kind, employee, at, value) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET former = at, at = excluded.at, value = excluded.value",
    )?
    .execute(rusqlite::params![kind, employee, millis(now), value])?;
    Ok(())
}

/// It did not come to it: what was counted last does not count.
pub(in crate::ledger) fn undo(tx: &Transaction, effect: Effect, employee: &str) -> Result<(), LedgerError> {
    let key = [effect.as_str(), employee];
    tx.prepare_cached("DELETE FROM effect WHERE kind = ?1 AND employee = ?2 AND former IS NULL")?
        .execute(key)?;
    tx.prepare_cached("UPDATE effect SET at = former, former = NULL WHERE kind = ?1 AND employee = ?2")?
        .execute(key)?;
    Ok(())
}

impl Headcounts {
    /// Something of the headcount, which is made anew when it is old, or of another time.
    fn of<T>(
        &self,
        tx: &Transaction,
        rules: &Rules,
        now: DateTime<Utc>,
        what: impl FnOnce(&Headcount) -> T,
    ) -> Result<T, LedgerError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = kept.as_ref().filter(|count| count.at <= now && now < count.at + YOUNG) {
            return Ok(what(count));
        }
        Ok(what(kept.insert(count(tx, rules, now)?)))
    }
}

/// What is older than the longest window is of no use. Not to be asked for while our clock may be ahead.
pub(super) fn forget(tx: &Transaction, rules: &Rules, now: DateTime<Utc>) -> Result<(), LedgerError> {
    let from = since(now, rules.guard.window.max(rules.guard.field_window));
    tx.prepare_cached("DELETE FROM effect WHERE at <= ?1")?.execute([millis(from)])?;
    Ok(())
}

fn count(tx: &Transaction, rules: &Rules, now: DateTime<Utc>) -> Result<Headcount, LedgerError> {
    let (path, attribute) = places(rules);
    let (window, field_window) = (since(now, rules.guard.window), since(now, rules.guard.field_window));
    let mut query = tx.prepare_cached(&format!(
        "WITH gone AS MATERIALIZED (
             SELECT employee, max(at) AS at, value FROM effect
             WHERE kind IN ('cut', 'revocation') AND at > min(?3, ?4) GROUP BY employee),
         live AS MATERIALIZED (SELECT id, profile, status NOT IN ('SUSPENDED', 'DEPROVISIONED') AS live FROM account)
         SELECT coalesce(gone.value, {VALUE}), sum(account.live OR gone.at > ?3), sum(account.live OR gone.at > ?4)
         FROM employee JOIN live AS account ON account.id = employee.okta_id
         LEFT JOIN gone ON gone.employee = employee.id
         WHERE account.live OR gone.at IS NOT NULL GROUP BY 1"
    ))?;
    let mut rows = query.query(rusqlite::params![path, attribute, millis(window), millis(field_window)])?;
    let mut count = Headcount { at: now, people: 0, by_value: HashMap::new() };
    while let Some(found) = rows.next()? {
        count.people += found.get::<_, Option<u32>>(1)?.unwrap_or(0);
        count.by_value.insert(found.get(0)?, found.get::<_, Option<u32>>(2)?.unwrap_or(0));
    }
    Ok(count)
}
