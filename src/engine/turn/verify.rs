//! A leave can be taken back without a word, so HR is read once more before anybody is cut for one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Flow, Turn};
use crate::domain::access::FRESH;
use crate::domain::decide::{Decision, Next};
use crate::domain::employee::Memory;
use crate::domain::plan::Step;
use crate::ledger::{Waiting, code};

/// How long it takes at most until HR has answered or has failed to.
const TRIED: TimeDelta = TimeDelta::minutes(1);

/// Who has waited for HR since this start, and from when on.
#[derive(Debug, Default)]
pub(in crate::engine) struct Waits(Mutex<HashMap<String, DateTime<Utc>>>);

impl Waits {
    fn since(&self, employee: &str, now: DateTime<Utc>) -> DateTime<Utc> {
        let mut waits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = waits.entry(employee.to_owned()).or_insert(now);
        // The clock may have been set back.
        *since = now.min(*since);
        *since
    }

    fn end(&self, employee: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(employee);
    }
}

impl Turn<'_> {
    /// What to do instead of cutting somebody for a leave that HR may have taken back. Only for so long: HR
    /// that cannot be read keeps nobody's access alive.
    pub(super) fn verify(&mut self, decision: &Decision, now: DateTime<Utc>) -> Option<Flow> {
        let hr = self.engine.hr.as_ref()?;
        let memory = &mut self.person.employee.memory;
        let leaving = decision.desired.access.is_cut() && decision.desired.why.is_leave();
        if !leaving || decision.next == Next::Rest {
            memory.verified();
            self.engine.waits.end(&self.person.employee.id);
            return None;
        }
        let read_at = self.person.read_at.filter(|at| *at <= now);
        let fresh = read_at.is_some_and(|at| now - at <= FRESH);
        if fresh || memory.unverified.is_some_and(|since| read_at >= Some(since)) {
            memory.verified();
            self.engine.waits.end(&self.person.employee.id);
        }
        if fresh || self.engine.is_observing() || !cuts(&decision.next, memory) {
            return None;
        }
        let until = *memory.unverified.get_or_insert(now) + hr.patience;
        // While nobody ran, nobody asked.
        let tried = self.engine.waits.since(&self.person.employee.id, now) + TRIED.min(hr.patience);
        let until = until.max(tried);
        if now < until {
            return Some(Flow::Wait { until, waiting: Some(Waiting::Hr), failed: false });
        }
        if !std::mem::replace(&mut memory.told_unverified, true) {
            let unverified = self.activity(code::UNVERIFIED, decision.desired.why.text());
            self.activities.push(unverified);
        }
        None
    }
}

/// Whether this begins a cut. A look at what became of an earlier call does not.
fn cuts(next: &Next, memory: &Memory) -> bool {
    match next {
        Next::Act(steps) => matches!(steps.first(), Some(Step::Suspend | Step::Deactivate)),
        Next::Look(_) => {
            memory.doubt.is_none() && memory.creating.is_none() && memory.missing_since.is_none()
        }
        Next::Rest | Next::AwaitMirror | Next::Block(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_leave_waits_from_its_own_beginning_on() {
        let waits = Waits::default();
        let later = DateTime::UNIX_EPOCH + TimeDelta::days(30);
        assert_eq!(waits.since("1", DateTime::UNIX_EPOCH), DateTime::UNIX_EPOCH);
        assert_eq!(waits.since("1", later), DateTime::UNIX_EPOCH);
        waits.end("1");
        assert_eq!(waits.since("1", later), later);
    }
}
