//! Who is due gets a turn: the most urgent first, one turn per person, many people at once.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;

use super::{Engine, directory, halt, turn, wishes};

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
    let mut turns = JoinSet::new();
    let mut busy = HashSet::new();
    while !engine.stop.is_cancelled() {
        let mut woken = pin!(engine.wake.notified());
        woken.as_mut().enable();
        let rung = engine.rung.load(Ordering::SeqCst);
        let mut next = None;
        let room = engine.turns - busy.len();
        // A load for every single turn that ends would keep the ledger busy with loads.
        if engine.is_halted() {
            if busy.is_empty() {
                engine.quiet.send_replace(rung);
            }
        } else if room >= engine.turns / 4 {
            let now = engine.clock.now();
            let asked = busy.clone();
            let people =
                engine.write("reading who is due", || engine.ledger.due(now, room, asked.clone())).await;
            let full = people.len() == room;
            if people.is_empty() && busy.is_empty() {
                engine.quiet.send_replace(rung);
            }
            for person in people {
                let id = person.employee.id.clone();
                busy.insert(id.clone());
                let engine = Arc::clone(&engine);
                turns.spawn(async move {
                    turn::take(&engine, person).await;
                    id
                });
            }
            if !full {
                next = engine.write("reading who is next", || engine.ledger.next_due(now)).await;
            }
        }
        tokio::select! {
            () = engine.stop.cancelled() => {}
            () = woken => {}
            Some(done) = turns.join_next(), if !turns.is_empty() => {
                busy.remove(&done.expect("a turn does not panic"));
                while let Some(done) = turns.try_join_next() {
                    busy.remove(&done.expect("a turn does not panic"));
                }
            }
            () = engine.clock.sleep_until(next.unwrap_or_default()), if next.is_some() => {}
            Some(ended) = beside.join_next() => ended.expect("a loop does not panic"),
        }
    }
    let ended = tokio::time::timeout(GRACE, async { while turns.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::warn!(
            calls = turns.len(),
            "left without an answer; what they did is read again at the next start"
        );
    }
}
