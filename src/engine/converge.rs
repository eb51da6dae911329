//! Who is due gets a turn: the most urgent first, one turn per person, many people at once.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::{JoinError, JoinSet};

use super::lanes::{Ended, Lanes};
use super::{Engine, directory, halt, protect, reading, reconcile, turn, wishes};

/// How long calls in flight may take after the daemon was asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Runs until the engine is stopped; calls in flight are given time to end and are written down.
/// `apply`: whether the first run writes to an org that has users.
///
/// # Panics
///
/// When one of the loops does: half a daemon is worse than none.
pub async fn run(engine: Arc<Engine>, apply: bool) {
    let mut beside = JoinSet::new();
    beside.spawn(halt::probe(Arc::clone(&engine)));
    beside.spawn(directory::mirror(Arc::clone(&engine), apply));
    beside.spawn(wishes::watch(Arc::clone(&engine)));
    beside.spawn(protect::run(Arc::clone(&engine)));
    if engine.hr.is_some() {
        beside.spawn(reading::run(Arc::clone(&engine)));
        beside.spawn(reconcile::run(Arc::clone(&engine)));
    }
    let mut turns = JoinSet::new();
    let mut lanes = Lanes::new(engine.turns);
    // When the next one will be due, as far as somebody has looked.
    let mut next: Option<DateTime<Utc>> = None;
    let mut latest = engine.clock.now();
    // Kept from one round to the next, so that at every moment the clock knows when something is due.
    let mut sleep;
    let mut look = true;
    while !engine.stop.is_cancelled() {
        let mut woken = pin!(engine.bell.rings());
        woken.as_mut().enable();
        let rung = engine.bell.rung();
        let now = engine.clock.now();
        engine.look_back(&mut latest, now).await;
        lanes.wake(now);
        let mut done = lanes.are_idle();
        if look && !engine.is_halted() {
            let room = lanes.room();
            let due = engine.write("reading who is due", || engine.ledger.due(now, room, lanes.out())).await;
            next = due.next;
            done &= due.people.is_empty();
            for person in due.people {
                lanes.begin(&person);
                engine.tell_site(&person.employee.facts);
                let engine = Arc::clone(&engine);
                turns.spawn(async move { turn::take(&engine, person).await });
            }
        }
        let then = next.filter(|_| !engine.is_halted()).into_iter().chain(lanes.next()).min();
        sleep = Box::pin(engine.clock.sleep_until(then.unwrap_or(DateTime::<Utc>::MAX_UTC)));
        if done && (look || engine.is_halted()) {
            engine.bell.done(rung);
        }
        look = tokio::select! {
            () = engine.stop.cancelled() => false,
            () = woken => true,
            Some(done) = turns.join_next(), if !turns.is_empty() => {
                let mut look = ended(&engine, &mut lanes, done);
                while let Some(done) = turns.try_join_next() {
                    look |= ended(&engine, &mut lanes, done);
                }
                look
            }
            () = &mut sleep, if then.is_some() => true,
            Some(ended) = beside.join_next() => {
                ended.expect("a loop does not panic");
                false
            }
        }
    }
    let ended = tokio::time::timeout(GRACE, async { while turns.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::warn!(
            code = "daemon.cut_short",
            calls = turns.len(),
            "left without an answer; what they did is read again at the next start"
        );
    }
}

impl Engine {
    /// Puts right what lies in the future, if the clock was set back since a loop last looked.
    pub(super) async fn look_back(&self, latest: &mut DateTime<Utc>, now: DateTime<Utc>) {
        let before = std::mem::replace(latest, now);
        if now < before {
            self.write("that the clock was set back", || self.ledger.set_back(before, now)).await;
        }
    }
}

/// Whether to look who is due now.
fn ended(engine: &Engine, lanes: &mut Lanes, done: Result<Ended, JoinError>) -> bool {
    let ended = done.expect("a turn does not panic");
    let urgency = ended.urgency;
    if let Some(until) = lanes.end(ended, engine.clock.now()) {
        tracing::info!(
            code = "budget.spent",
            urgency = urgency.as_str(),
            until = until.to_rfc3339(),
            "Okta's rate budget is spent; whoever needs it waits"
        );
    }
    lanes.is_worth_a_look(urgency)
}
