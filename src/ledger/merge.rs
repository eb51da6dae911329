//! Events become facts; whoever's facts moved is due.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction};

use super::activity::{self, Activity, code};
use super::row::{self, millis};
use super::{Ledger, LedgerError};
use crate::domain::access::Desired;
use crate::domain::account::fold;
use crate::domain::decide::Rules;
use crate::domain::employee::{Employee, Memory};
use crate::domain::event::Event;
use crate::domain::facts::{Facts, Tracked};
use crate::domain::news::News;
use crate::domain::urgency::Urgency;

/// The reason of facts that moved because HR was read, where no message had told it.
pub(super) const READ: &str = "read from HR";

/// What became of one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// The decision as it was recorded; its fields are those whose value is another one now.
    pub activity: Activity,
    /// Whether the person is due because of it.
    pub due: bool,
    /// The gist of a read that changed something.
    pub news: Option<News>,
    /// It is a read, and a newer one was merged before: what HR says now, it cannot tell.
    pub outdated: bool,
}

/// Who tells what HR said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// A message.
    Event,
    /// A read of one person: what it changes is recorded.
    Read,
    /// A comparison with all that HR has: only what is news is recorded.
    Reconcile,
}

impl Ledger {
    /// Merges events into the facts, all or none of them, in one transaction on disk.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written; nothing was merged.
    pub async fn merge(&self, events: Vec<Event>, now: DateTime<Utc>) -> Result<Vec<Merge>, LedgerError> {
        let rules = self.rules.clone();
        self.writer
            .call(move |tx| {
                // Those of this moment: others would leave a login behind that nobody looks for.
                let rules = rules.get();
                let tracked = rules.tracked();
                let merge = |event| merge(tx, &rules, &tracked, event, now, Voice::Event);
                events.iter().map(merge).collect()
            })
            .await
    }
}

/// What the ledger has of the person that an event is about.
struct Before {
    employee: Employee,
    login: Option<String>,
    due_at: Option<i64>,
    since: i64,
    /// When the news came that is to be read.
    read_wanted: Option<i64>,
}

pub(super) fn merge(
    tx: &Transaction,
    rules: &Rules,
    tracked: &Tracked,
    event: &Event,
    now: DateTime<Utc>,
    voice: Voice,
) -> Result<Merge, LedgerError> {
    let known = match load(tx, &event.employee) {
        Err(rusqlite::Error::FromSqlConversionFailure(..)) => return unreadable(tx, event, now),
        known => known?,
    };
    let is_new = known.is_none();
    let mut known = known.unwrap_or_else(|| Before {
        employee: Employee::new(&event.employee, Facts::default(), Memory::default()),
        login: None,
        due_at: None,
        since: millis(event.stamp.at),
        read_wanted: None,
    });
    let before = (voice != Voice::Event).then(|| known.employee.clone());
    let merged = known.employee.facts.merge(event, tracked);
    let outdated =
        voice != Voice::Event && known.employee.facts.last_read().is_some_and(|last| *last > event.stamp);
    // A read moves the stamps of all that it shows, which seldom means anything.
    let wants = |employee| {
        let desired = rules.desired(employee, now);
        (desired.access, desired.until, desired.provision_at)
    };
    let told = before
        .as_ref()
        .map_or(merged.moved, |before| !merged.changed.is_empty() || wants(before) != wants(&known.employee));
    // Of whom there is only news nothing can be decided yet.
    let due = told || (is_new && !event.read_wanted);
    let said = match voice {
        Voice::Event => millis(event.stamp.at),
        Voice::Read | Voice::Reconcile => known.read_wanted.unwrap_or(millis(now)),
    };
    if is_new || merged.moved || event.read_wanted {
        store(tx, rules, &known, is_new, Said { at: said, read_wanted: event.read_wanted, due }, now)?;
    }
    let code = if merged.changed.is_empty() { code::EVENT_UNCHANGED } else { code::EVENT_ACCEPTED };
    let mut activity = Activity::new(code, now).about(&event.employee).following(Some(&event.stamp));
    activity.fields = merged.changed.into_iter().collect();
    activity.lag_ms = Some((millis(now) - said).max(0));
    if event.read_wanted {
        activity.reason = Some("to be read from HR".into());
    }
    let before = before.filter(|_| told);
    let mut news = None;
    match (voice, &before) {
        (Voice::Read, Some(_)) => {
            activity.code = code::EVENT_ACCEPTED;
            activity.reason = Some(READ.into());
        }
        (Voice::Reconcile, Some(before)) => {
            let gist = News::of(&before.facts, &known.employee.facts);
            news = Some(gist);
            activity.code = code::FOUND;
            activity.reason = Some(gist.to_string());
        }
        _ => {}
    }
    if voice == Voice::Event || told {
        activity::insert(tx, &activity)?;
    }
    Ok(Merge { activity, due, news, outdated })
}

