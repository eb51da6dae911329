//! Who gets a turn: one lane per urgency, so that no class of work keeps another from being looked
//! at, and whom to pass over because the budget for their call is spent.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::urgency::Urgency;
use crate::ledger::Person;
use crate::okta::{LONGEST, Spent};

/// A lane in which nobody got through rests that long, then twice as long, up to the most: there
/// may be somebody behind them who needs another budget, or none.
const REST: TimeDelta = TimeDelta::seconds(1);
const MOST_DOUBLINGS: u32 = 3;
/// Not more are passed over in one lane: the ledger would only be busy with going by them.
const MOST_ASIDE: usize = 2000;

/// The end of one turn.
pub(super) struct Ended {
    pub employee: String,
    pub urgency: Urgency,
    /// The revision of the person and what the call waits for, if the budget for it is spent.
    pub spent: Option<(i64, Spent)>,
}

/// All lanes.
pub(super) struct Lanes {
    /// How many turns each lane has.
    turns: usize,
    each: [Lane; 4],
    out: Arc<HashMap<String, Option<i64>>>,
}

#[derive(Default)]
struct Lane {
    busy: usize,
    /// Until when people are passed over.
    aside: BTreeMap<DateTime<Utc>, Vec<String>>,
    /// Turns in a row that the budget has stopped.
    refused: usize,
    rests: u32,
    rest: Option<DateTime<Utc>>,
}

impl Lanes {
    pub fn new(turns: usize) -> Self {
        Self { turns, each: Default::default(), out: Arc::default() }
    }

    /// Whether no turn is under way.
    pub fn are_idle(&self) -> bool {
        self.each.iter().all(|lane| lane.busy == 0)
    }

    /// How many people each lane can take, by urgency.
    pub fn room(&self) -> [usize; 4] {
        self.each.each_ref().map(|lane| {
            let closed = lane.rest.is_some() || lane.passed_over() >= MOST_ASIDE;
            if closed { 0 } else { self.turns - lane.busy }
        })
    }

    /// Whether so many turns of a lane have ended that looking who is due is worth it: a load for
    /// every single one would keep the ledger busy with loads.
    pub fn is_worth_a_look(&self, urgency: Urgency) -> bool {
        self.turns - self.each[urgency as usize].busy >= self.turns / 4
    }

    /// Who is not to be loaded: those in a turn, and those passed over as long as they are the same.
    pub fn out(&self) -> Arc<HashMap<String, Option<i64>>> {
        Arc::clone(&self.out)
    }

    /// A turn begins.
    pub fn begin(&mut self, person: &Person) {
        Arc::make_mut(&mut self.out).insert(person.employee.id.clone(), None);
        self.each[person.urgency as usize].busy += 1;
    }

    /// A turn has ended. Tells until when the lane's budget is spent, when that is news.
    pub fn end(&mut self, ended: Ended, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let Ended { employee, urgency, spent } = ended;
        let lane = &mut self.each[urgency as usize];
        lane.busy -= 1;
        let Some((revision, Spent { until })) = spent else {
            Arc::make_mut(&mut self.out).remove(&employee);
            (lane.refused, lane.rests) = (0, 0);
            return None;
        };
        let first = lane.aside.is_empty();
        lane.aside.entry(until).or_default().push(employee.clone());
        Arc::make_mut(&mut self.out).insert(employee, Some(revision));
        lane.refused += 1;
        // Leavers are few, and what one of them needs may be there.
        if lane.refused >= self.turns && urgency != Urgency::Leaver {
            lane.rest = Some(now + REST * (1 << lane.rests));
            lane.rests = (lane.rests + 1).min(MOST_DOUBLINGS);
            lane.refused = 0;
        }
        first.then_some(until)
    }

    /// Takes back whoever was passed over until now, and ends the rests that are over.
    pub fn wake(&mut self, now: DateTime<Utc>) {
        let longest = TimeDelta::from_std(LONGEST).unwrap_or(TimeDelta::MAX);
        // Further ahead than any window lasts: our clock was set back.
        let over = |at: DateTime<Utc>| at <= now || at > now + longest;
        for lane in &mut self.each {
            let mut woken = false;
            while let Some(entry) = lane.aside.first_entry()
                && over(*entry.key())
            {
                let out = Arc::make_mut(&mut self.out);
                for employee in entry.remove() {
                    // Whoever is in a turn again stays in it.
                    if out.get(&employee).is_some_and(Option::is_some) {
                        out.remove(&employee);
                    }
                }
                woken = true;
            }
            if woken {
                (lane.refused, lane.rests, lane.rest) = (0, 0, None);
            }
            lane.rest = lane.rest.filter(|rest| !over(*rest));
        }
    }

    /// When there is somebody to wake.
    pub fn next(&self) -> Option<DateTime<Utc>> {
        self.each.iter().flat_map(|lane| lane.aside.keys().next().copied().into_iter().chain(lane.rest)).min()
    }
}

impl Lane {
    fn passed_over(&self) -> usize {
        self.aside.values().map(Vec::len).sum()
    }
}

#[cfg(test)]
mod tests;
