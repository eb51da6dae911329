//! Reading people from HR: who is to be cut before anybody else, then whoever has news; many in one call.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::hr::{is_ahead, is_damaged};
use super::{Engine, Hr, announce};
use crate::bob::{Fault, Reading, Verdict};
use crate::domain::event::Event;
use crate::ledger::Answer;
use crate::retry;

/// How many people are asked for in one call.
const BATCH: usize = 100;

/// Reads whoever is to be read, until the engine is stopped.
pub(super) async fn run(engine: Arc<Engine>) {
    let Some(hr) = &engine.hr else { return };
    let mut reader = Reader {
        engine: &engine,
        hr,
        most: BATCH,
        alone: HashMap::new(),
        failing: HashSet::new(),
        paced: DateTime::UNIX_EPOCH,
    };
    let mut latest = engine.clock.now();
    // Kept from one round to the next, so that at every moment the clock knows when something is due.
    let mut sleep;
    while !engine.stop.is_cancelled() {
        let mut rings = pin!(engine.reading.rings());
        rings.as_mut().enable();
        let rung = engine.reading.rung();
        let now = engine.clock.now();
        engine.look_back(&mut latest, now).await;
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
    /// Who is asked for alone, and not before.
    alone: HashMap<String, Alone>,
    /// Whose reads have failed since the last answer that could be read.
    failing: HashSet<String>,
    /// Nobody is asked for alone before.
    paced: DateTime<Utc>,
}

#[derive(Clone, Copy)]
struct Alone {
    failures: u32,
    until: DateTime<Utc>,
}

impl Reader<'_> {
    /// Until when somebody is not asked for, if they are to wait.
    fn waits(&self, alone: &Alone, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = Some(alone.until).filter(|at| is_ahead(*at, now, PERSON.most));
        until.into_iter().chain(self.pace(now)).max()
    }

    fn pace(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(self.paced).filter(|at| is_ahead(*at, now, PACE))
    }

    fn aside(&self, now: DateTime<Utc>) -> Arc<HashSet<String>> {
        let later = self.alone.iter().filter(|(_, alone)| self.waits(alone, now).is_some());
        Arc::new(later.map(|(id, _)| id.clone()).collect())
    }

    fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.alone.values().filter_map(|alone| self.waits(alone, now)).min()
    }

    async fn read(&mut self, mut people: Vec<String>) {
        if people.first().is_some_and(|first| self.alone.contains_key(first)) {
            people.truncate(1);
        } else {
            people.retain(|id| !self.alone.contains_key(id));
        }
        match people.as_slice() {
            [one] if self.pace(self.engine.clock.now()).is_none() => self.read_one(one).await,
            _ => self.read_many(people).await,
        }
    }

    async fn read_one(&mut self, id: &str) {
        let asked = self.engine.clock.now();
        match self.hr.bob.person(id).await {
            Err(fault) if fault.may_be_ones_own() => self.search_one(id, &fault).await,
            answer => match self.engine.heed(answer).await {
                Ok(Some(reading)) => self.take(asked, vec![reading], Vec::new()).await,
                Ok(None) => self.take(asked, Vec::new(), vec![id.to_owned()]).await,
                Err(_) => {}
            },
        }
    }

    /// One person could not be read: a search tells whether that is so of everybody.
    async fn search_one(&mut self, id: &str, fault: &Fault) {
        let asked = self.engine.clock.now();
        let answer = self.hr.bob.people(&[id.to_owned()]).await;
        if let Err(damaged) = &answer
            && is_damaged(damaged)
        {
            self.failing.insert(id.to_owned());
            if self.failing.len() < SEVERAL {
                return self.set_aside(id, fault);
            }
        }
        match self.engine.heed(answer).await {
            Ok(found) if found.is_empty() => {
                self.failing.clear();
                self.set_aside(id, fault);
            }
            Ok(found) => self.take(asked, found, Vec::new()).await,
            Err(_) => {}
        }
    }

    async fn read_many(&mut self, people: Vec<String>) {
        let asked = self.engine.clock.now();
        let answer = self.hr.bob.people(&people).await;
        if answer.as_ref().is_err_and(is_damaged) {
            // Among fewer people there may be none whose answer is.
            self.most = people.len().div_ceil(2);
            return;
        }
        if let Ok(found) = self.engine.heed(answer).await {
            for id in &people {
                if !found.iter().any(|reading| reading.employee == *id) {
                    // Only an answer about this person alone says that there is nobody.
                    self.alone.insert(id.clone(), Alone { failures: 0, until: asked });
                }
            }
            self.take(asked, found, Vec::new()).await;
        }
    }

    /// One person cannot be read: everybody else goes on.
    fn set_aside(&mut self, id: &str, fault: &Fault) {
        if fault.verdict == Verdict::Refused {
            let pace = TimeDelta::from_std(PACE).unwrap_or(TimeDelta::MAX);
            self.paced = self.engine.clock.now() + pace;
        }
        if self.postpone(id) == 1 {
            tracing::warn!(
                code = "bob.unreadable",
                employee = id,
                reason = %fault,
                "HR does not show this person as it should; asked for again until it does, ever less often, and nobody \
                 waits for it"
            );
        }
    }

    /// Has somebody asked for later, and alone; tells how often in a row that has been.
    fn postpone(&mut self, id: &str) -> u32 {
        let now = self.engine.clock.now();
        let alone = self.alone.entry(id.to_owned()).or_insert(Alone { failures: 0, until: now });
        alone.failures += 1;
        let delay = retry::delay(alone.failures, &PERSON);
        alone.until = now + TimeDelta::from_std(delay).unwrap_or(TimeDelta::MAX);
        alone.failures
    }

    async fn take(&mut self, asked: DateTime<Utc>, found: Vec<Reading>, unknown: Vec<String>) {
        self.most = BATCH.min(self.most * 2);
        self.failing.clear();
        let settle = self.hr.settle;
        let ids: Vec<String> =
            found.iter().map(|reading| &reading.employee).chain(&unknown).cloned().collect();
        let found = found.into_iter().map(|r| Event::read(r.employee, r.asked, settle, r.fields)).collect();
        let answer = Arc::new(Answer { asked, found, unknown });
        let engine = self.engine;
        let now = engine.clock.now();
        let taken =
            engine.write("what HR answered", || engine.ledger.take(Arc::clone(&answer), settle, now)).await;
        for id in ids {
            // By then Bob's clock is past what was read before.
            if taken.outdated.contains(&id) {
                self.postpone(&id);
            } else {
                self.alone.remove(&id);
            }
        }
        taken.activities.iter().for_each(announce);
        if taken.due {
            engine.wake();
        }
    }
}

/// The delays of a person whose answer cannot be read.
const PERSON: retry::Policy = retry::Policy { first: Duration::from_secs(2), most: Duration::from_hours(1) };
/// Who was refused one person asks for others together for a while: Bob locks out who is refused 50 times in 10 s
/// (Bob API: rate limits, firewall).
const PACE: Duration = Duration::from_secs(5);
/// So many people in a row who cannot be read are not about somebody.
const SEVERAL: usize = 3;
