//! Stopping all calls when Okta answers nobody, and finding out when it does again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

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

/// Whether calls are stopped, and the signs that they should be.
#[derive(Debug, Default)]
pub(super) struct Halt {
    reason: watch::Sender<Option<String>>,
    signs: Mutex<Signs>,
}

/// People met in a row, without a success in between.
#[derive(Debug, Default)]
struct Signs {
    unreachable: HashSet<String>,
    forbidden: HashSet<String>,
}

impl Engine {
    /// Whether calls are stopped.
    #[must_use]
    pub fn is_halted(&self) -> bool {
        self.halt.reason.borrow().is_some()
    }

    /// A call succeeded.
    pub(super) fn succeeded(&self) {
        let mut signs = self.halt.signs.lock().unwrap_or_else(PoisonError::into_inner);
        if !(signs.unreachable.is_empty() && signs.forbidden.is_empty()) {
            *signs = Signs::default();
        }
    }

    /// A call for this person failed: tells whether calls are stopped now.
    pub(super) async fn failed(&self, employee: &str, fault: &Fault) -> bool {
        let reason = {
            let mut signs = self.halt.signs.lock().unwrap_or_else(PoisonError::into_inner);
            let mut met = |seen: fn(&mut Signs) -> &mut HashSet<String>, limit| {
                seen(&mut signs).insert(employee.to_owned());
                seen(&mut signs).len() >= limit
            };
            if fault.verdict == Verdict::Halt {
                Some(fault.to_string())
            } else if fault.code.as_deref() == Some("E0000006") {
                met(|s| &mut s.forbidden, FORBIDDEN)
                    .then(|| format!("refused for {FORBIDDEN} people in a row: {fault}"))
            } else if fault.unreachable {
                met(|s| &mut s.unreachable, UNREACHABLE)
                    .then(|| format!("no answer for {UNREACHABLE} people in a row: {fault}"))
            } else {
                None
            }
        };
        match reason {
            Some(reason) => self.halt(reason).await,
            None => return self.is_halted(),
        }
        true
    }

    /// Stops all calls. Only the first reason counts.
    pub(super) async fn halt(&self, reason: String) {
        let first = self.halt.reason.send_if_modified(|halted| {
            let first = halted.is_none();
            halted.get_or_insert_with(|| reason.clone());
            first
        });
        if first {
            self.note(Activity::new(code::HALTED, self.clock.now()).because(&reason)).await;
            self.write("the halt", || self.ledger.set_meta(key::HALTED, Some(reason.clone()))).await;
        }
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
    loop {
        if halted.wait_for(Option::is_some).await.is_err() {
            return;
        }
        let mut attempt = 0;
        loop {
            attempt += 1;
            engine.clock.sleep(retry::delay(attempt, &PROBE)).await;
            if engine.okta.probe().await.is_ok() {
                break;
            }
        }
        engine.succeeded();
        let now = engine.clock.now();
        engine.write("the end of the halt", || engine.ledger.set_meta(key::HALTED, None)).await;
        engine.write("who goes on", || engine.ledger.release(Waiting::Retry, now)).await;
        engine.note(Activity::new(code::RESUMED, now)).await;
        engine.halt.reason.send_replace(None);
        engine.wake();
    }
}
