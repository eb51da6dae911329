//! What will keep something from being done, as far as that can be told beforehand.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::due::Person;
use super::pause::Pause;
use super::{LedgerError, Report, key, row};
use crate::domain::block::Block;
use crate::domain::decide::{Next, Rules};
use crate::domain::foresight::Foreseen;
use crate::domain::guard::{Bound, Effect, since};
use crate::domain::plan::{self, Step};
use crate::domain::protect::Trusted;

/// What keeps something from being done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waits {
    /// A stable word: the code of a block, `paused`, `retry`, `observe`, …
    #[serde(rename = "for")]
    pub code: String,
    /// For people.
    pub text: String,
}

impl Waits {
    pub(super) fn new(code: &str, text: impl Into<String>) -> Self {
        Self { code: code.to_owned(), text: text.into() }
    }

    fn of(block: &Block) -> Self {
        Self::new(block.code(), block.to_string())
    }
}

/// What operators and the org have said that stands against steps.
#[derive(Debug, Default)]
pub struct Hindrances {
    pauses: Vec<Pause>,
    trusted: Trusted,
}

/// Something that will be done, as far as limits look at it.
#[derive(Debug)]
pub struct Ahead<'a> {
    /// When.
    pub at: DateTime<Utc>,
    /// What it takes away, which is limited.
    pub takes: Option<Effect>,
    /// What keeps it from being done.
    pub waits: &'a mut Option<Waits>,
}

impl Hindrances {
    /// What keeps a decision from being carried out: what it says itself, a protection, what the last one met, or a
    /// pause.
    #[must_use]
    pub fn of(&self, rules: &Rules, known: &Person, seen: &Foreseen) -> Option<Waits> {
        if let Next::Block(block) = &seen.decision.next {
            return Some(Waits::of(block));
        }
        let Next::Act(steps) = &seen.decision.next else { return None };
        let (first, id) = (steps.first()?, &known.employee.id);
        if let Step::Suspend | Step::Deactivate = first {
            let account = known.view.linked.as_ref();
            if let Some(how) = rules.protect.why(id, seen.decision.account.as_ref(), account, &self.trusted) {
                return Some(Waits::of(&Block::Protected { how }));
            }
        }
        // What only a call or a limit can tell holds for as long as the same thing is wanted.
        if let Some(block) = &known.block
            && known.access.as_deref() == Some(seen.decision.desired.access.as_str())
        {
            return Some(Waits::of(block));
        }
        let against = |step: &Step| self.pauses.iter().find(|pause| pause.stops(id, step));
        let pause = plan::heed(&mut steps.clone(), against)?;
        Some(Waits::new("paused", pause.to_string()))
    }
}

impl Report {
    /// What stands against steps today.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn hindrances(&self) -> Result<Hindrances, LedgerError> {
        let trusted = row::meta(self.connection(), key::PROTECTED)?;
        let trusted = trusted.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Ok(Hindrances { pauses: self.paused()?, trusted })
    }

    /// Marks what will be held for the limit of everybody: by what has been taken already, and by what is coming
    /// before it. The limit of people with one value is not foreseen.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn foresee_limits(
        &self,
        rules: &Rules,
        now: DateTime<Utc>,
        mut coming: Vec<Ahead>,
    ) -> Result<(), LedgerError> {
        coming.sort_by_key(|one| one.at);
        if coming.iter().all(|one| one.takes.is_none()) {
            return Ok(());
        }
        let people: u32 = self.connection().query_row(
            "SELECT count(*) FROM employee JOIN account ON account.id = employee.okta_id
             WHERE account.status NOT IN ('SUSPENDED', 'DEPROVISIONED')",
            [],
            |found| found.get(0),
        )?;
        let guard = &rules.guard;
        let mut taken: HashMap<Effect, VecDeque<DateTime<Utc>>> = HashMap::new();
        for one in coming.into_iter().filter(|one| one.waits.is_none()) {
            let Some(effect) = one.takes else { continue };
            let limit = guard.limit(effect);
            if limit.share >= 1.0 {
                continue;
            }
            let taken = match taken.entry(effect) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(self.taken(effect, since(now, guard.window))?),
            };
            while taken.front().is_some_and(|at| *at <= since(one.at, guard.window)) {
                taken.pop_front();
            }
            let most = limit.of(people);
            if taken.len() < most as usize {
                taken.push_back(one.at);
                continue;
            }
            let bound = Bound { effect, most, within: guard.window.num_seconds(), field: None };
            *one.waits = Some(Waits::new("over_limit", format!("will be held: {bound}")));
        }
        Ok(())
    }

    /// When this was taken from people since then, the oldest first.
    fn taken(&self, effect: Effect, from: DateTime<Utc>) -> Result<VecDeque<DateTime<Utc>>, LedgerError> {
        let mut query = self
            .connection()
            .prepare_cached("SELECT at FROM effect WHERE kind = ?1 AND at > ?2 ORDER BY at")?;
        let times = query.query_map(rusqlite::params![effect.as_str(), row::millis(from)], |found| {
            row::instant(found, 0)
        })?;
        Ok(times.collect::<Result<_, _>>()?)
    }
}
