//! Whether HR may be called: who is refused must stop, and who is not answered must wait.

use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

use super::{Daily, Engine};
use crate::bob::{Client, Fault, Verdict};
use crate::ledger::{Activity, code, key};
use crate::retry;

/// HR, and how it is read.
pub struct Hr {
    /// Bob.
    pub bob: Client,
    /// How long a read may lag behind a change.
    pub settle: TimeDelta,
    /// How long a cut by date waits at most for a read.
    pub patience: TimeDelta,
    /// When everybody is read.
    pub daily: Daily,
}

/// How HR answers, while nothing is wrong.
pub const READS: &str = "people are read";
/// Bob locks out who goes on calling after a refusal (Bob API: rate limits, firewall).
const REFUSED: Duration = Duration::from_hours(1);

/// How Bob answers.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    opened: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// No call before.
    until: Option<DateTime<Utc>>,
    /// Calls in a row without an answer.
    failures: u32,
    told: Option<Trouble>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    Unreachable,
    Refused,
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when Bob is not to be called, if it is not.
    pub fn closed(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.state().until.filter(|at| is_ahead(*at, now, REFUSED))
    }

    /// Somebody wants it tried at once.
    pub fn open(&self) {
        self.state().until = None;
        self.opened.notify_waiters();
    }

    /// A call failed: tells what is to be said of it, if that is news.
    fn failed(&self, fault: &Fault, now: DateTime<Utc>) -> Option<&'static str> {
        let mut state = self.state();
        let (wait, trouble) = match fault.verdict {
            Verdict::Refused => (REFUSED, Some(Trouble::Refused)),
            // Not called at all, as the limit is known to be spent.
            Verdict::Retry { after: Some(after) } if fault.status.is_none() => (after, None),
            Verdict::Retry { after } => {
                state.failures += 1;
                let usual = retry::delay(state.failures, &retry::RECONNECT);
                (usual.max(after.unwrap_or_default()), Some(Trouble::Unreachable))
            }
        };
        state.until = Some(now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX));
        let trouble = trouble.filter(|trouble| state.told.is_none_or(|told| told != *trouble))?;
        // Whoever is refused hears of nothing else until that is over.
        let news = state.told != Some(Trouble::Refused);
        if news {
            state.told = Some(trouble);
        }
        news.then_some(match trouble {
            Trouble::Unreachable => code::BOB_RETRYING,
            Trouble::Refused => code::BOB_HALTED,
        })
    }
}

impl Engine {
    /// Takes in how Bob has answered: until when it is not called is one answer for all who call. So what may be
    /// about one person, or about the way of asking, is for the caller to find out before.
    pub(super) async fn heed<T>(&self, answer: Result<T, Fault>) -> Result<T, Fault> {
        let now = self.clock.now();
        let (name, reason) = match &answer {
            Ok(_) => {
                let told = std::mem::take(&mut *self.gate.state()).told;
                (told.map(|_| code::BOB_RESUMED), None)
            }
            Err(fault) => (self.gate.failed(fault, now), Some(fault.to_string())),
        };
        if let Some(name) = name {
            self.note(Activity { reason: reason.clone(), ..Activity::new(name, now) }).await;
            let state = reason.unwrap_or_else(|| READS.to_owned());
            self.write("how HR answers", || self.ledger.set_meta(key::BOB, Some(state.clone()))).await;
        }
        answer
    }

    /// Waits until Bob may be called again.
    pub(super) async fn bob_open(&self) {
        let mut opened = pin!(self.gate.opened.notified());
        opened.as_mut().enable();
        if let Some(until) = self.gate.closed(self.clock.now()) {
            tokio::select! {
                () = opened => {}
                () = self.clock.sleep_until(until) => {}
            }
        }
    }
}

/// Whether an instant is still to come, and no further off than what it was set for: else our clock was set back.
pub(super) fn is_ahead(at: DateTime<Utc>, now: DateTime<Utc>, most: Duration) -> bool {
    at > now && at <= now + TimeDelta::from_std(most).unwrap_or(TimeDelta::MAX)
}

/// Whether Bob answered, with something that cannot be read or for a question that it does not take.
pub(super) fn is_damaged(fault: &Fault) -> bool {
    fault.verdict != Verdict::Refused && matches!(fault.status, Some(200 | 400 | 413))
}