fn load(tx: &Transaction, id: &str) -> rusqlite::Result<Option<Before>> {
    let mut query = tx.prepare_cached(
        "SELECT id, facts, memory, okta_id, login, due_at, since, read_wanted FROM employee WHERE id = ?1",
    )?;
    let known = query.query_row([id], |found| {
        Ok(Before {
            employee: row::employee(found, 0)?,
            login: found.get(4)?,
            due_at: found.get(5)?,
            since: found.get(6)?,
            read_wanted: found.get(7)?,
        })
    });
    known.optional()
}

/// What should be for a person as the ledger has them; none where it does not, or where the row cannot be read.
pub(super) fn desired(tx: &Transaction, rules: &Rules, id: &str, now: DateTime<Utc>) -> Option<Desired> {
    load(tx, id).ok().flatten().map(|known| rules.desired(&known.employee, now))
}

/// One damaged row must not keep everybody else's events waiting: its own are set aside.
fn unreadable(tx: &Transaction, event: &Event, now: DateTime<Utc>) -> Result<Merge, LedgerError> {
    let activity = Activity::new(code::EVENT_REJECTED, now)
        .about(&event.employee)
        .following(Some(&event.stamp))
        .because(
            "what the ledger holds of this person cannot be read: restore the ledger, then send it again",
        );
    activity::insert(tx, &activity)?;
    Ok(Merge { activity, due: false, news: None, outdated: false })
}

/// What of an event concerns a person's row besides the facts.
#[derive(Clone, Copy)]
struct Said {
    /// When it came to be wanted.
    at: i64,
    read_wanted: bool,
    due: bool,
}

fn store(
    tx: &Transaction,
    rules: &Rules,
    known: &Before,
    is_new: bool,
    said: Said,
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    let employee = &known.employee;
    let facts = row::text(&employee.facts)?;
    let login = rules.login(employee).map(|login| fold(&login));
    let due_at = if said.due { Some(millis(now)) } else { known.due_at };
    // What is already being waited for goes on counting from when it was first wanted.
    let pending = known.due_at.is_some_and(|at| at <= millis(now));
    let since = match pending {
        true => known.since.min(said.at),
        false if said.due => said.at,
        false => known.since,
    };
    let at = due_at.and_then(DateTime::from_timestamp_millis).unwrap_or(now).max(now);
    let urgency: i64 = urgency(rules, employee, at).into();
    let news = said.read_wanted.then(|| millis(now));
    if is_new {
        tx.prepare_cached(
            "INSERT INTO employee (id, facts, memory, login, revision, due_at, since, urgency, attempts, contested,
                 read_wanted, news_at)
             VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, 0, 0, ?8, ?8)",
        )?
        .execute(rusqlite::params![
            employee.id,
            facts,
            row::text(&employee.memory)?,
            login,
            due_at,
            since,
            urgency,
            news
        ])?;
    } else {
        tx.prepare_cached(
            "UPDATE employee SET facts = ?2, login = ?3, revision = revision + 1, due_at = ?4, since = ?5,
                 urgency = ?6, read_wanted = coalesce(read_wanted, ?7), news_at = coalesce(?7, news_at)
             WHERE id = ?1",
        )?
        .execute(rusqlite::params![employee.id, facts, login, due_at, since, urgency, news])?;
    }
    let logins = [known.login.clone(), login].into_iter().flatten().collect();
    wake_contenders(tx, logins, &employee.id, now)
}

/// What kind of work a person is, as far as that can be told before anything is done.
pub(super) fn urgency(rules: &Rules, employee: &Employee, at: DateTime<Utc>) -> Urgency {
    let access = rules.desired(employee, at).access;
    if access.is_cut() {
        Urgency::Leaver
    } else if employee.memory.link.is_none() {
        Urgency::Joiner
    } else {
        Urgency::Change
    }
}

/// Logins, HR ids or accounts moved: whoever's decision can change by that is due. So is whoever is being
/// decided on as it was before, hence the revision.
pub(super) fn wake_contenders(
    tx: &Transaction,
    mut claims: Vec<String>,
    except: &str,
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    claims.sort_unstable();
    claims.dedup();
    let mut wake = tx.prepare_cached(
        "UPDATE employee SET revision = revision + 1, due_at = CASE WHEN contested THEN ?3 ELSE due_at END
         WHERE (login = ?1 OR id = ?1 OR okta_id = ?1) AND id <> ?2",
    )?;
    for claim in claims {
        wake.execute(rusqlite::params![claim, except, millis(now)])?;
    }
    Ok(())
}
