//! What operators have paused is not done. Looks go on, so that whoever resumes finds everything as it is.

use std::sync::{Mutex, PoisonError};

use super::Turn;
use super::end::End;
use crate::domain::access::Desired;
use crate::domain::decide::Next;
use crate::domain::plan::Step;
use crate::engine::Engine;
use crate::ledger::{LedgerError, Pause, Waiting, code};

/// What is paused, as the ledger has it.
#[derive(Debug, Default)]
pub(in crate::engine) struct Pauses(Mutex<Vec<Pause>>);

impl Pauses {
    /// What stands against this step for this person, everything's pause first.
    fn against(&self, employee: &str, step: &Step) -> Option<Pause> {
        let pauses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pauses.iter().find(|pause| pause.stops(employee, step)).cloned()
    }
}

impl Engine {
    /// What is paused is what the ledger says.
    pub(in crate::engine) async fn recall_pauses(&self) -> Result<(), LedgerError> {
        let pauses = self.ledger.pauses().await?;
        *self.pauses.0.lock().unwrap_or_else(PoisonError::into_inner) = pauses;
        Ok(())
    }
}

impl Turn<'_> {
    /// The pause that stands against what comes next. An update that is paused is passed over where another step
    /// can do without it: nobody waits for a first day because of a title.
    pub(super) fn paused(&self, next: &mut Next) -> Option<Pause> {
        let Next::Act(steps) = next else { return None };
        if self.engine.is_observing() {
            return None;
        }
        let against = |step: &Step| self.engine.pauses.against(&self.person.employee.id, step);
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
