//! Simulated time: the real client, engine, ledger and sandbox on one clock that moves from one instant
//! that somebody waits for to the next, each time when everybody is quiet.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use okta_provisioner::domain::decide::Rules;
use okta_provisioner::domain::event::{Event, Kind};
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::engine::{self, Engine, Parts};
use okta_provisioner::ledger::Ledger;
use okta_provisioner::okta::{Client, Options};
use okta_provisioner::sandbox::{self, Sandbox};
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::tally::Tally;
use crate::people::{self, event, hire, last_day, now};
use crate::support::client::options;
use crate::support::{breath, soon};

const TOKEN: &str = "00sandboxTokenOfTheBudget";

/// What other clients of the org call; such a call of ours there is never.
pub const OTHERS: &str = "/api/v1/users/somebodyelse/lifecycle/suspend";

pub struct Sim {
    pub clock: Clock,
    /// Seconds by which Okta's clock is ahead of ours.
    pub ahead: Arc<AtomicI64>,
    pub sandbox: Sandbox,
    pub engine: Arc<Engine>,
    pub tally: Arc<Mutex<Tally>>,
    /// Rings at each call that is counted.
    counted: Arc<Notify>,
    loops: JoinHandle<()>,
    http: reqwest::Client,
    _folder: TempDir,
}

/// Somebody's first day in the ledger, and the account that there is already.
pub struct Person {
    pub id: String,
    pub since: DateTime<Utc>,
    pub has_account: bool,
}

impl Sim {
    /// The people are in the ledger, the org's users in its mirror, when this returns.
    pub async fn start(limit: u32, share: f64, people: &[Person]) -> Self {
        let clock = Clock::manual(now());
        let ahead = Arc::new(AtomicI64::new(0));
        let (ours, lead) = (clock.clone(), Arc::clone(&ahead));
        let oktas: sandbox::Clock =
            Arc::new(move || ours.now() + TimeDelta::seconds(lead.load(Ordering::Relaxed)));
        let sandbox = sandbox::Options { limit, ..sandbox::Options::new(TOKEN, Arc::clone(&oktas)) };
        let sandbox = Sandbox::start(sandbox).await.expect("a free port");
        sandbox.record(false);
        for person in people.iter().filter(|person| person.has_account) {
            let login = login(&person.id);
            let profile = json!({"login": login, "email": login, "firstName": "Ann", "lastName": "Lee",
                "title": "Engineer", "employeeNumber": person.id, "userType": "staff"});
            sandbox.insert(profile, "ACTIVE");
        }
        let tally = Arc::new(Mutex::new(Tally::default()));
        let (count, counted) = (Arc::clone(&tally), Arc::new(Notify::new()));
        let bell = Arc::clone(&counted);
        sandbox.on_call(Arc::new(move |call| {
            count.lock().unwrap_or_else(PoisonError::into_inner).count(call, oktas());
            bell.notify_one();
        }));
        let folder = tempfile::tempdir().expect("a folder");
        let rules = Arc::new(people::rules());
        let path = folder.path().join("ledger.sqlite3");
        let ledger = Ledger::open(&path, &sandbox.url(), Arc::clone(&rules)).expect("a ledger");
        let engine = Arc::new(engine(ledger, &sandbox, &rules, &clock, share));
        engine.prepare("rules".into(), true).await.expect("a ledger that can be written");
        let loops = tokio::spawn(engine::run(Arc::clone(&engine), true));
        let sim = Self {
            clock,
            ahead,
            sandbox,
            engine,
            tally,
            counted,
            loops,
            http: reqwest::Client::new(),
            _folder: folder,
        };
        // Those who have an account are linked before the others come: nothing is called for them.
        for has_account in [true, false] {
            let hires = people.iter().filter(|person| person.has_account == has_account);
            sim.merge(hires.map(hired).collect()).await;
            sim.listed().await;
            if has_account {
                sim.quiet().await;
                // The window of the lists is over when the simulation begins.
                sim.clock.advance(TimeDelta::minutes(2));
                sim.take_tally();
            }
        }
        sim
    }

