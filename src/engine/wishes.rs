//! Noticing what operators have asked for in the ledger.

use std::sync::Arc;
use std::time::Duration;

use super::{Engine, Progress, Stage};
use crate::domain::account::OktaId;
use crate::ledger::{Activity, LedgerError, Verb, Wish, code};

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
        let now = self.clock.now();
        for wish in self.ledger.grant_wishes(now).await? {
            let mut asked = Activity::new(code::ASKED, now).because(what(&wish));
            asked.employee.clone_from(&wish.employee);
            asked.operator.clone_from(&wish.operator);
            if wish.verb == Verb::Link {
                asked.okta_id = wish.argument.map(OktaId);
            }
            self.note(asked).await;
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
                Verb::Pause | Verb::Resume => self.recall_pauses().await?,
                Verb::Mode => self.recall_mode().await?,
                Verb::Link => {}
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

fn what(wish: &Wish) -> String {
    let argument = wish.argument.as_deref().unwrap_or_default();
    let pause = || argument.replacen('\n', ": ", 1);
    match wish.verb {
        Verb::Sync => "for everybody to be read from HR".into(),
        Verb::Retry if wish.employee.is_some() => "for this person to be tried again".into(),
        Verb::Retry => "for everybody who waits to be tried again".into(),
        Verb::Link => "for this account to be this person's".into(),
        Verb::Pause => format!("to pause {}", pause()),
        Verb::Resume => format!("to resume {}", pause()),
        Verb::Mode => format!("to {argument}"),
    }
}
