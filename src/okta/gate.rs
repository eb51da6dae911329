//! The budget shared by all calls, and the queue before it: who holds a permit may call once.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::oneshot;

use super::budget::{Bucket, Budget, Outcome, Refusal, Ticket};
use super::client::Now;
use super::meter::Meter;
use crate::domain::urgency::Urgency;

/// Among all but leavers, each class counts as wanted this much later than the class before it:
/// nobody is overtaken for ever.
const HEAD_START: TimeDelta = TimeDelta::minutes(10);

/// The budget is spent: asking again is of no use before this instant of our clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// When to ask again.
    pub until: DateTime<Utc>,
}

/// The budget, the clock it is measured by, and who waits for it.
pub(super) struct Gate {
    state: Mutex<State>,
    now: Now,
    meter: Meter,
}

struct State {
    budget: Budget,
    /// One line of people per bucket and urgency.
    lines: BTreeMap<(Bucket, Urgency), BTreeMap<Place, Caller>>,
    arrivals: u64,
}

/// Since when the call has been wanted, and its number.
type Place = (DateTime<Utc>, u64);
type Caller = oneshot::Sender<Result<Permit, Spent>>;

impl Gate {
    pub fn new(budget: Budget, now: Now) -> Self {
        Self {
            state: Mutex::new(State { budget, lines: BTreeMap::new(), arrivals: 0 }),
            now,
            meter: Meter::new(),
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        (self.now)()
    }

    /// Okta's clock less ours, by the latest answer.
    pub fn skew(&self) -> Option<TimeDelta> {
        self.state().budget.skew()
    }

    /// How many more calls may be in flight.
    pub fn slots_free(&self) -> usize {
        self.state().budget.slots_free()
    }

    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The buckets that are known, with how many calls each has and how many are left.
    pub fn left(&self) -> Vec<(Bucket, u32, u32)> {
        let (state, now) = (self.state(), self.now());
        let known = |bucket| state.budget.left(bucket, now).map(|(limit, left)| (bucket, limit, left));
        Bucket::ALL.into_iter().filter_map(known).collect()
    }

    /// Joins the queue for one call that has been wanted since then.
    pub fn queue(self: &Arc<Self>, bucket: Bucket, urgency: Urgency, since: DateTime<Utc>) -> Waiter {
        let (caller, answer) = oneshot::channel();
        let mut state = self.state();
        state.arrivals += 1;
        let place = (since, state.arrivals);
        state.lines.entry((bucket, urgency)).or_default().insert(place, caller);
        drop(state);
        self.serve();
        Waiter { gate: Arc::clone(self), line: (bucket, urgency), place, answer }
    }

    /// A permit at once, whatever the limits.
    pub fn force(self: &Arc<Self>, bucket: Bucket) -> Permit {
        let ticket = self.state().budget.force(bucket, self.now());
        self.permit(ticket)
    }

    /// Gives out what there is to give. Callers are told only when the lock is free again: a permit
    /// that nobody takes any more comes back through it.
    fn serve(self: &Arc<Self>) {
        let answers = self.state().serve(self.now());
        for (urgency, caller, answer) in answers {
            if answer.is_err() {
                self.meter.put_off(urgency);
            }
            let _ = caller.send(answer.map(|ticket| self.permit(ticket)));
        }
    }

    fn permit(self: &Arc<Self>, ticket: Ticket) -> Permit {
        Permit { gate: Arc::clone(self), ticket, outcome: Outcome::Unsent }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in the budget panics half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whoever is answered now: in the order of the queue, and nobody held up by somebody who needs
    /// another bucket or may spend less of it.
    fn serve(&mut self, now: DateTime<Utc>) -> Vec<(Urgency, Caller, Result<Ticket, Spent>)> {
        let mut answers = Vec::new();
        let mut stuck = Vec::new();
        loop {
            let heads = self.lines.iter().filter(|(line, _)| !stuck.contains(*line));
            let first = heads.filter_map(|(line, callers)| {
                callers.first_key_value().map(|(place, _)| (rank(line.1, *place), *line))
            });
            let Some((_, line)) = first.min() else { break };
            match self.budget.take(line.0, line.1, now) {
                Ok(ticket) => {
                    let caller = self.lines.get_mut(&line).and_then(BTreeMap::pop_first);
                    answers.extend(caller.map(|(_, caller)| (line.1, caller, Ok(ticket))));
                }
                Err(Refusal::Slot) => break,
                Err(Refusal::Answer) => stuck.push(line),
                Err(Refusal::Spent(until)) => {
                    let callers = self.lines.remove(&line).unwrap_or_default();
                    answers
                        .extend(callers.into_values().map(|caller| (line.1, caller, Err(Spent { until }))));
                }
            }
        }
        answers
    }
}

/// The order of the queue: leavers first, then by age, each class with a head start over the next.
fn rank(urgency: Urgency, (since, number): Place) -> (bool, DateTime<Utc>, u64) {
    let later = match urgency {
        Urgency::Leaver | Urgency::Joiner => TimeDelta::zero(),
        Urgency::Change => HEAD_START,
        Urgency::Repair => HEAD_START * 2,
    };
    (urgency != Urgency::Leaver, since + later, number)
}

/// A place in the queue; dropped, it is given up. Its end is a permit, or that the budget is spent.
#[must_use = "a place in the queue is given up when this is dropped"]
pub struct Waiter {
    gate: Arc<Gate>,
    line: (Bucket, Urgency),
    place: Place,
    answer: oneshot::Receiver<Result<Permit, Spent>>,
}

impl Waiter {
    /// Looks again whether somebody may go. Answers do that too; where none comes, time may.
    pub fn look_again(&self) {
        self.gate.serve();
    }
}

impl Future for Waiter {
    type Output = Result<Permit, Spent>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Everybody in the queue is answered at some time.
        let answer = Pin::new(&mut self.answer).poll(context);
        answer.map(|answer| answer.unwrap_or_else(|_| Err(Spent { until: self.gate.now() })))
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        if let Some(line) = self.gate.state().lines.get_mut(&self.line) {
            line.remove(&self.place);
        }
    }
}

/// Leave to make one call. It counts as in flight until its answer; dropped unused, it counts as nothing.
#[must_use = "a permit holds a slot until it is used or dropped"]
pub struct Permit {
    gate: Arc<Gate>,
    ticket: Ticket,
    /// What to learn when this is dropped, whether the call ended or was given up.
    outcome: Outcome,
}

impl Permit {
    pub(super) fn bucket(&self) -> Bucket {
        self.ticket.bucket
    }

    /// From here on Okta may have counted the call.
    pub(super) fn sending(&mut self) {
        self.outcome = Outcome::Lost;
    }

    pub(super) fn settle(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let now = self.gate.now();
        self.gate.state().budget.settle(self.ticket, self.outcome, now);
        self.gate.serve();
    }
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Permit").field("ticket", &self.ticket).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
