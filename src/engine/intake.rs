//! Messages in: decoded, merged in one transaction, answered only then.

use std::sync::Arc;

use super::{Engine, announce, meter};
use crate::domain::event::{Event, Rejection};
use crate::ledger::{Activity, LedgerError, Merge, code};

/// The front door for HR's messages.
#[derive(Clone)]
pub struct Intake(Arc<Engine>);

impl Intake {
    /// The front door of an engine.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> Self {
        Self(engine)
    }

    /// Takes a batch of message bodies: one answer each, in their order, once the facts of all that
    /// were accepted are on disk.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written: nothing was taken, the same batch is to be offered again.
    pub async fn take(&self, bodies: &[&[u8]]) -> Result<Vec<Result<(), Rejection>>, LedgerError> {
        let engine = &self.0;
        let now = engine.clock.now();
        let mut answers = Vec::with_capacity(bodies.len());
        let mut events = Vec::with_capacity(bodies.len());
        let (mut activities, mut rejected) = (Vec::new(), 0);
        for body in bodies {
            match Event::decode(body, now) {
                Ok(mut event) => {
                    if event.read_wanted && engine.hr.is_some() {
                        // HR itself says better what a webhook carries.
                        event.fields.clear();
                    }
                    events.push((answers.len(), event));
                    answers.push(Ok(()));
                }
                Err(rejection) => {
                    let mut activity = Activity::new(code::EVENT_REJECTED, now).because(&rejection.reason);
                    activity.employee.clone_from(&rejection.employee);
                    activities.push(activity);
                    rejected += 1;
                    answers.push(Err(rejection));
                }
            }
        }
        if !events.is_empty() {
            let (places, events): (Vec<usize>, Vec<Event>) = events.into_iter().unzip();
            let news = events.iter().any(|event| event.read_wanted);
            let types: Vec<&str> = events.iter().map(meter::type_of).collect();
            let merged = engine.ledger.merge(events, now).await?;
            if news {
                engine.reading.ring();
            }
            if merged.iter().any(|merge| merge.due) {
                engine.wake();
            }
            for ((place, of), Merge { activity, .. }) in places.into_iter().zip(types).zip(merged) {
                announce(&activity);
                engine.meter.event(of, activity.code);
                if activity.code == code::EVENT_REJECTED {
                    let reason = activity.reason.unwrap_or_default();
                    answers[place] = Err(Rejection { reason, employee: activity.employee });
                }
            }
        }
        if !activities.is_empty() {
            engine.ledger.note(activities.clone()).await?;
            activities.iter().for_each(announce);
            engine.meter.rejected(rejected);
        }
        Ok(answers)
    }
}
