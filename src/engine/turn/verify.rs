//! A leave can be taken back without a word, so HR is read once more before anybody is cut for one.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Flow, Turn};
use crate::domain::access::FRESH;
use crate::domain::decide::{Decision, Next};
use crate::domain::employee::Memory;
use crate::domain::plan::Step;
use crate::ledger::{Waiting, code};

impl Turn<'_> {
    /// What to do instead of cutting somebody for a leave that HR may have taken back. Only for so long: HR
    /// that cannot be read keeps nobody's access alive.
    pub(super) fn verify(&mut self, decision: &Decision, now: DateTime<Utc>) -> Option<Flow> {
        let hr = self.engine.hr.as_ref()?;
        let memory = &mut self.person.employee.memory;
        let leaving = decision.desired.access.is_cut() && decision.desired.why.is_leave();
        if !leaving || decision.next == Next::Rest {
            memory.unverified = None;
            return None;
        }
        let age = self.person.read_at.map(|at| now - at);
        let fresh = age.is_some_and(|age| (TimeDelta::zero()..=FRESH).contains(&age));
        if fresh || self.engine.is_observing() || !cuts(&decision.next, memory) {
            return None;
        }
        let until = *memory.unverified.get_or_insert(now) + hr.patience;
        if now < until {
            return Some(Flow::Wait { until, waiting: Some(Waiting::Hr), failed: false });
        }
        if !std::mem::replace(&mut self.told_unverified, true) {
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
