//! What operators have paused is not done. Looks go on, so that whoever resumes finds everything as it is.

use super::Turn;
use super::end::End;
use crate::domain::access::Desired;
use crate::domain::decide::Next;
use crate::domain::plan::Step;
use crate::ledger::{Pause, Waiting, code};

impl Turn<'_> {
    /// The pause that stands against what comes next. An update that is paused is passed over where another step
    /// can do without it: nobody waits for a first day because of a title.
    pub(super) fn paused(&self, next: &mut Next) -> Option<Pause> {
        let Next::Act(steps) = next else { return None };
        if self.engine.is_observing() {
            return None;
        }
        let against = |step: &Step| self.engine.ledger.pause_against(&self.person.employee.id, step);
        let first = steps.first().and_then(against)?;
        if let [Step::Update { .. }, other, ..] = steps.as_slice()
            && against(other).is_none()
        {
            steps.remove(0);
            return None;
        }
        Some(first)
    }

    /// Waits for the end of a pause, which is told once of each.
    pub(super) fn park(&mut self, desired: Desired, pause: &Pause) -> End {
        let told = pause.name();
        if self.person.employee.memory.paused.as_ref() != Some(&told) {
            self.person.employee.memory.paused = Some(told);
            // Whoever is to be cut keeps access for as long as this lasts.
            let name = if desired.access.is_cut() { code::HELD } else { code::PAUSED };
            let parked = self.activity(name, format!("paused: {pause}"));
            self.activities.push(parked);
        }
        End {
            due_at: desired.until,
            since: self.person.since,
            attempts: 0,
            waiting: Some(Waiting::Paused),
            block: None,
            desired,
        }
    }
}
