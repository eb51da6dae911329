//! Stopping all calls when Okta answers nobody, and finding out when it does again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use tokio::sync::watch;

use super::Engine;
use crate::ledger::{Activity, Waiting, code, key};
use crate::okta::{Fault, Verdict};
use crate::retry;

/// This many people in a row without an answer are an outage.
const UNREACHABLE: usize = 5;
/// This many people in a row whom the token may not touch are a lost role.
const FORBIDDEN: usize = 3;
/// The delays between probes.
const PROBE: retry::Policy = retry::Policy { first: Duration::from_secs(2), most: Duration::from_mins(1) };

/// A halt so soon after the last one goes on with its delays: probes may succeed where calls do not.
const SETTLED: TimeDelta = TimeDelta::minutes(5);

/// The same where a probe may succeed all the while, as it needs no role.
const PROBE_ROLE: retry::Policy =
    retry::Policy { first: Duration::from_mins(1), most: Duration::from_mins(2) };

/// Whether calls are stopped, and the signs that they should be.
#[derive(Debug, Default)]
pub(super) struct Halt {
    reason: watch::Sender<Option<Halted>>,
    signs: Mutex<Signs>,
}

#[derive(Clone, Debug)]
struct Halted {
    reason: String,
    probe: &'static retry::Policy,
    /// Blocked on the way here; to be decided again when calls go on.
    people: Vec<String>,
}

/// People met in a row, without a success in between.
#[derive(Debug, Default)]
struct Signs {
    unreachable: HashSet<String>,
    forbidden: HashSet<String>,
    /// Calls in a row, whoever's, to which nobody answered at all.
    unanswered: usize,
}

impl Engine {
    /// Whether calls are stopped.
    #[must_use]
    pub fn is_halted(&self) -> bool {
        self.halt.reason.borrow().is_some()
    }

    /// Why calls are stopped, if they are.
    #[must_use]
    pub fn halted_because(&self) -> Option<String> {
        self.halt.reason.borrow().as_ref().map(|halted| halted.reason.clone())
    }

    /// A call that changes something succeeded.
    pub(super) fn succeeded(&self) {
        *self.signs() = Signs::default();
    }

    /// A read succeeded, which needs less of a role than a change.
    pub(super) fn answered(&self) {
        let mut signs = self.signs();
        signs.unreachable.clear();
        signs.unanswered = 0;
    }

    fn signs(&self) -> MutexGuard<'_, Signs> {
        self.halt.signs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call for this person failed: tells whether calls are stopped now.
    pub(super) async fn failed(&self, employee: &str, fault: &Fault) -> bool {
        match self.sign(employee, fault) {
            Some(halted) => self.stop_calls(halted).await,
            None => return self.is_halted(),
        }
        true
    }

    fn sign(&self, employee: &str, fault: &Fault) -> Option<Halted> {
        let mut signs = self.signs();
        let halted = |reason, probe, people| Some(Halted { reason, probe, people });
        if fault.verdict == Verdict::Halt {
            return halted(fault.to_string(), &PROBE, Vec::new());
        }
        if fault.is_forbidden() {
            signs.forbidden.insert(employee.to_owned());
            if signs.forbidden.len() >= FORBIDDEN {
                let people = signs.forbidden.drain().collect();
                let reason = format!("refused for {FORBIDDEN} people in a row: {fault}");
                return halted(reason, &PROBE_ROLE, people);
            }
        } else if fault.unreachable {
            signs.unreachable.insert(employee.to_owned());
            signs.unanswered += usize::from(fault.status.is_none());
            if signs.unreachable.len().max(signs.unanswered) >= UNREACHABLE {
                return halted(
                    format!("no answer {UNREACHABLE} times in a row: {fault}"),
                    &PROBE,
                    Vec::new(),
                );
            }
        }
        None
    }

    /// Stops all calls, for a fault that is nobody's in particular.
    pub(super) async fn halt(&self, fault: &Fault) {
        self.stop_calls(Halted { reason: fault.to_string(), probe: &PROBE, people: Vec::new() }).await;
    }

    /// Only the first reason counts.
    async fn stop_calls(&self, halted: Halted) {
        let reason = halted.reason.clone();
        let first = self.halt.reason.send_if_modified(|present| {
            let first = present.is_none();
            present.get_or_insert(halted);
            first
        });
        if first {
            self.note(Activity::new(code::HALTED, self.clock.now()).because(&reason)).await;
            self.write("the halt", || self.ledger.set_meta(key::HALTED, Some(reason.clone()))).await;
        }
    }

    /// Waits until calls are stopped.
    pub(super) async fn halted(&self) {
        let _ = self.halt.reason.subscribe().wait_for(Option::is_some).await;
    }

    /// Waits until calls are not stopped.
    pub(super) async fn running(&self) {
        // It cannot close: we hold the sender.
        let _ = self.halt.reason.subscribe().wait_for(Option::is_none).await;
    }
}

/// Probes while calls are stopped, and lets them go on.
pub(super) async fn probe(engine: Arc<Engine>) {
    let mut halted = engine.halt.reason.subscribe();
    let (mut attempt, mut went_on) = (0, DateTime::UNIX_EPOCH);
    loop {
        let Ok(Some(Halted { probe, people, .. })) =
            halted.wait_for(Option::is_some).await.map(|h| h.clone())
        else {
            return;
        };
        if engine.clock.now() > went_on + SETTLED {
            attempt = 0;
        }
        loop {
            attempt += 1;
            engine.clock.sleep(retry::delay(attempt, probe)).await;
            if engine.okta.probe().await.is_ok() {
                break;
            }
        }
        engine.succeeded();
        let now = engine.clock.now();
        engine.write("the end of the halt", || engine.ledger.set_meta(key::HALTED, None)).await;
        engine.write("who goes on", || engine.ledger.release(Waiting::Retry, now)).await;
        engine.write("who goes on", || engine.ledger.due_now(people.clone(), now)).await;
        engine.note(Activity::new(code::RESUMED, now)).await;
        went_on = now;
        engine.halt.reason.send_replace(None);
        engine.wake();
    }
}
