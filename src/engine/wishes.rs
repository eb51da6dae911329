//! Noticing what operators have asked for in the ledger.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Engine, Progress, Stage, announce};
use crate::ledger::{LedgerError, Verb};

const LOOK: Duration = Duration::from_secs(1);

/// Looks for wishes, for ever.
pub(super) async fn watch(engine: Arc<Engine>) {
    let mut tick = tokio::time::interval(LOOK);
    loop {
        tick.tick().await;
        // A ledger that cannot be written is said by those who must write.
        let _ = engine.grant_wishes().await;
    }
}

impl Engine {
    /// Carries out what operators have asked for since.
    pub(super) async fn grant_wishes(&self) -> Result<(), LedgerError> {
        let granted = self.ledger.grant_wishes(self.clock.now()).await?;
        granted.activities.iter().for_each(announce);
        for wish in granted.wishes {
            match wish.verb {
                Verb::Sync => {
                    self.tell_closed().await;
                    self.sync_wanted.notify_one();
                }
                Verb::Retry => {
                    if let Some(hr) = &self.hr {
                        hr.bob.forget_refusals().await;
                    }
                    self.want_trusted();
                    self.gate.open();
                    self.reading.ring();
                }
                // What would be done is told anew.
                Verb::Mode => self.outlook_told.store(false, Ordering::Relaxed),
                Verb::Link | Verb::Approve | Verb::Reject | Verb::Pause | Verb::Resume => {}
            }
            self.wake();
        }
        Ok(())
    }

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