    pub fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that was counted, which begins anew.
    pub fn take_tally(&self) -> Tally {
        std::mem::take(&mut self.tally())
    }

    /// Facts, straight into the ledger.
    pub async fn merge(&self, events: Vec<Event>) {
        for batch in events.chunks(500) {
            self.engine.ledger.merge(batch.to_vec(), self.clock.now()).await.expect("merged");
        }
        self.engine.wake();
    }

    /// Lets time pass up to this instant; what `agenda` holds for an instant is done at it, whatever
    /// everybody else does at the same time.
    pub async fn run<T>(
        &self,
        until: DateTime<Utc>,
        mut agenda: BTreeMap<DateTime<Utc>, Vec<T>>,
        act: impl AsyncFn(T),
    ) {
        self.quiet().await;
        loop {
            let awaited = self.clock.next_awaited().into_iter();
            let at = awaited.chain(agenda.keys().next().copied()).chain([until]).min().unwrap_or(until);
            let by = at - self.clock.now();
            if by > TimeDelta::zero() {
                self.clock.advance(by);
            } else {
                // Somebody is at work for this instant, a great many times in an hour of simulated calls.
                tokio::task::yield_now().await;
            }
            while let Some(entry) = agenda.first_entry()
                && *entry.key() <= self.clock.now()
            {
                let acts = entry.remove().into_iter().map(|item| act(item));
                futures_util::future::join_all(acts).await;
            }
            self.quiet().await;
            if self.clock.now() >= until {
                return;
            }
        }
    }

    /// Somebody else who calls beside us for ever: so many percent of what we do, by the window.
    pub async fn keep_pace(&self, bucket: &str, percent: &[u32]) {
        loop {
            self.counted.notified().await;
            loop {
                let (number, open) = self.tally().open(bucket, self.clock.now());
                let wanted = open.ours * percent[number % percent.len()] / 100;
                if open.others >= wanted || !self.call_as_others().await {
                    break;
                }
            }
        }
    }

    /// A call of somebody else's; tells whether it was let through.
    async fn call_as_others(&self) -> bool {
        let url = format!("{}{OTHERS}", self.sandbox.url());
        let request = self
            .http
            .post(url)
            .header("authorization", format!("SSWS {TOKEN}"))
            .header("content-length", "0");
        request.send().await.expect("an answer").status() != 429
    }

    pub async fn quiet(&self) {
        soon("quiet", self.engine.quiet()).await;
    }

    async fn listed(&self) {
        let listed = async {
            while self.engine.ledger.meta("listed").await.expect("a ledger").is_none() {
                breath().await;
            }
        };
        soon("the mirror", listed).await;
    }

    pub async fn end(self) {
        self.engine.stop.cancel();
        soon("the end of the loops", self.loops).await.expect("no loop panics");
        self.sandbox.stop().await;
    }
}

fn engine(ledger: Ledger, sandbox: &Sandbox, rules: &Rules, clock: &Clock, share: f64) -> Engine {
    let okta = Client::new(Options {
        rate_share: share,
        ..options(&sandbox.url(), TOKEN, rules.attributes(), clock.as_fn())
    })
    .expect("a client");
    let stop = CancellationToken::new();
    Engine::new(Parts { ledger, okta, clock: clock.clone(), stop, max_in_flight: 8, hr: None })
}

pub fn login(id: &str) -> String {
    format!("p{id}@x.com")
}

/// Somebody was hired, as HR said at the instant since when it is wanted.
pub fn hired(person: &Person) -> Event {
    said(&person.id, person.since, Kind::Hired, &hire(&login(&person.id), "03-01"))
}

/// Somebody has left by now.
pub fn left(id: &str, at: DateTime<Utc>) -> Event {
    said(id, at, Kind::Terminated, &last_day("05-30"))
}

/// Somebody has another title.
pub fn promoted(id: &str, at: DateTime<Utc>) -> Event {
    said(id, at, Kind::Changed, &json!({"work.title": "CTO"}))
}

fn said(id: &str, at: DateTime<Utc>, kind: Kind, fields: &serde_json::Value) -> Event {
    let mut event = event(id, "05-01", kind, fields);
    event.stamp.at = at;
    event
}
