//! Noticing what operators have asked for in the ledger.

use std::sync::Arc;
use std::time::Duration;

use super::{Engine, Progress, Stage};
use crate::domain::account::OktaId;
use crate::ledger::{Activity, Verb, code};

const LOOK: Duration = Duration::from_secs(1);

/// Looks for wishes, for ever.
pub(super) async fn watch(engine: Arc<Engine>) {
    let mut tick = tokio::time::interval(LOOK);
    loop {
        tick.tick().await;
        let now = engine.clock.now();
        // A ledger that cannot be written is said by those who must write.
        for wish in engine.ledger.grant_wishes(now).await.unwrap_or_default() {
            let what = what(wish.verb, wish.employee.is_some());
            let mut asked = Activity::new(code::ASKED, now).because(what);
            asked.employee.clone_from(&wish.employee);
            asked.operator.clone_from(&wish.operator);
            if wish.verb == Verb::Link {
                asked.okta_id = wish.argument.map(OktaId);
            }
            engine.note(asked).await;
            match wish.verb {
                Verb::Sync => {
                    engine.tell_closed().await;
                    engine.sync_wanted.notify_one();
                }
                Verb::Retry => {
                    if let Some(hr) = &engine.hr {
                        hr.bob.forget_refusals().await;
                    }
                    engine.want_trusted();
                    engine.gate.open();
                    engine.reading.ring();
                }
                Verb::Link => {}
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

fn what(verb: Verb, about_somebody: bool) -> &'static str {
    match verb {
        Verb::Sync => "for everybody to be read from HR",
        Verb::Retry if about_somebody => "for this person to be tried again",
        Verb::Retry => "for everybody who waits to be tried again",
        Verb::Link => "for this account to be this person's",
    }
}
