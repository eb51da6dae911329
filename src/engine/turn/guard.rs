//! Nothing is taken from somebody where that would be too much, or where nobody may.

use chrono::{DateTime, Utc};

use super::{Flow, Turn};
use crate::domain::access::Desired;
use crate::domain::block::Block;
use crate::domain::decide::{Decision, Next};
use crate::domain::guard::{self, Claim};
use crate::domain::plan::Step;

impl Turn<'_> {
    /// What to do instead of the next step, if it takes something away and may not. It counts only once the call is
    /// about to be made: see [`Turn::intend`].
    pub(super) async fn guard(&mut self, decision: &Decision, now: DateTime<Utc>) -> Option<Flow> {
        let engine = self.engine;
        if cuts(&decision.next)
            && let Some(how) = engine.protection(&self.person)
        {
            let block = Block::Protected { how };
            if engine.is_observing() {
                self.would_hold = Some(block);
                return None;
            }
            return Some(Flow::Block(block));
        }
        let claim = self.guarded(decision)?;
        let employee = &self.person.employee.id;
        if engine.is_observing() {
            let asked = || engine.ledger.guard_observed(employee, claim.clone(), now);
            self.would_hold = engine.write("what a limit would hold", asked).await;
            return None;
        }
        let asked = || engine.ledger.guard(employee, claim.clone(), now);
        engine.write("who is held", asked).await.map(Flow::Block)
    }

    /// What a step is about to take away, if anything.
    pub(super) fn claim(&self, step: &Step, desired: &Desired) -> Option<Claim> {
        let account = self.person.view.linked.as_ref()?;
        self.engine.ledger.rules().guard.claim(step, desired, account, &self.person.employee.memory)
    }

    fn guarded(&self, decision: &Decision) -> Option<Claim> {
        match &decision.next {
            Next::Act(steps) => self.claim(steps.first()?, &decision.desired),
            // Who is held need not be looked at first.
            Next::Look(_) if decision.desired.access.is_cut() && self.is_held() => {
                Some(guard::cut(&decision.desired))
            }
            _ => None,
        }
    }

    /// Whether the person was held, and nothing is open of what was done before.
    fn is_held(&self) -> bool {
        let memory = &self.person.employee.memory;
        memory.doubt.is_none()
            && memory.creating.is_none()
            && memory.missing_since.is_none()
            && self.person.block.as_ref().and_then(Block::batch).is_some()
    }
}

fn cuts(next: &Next) -> bool {
    let Next::Act(steps) = next else { return false };
    matches!(steps.first(), Some(Step::Suspend | Step::Deactivate))
}
