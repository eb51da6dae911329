//! Reading people from HR: who is to be cut before anybody else, then whoever has news; many in one call.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::hr::is_damaged;
use super::{Engine, Hr, announce};
use crate::bob::{Fault, Reading};
use crate::domain::event::Event;
use crate::ledger::Answer;
use crate::retry;

/// How many people are asked for in one call.
const BATCH: usize = 100;

/// Reads whoever is to be read, until the engine is stopped.
pub(super) async fn run(engine: Arc<Engine>) {
    let Some(hr) = &engine.hr else { return };
    let mut reader = Reader { engine: &engine, hr, most: BATCH, alone: HashMap::new() };
    // Kept from one round to the next, so that at every moment the clock knows when something is due.
    let mut sleep;
    while !engine.stop.is_cancelled() {
        let mut rings = pin!(engine.reading.rings());
        rings.as_mut().enable();
        let rung = engine.reading.rung();
        let now = engine.clock.now();
        let closed = engine.gate.closed(now);
        let mut next = closed;
        if closed.is_none() {
            let aside = reader.aside(now);
            let unread = engine.write("who is to be read", || {
                engine.ledger.unread(now, hr.settle, reader.most, Arc::clone(&aside))
            });
            let unread = unread.await;
            if !unread.people.is_empty() {
                reader.read(unread.people).await;
                continue;
            }
            next = unread.next.into_iter().chain(reader.next(now)).min();
        }
        sleep = Box::pin(engine.clock.sleep_until(next.unwrap_or(DateTime::<Utc>::MAX_UTC)));
        engine.reading.done(rung);
        tokio::select! {
            () = engine.stop.cancelled() => {}
            () = rings => {}
            () = &mut sleep => {}
        }
    }
}

struct Reader<'e> {
    engine: &'e Engine,
    hr: &'e Hr,
    /// How many are asked for at once: fewer while answers cannot be read.
    most: usize,
    /// Who is asked for alone, and not before: an answer about many does not tell what is wrong with one.
    alone: HashMap<String, Alone>,
}

#[derive(Clone, Copy)]
struct Alone {
    failures: u32,
    until: DateTime<Utc>,
}

impl Reader<'_> {
    fn aside(&self, now: DateTime<Utc>) -> Arc<HashSet<String>> {
        let later = self.alone.iter().filter(|(_, alone)| alone.until > now);
        Arc::new(later.map(|(id, _)| id.clone()).collect())
    }

    fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.alone.values().map(|alone| alone.until).filter(|until| *until > now).min()
    }

    async fn read(&mut self, mut people: Vec<String>) {
        if people.first().is_some_and(|first| self.alone.contains_key(first)) {
            people.truncate(1);
        } else {
            people.retain(|id| !self.alone.contains_key(id));
        }
        if let [one] = people.as_slice() {
            self.read_one(one).await;
        } else {
            self.read_many(people).await;
        }
    }

    async fn read_one(&mut self, id: &str) {
        let asked = self.engine.clock.now();
        match self.engine.heed(self.hr.bob.person(id).await).await {
            Ok(Some(reading)) => self.take(asked, vec![reading], Vec::new()).await,
            Ok(None) => self.take(asked, Vec::new(), vec![id.to_owned()]).await,
            Err(fault) if is_damaged(&fault) => self.damaged(id, &fault),
            Err(_) => return,
        }
        self.most = BATCH.min(self.most * 2);
    }

    async fn read_many(&mut self, people: Vec<String>) {
        let asked = self.engine.clock.now();
        match self.engine.heed(self.hr.bob.people(&people).await).await {
            Ok(found) => {
                self.most = BATCH.min(self.most * 2);
                for id in &people {
                    if !found.iter().any(|reading| reading.employee == *id) {
                        // Only an answer about this person alone says that there is nobody.
                        self.alone.insert(id.clone(), Alone { failures: 0, until: asked });
                    }
                }
                self.take(asked, found, Vec::new()).await;
            }
            Err(fault) if is_damaged(&fault) => self.most = people.len().div_ceil(2),
            Err(_) => {}
        }
    }

    /// An answer about one person cannot be read: everybody else goes on.
    fn damaged(&mut self, id: &str, fault: &Fault) {
        let now = self.engine.clock.now();
        let alone = self.alone.entry(id.to_owned()).or_insert(Alone { failures: 0, until: now });
        alone.failures += 1;
        let delay = retry::delay(alone.failures, &PERSON);
        alone.until = now + TimeDelta::from_std(delay).unwrap_or(TimeDelta::MAX);
        if alone.failures == 1 {
            tracing::warn!(
                code = "bob.unreadable",
                employee = id,
                reason = %fault,
                "what HR answers about this person cannot be read; asked for again until it can, and nobody waits for it"
            );
        }
    }

    async fn take(&mut self, asked: DateTime<Utc>, found: Vec<Reading>, unknown: Vec<String>) {
        let settle = self.hr.settle;
        for id in found.iter().map(|reading| &reading.employee).chain(&unknown) {
            self.alone.remove(id);
        }
        let found = found.into_iter().map(|r| Event::read(r.employee, r.asked, settle, r.fields)).collect();
        let answer = Arc::new(Answer { asked, found, unknown });
        let engine = self.engine;
        let now = engine.clock.now();
        let taken =
            engine.write("what HR answered", || engine.ledger.take(Arc::clone(&answer), settle, now)).await;
        taken.activities.iter().for_each(announce);
        if taken.due {
            engine.wake();
        }
    }
}

/// The delays of a person whose answer cannot be read.
const PERSON: retry::Policy = retry::Policy { first: Duration::from_secs(2), most: Duration::from_hours(1) };
