//! Noticing what operators have asked for in the ledger.

use std::sync::Arc;
use std::time::Duration;

use super::{Engine, Progress, Stage, announce};
use crate::ledger::Verb;

const LOOK: Duration = Duration::from_secs(1);

/// Looks for wishes, for ever.
pub(super) async fn watch(engine: Arc<Engine>) {
    let mut tick = tokio::time::interval(LOOK);
    loop {
        tick.tick().await;
        let now = engine.clock.now();
        // A ledger that cannot be written is said by those who must write.
        let granted = engine.ledger.grant_wishes(now).await.unwrap_or_default();
        granted.activities.iter().for_each(announce);
        for wish in granted.wishes {
            match wish.verb {
                Verb::Sync => {
                    engine.tell_closed().await;
                    engine.sync_wanted.notify_one();
                }
                Verb::Retry => {
                    if let Some(hr) = &engine.hr {
                        hr.bob.forget_refusals().await;
                    }
                    engine.gate.open();
                    engine.reading.ring();
                }
                Verb::Reconcile => engine.drift.ask(wish.argument.is_some()),
                Verb::Link | Verb::Approve | Verb::Reject => {}
            }
            engine.wake();
        }
    }
}

impl Engine {
    /// Tells who waits for everybody to be read from HR that this cannot begin, where it cannot.
    pub(super) async fn tell_closed(&self) {
        let now = self.clock.now();
        let stage = match (&self.hr, self.gate.closed(now)) {
            (None, _) => Stage::NoHr,
            (Some(_), Some(until)) => Stage::Waits(until),
            (Some(_), None) => return,
        };
        let progress = Progress::of_daemon(now, stage);
        self.write("that HR is not read", || progress.leave(&self.ledger)).await;
    }
}
