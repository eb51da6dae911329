//! What operators have paused is not done. Looks go on, so that whoever resumes finds everything as it is.

use super::Turn;
use super::end::End;
use crate::domain::access::Desired;
use crate::domain::decide::Next;
use crate::domain::plan::{self, Step};
use crate::ledger::{Pause, Waiting, code};

impl Turn<'_> {
    /// The pause that stands against what comes next.
    pub(super) fn paused(&self, next: &mut Next) -> Option<Pause> {
        let Next::Act(steps) = next else { return None };
        if self.engine.is_observing() {
            return None;
        }
        plan::heed(steps, |step| self.pause_against(step))
    }

    /// The pause that stands against a step.
    pub(super) fn pause_against(&self, step: &Step) -> Option<Pause> {
        self.engine.ledger.pause_against(&self.person.employee.id, step)
    }

    /// Waits for the end of a pause, which is told once of each.
    pub(super) fn park(&mut self, desired: Desired, pause: &Pause) -> End {
        let told = format!("{} {}", pause.scope, pause.at.timestamp_millis());
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
