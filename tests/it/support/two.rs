//! A company with both doubles, Bob's and Okta's, and the daemon's loops in between: no webhook arrives, so that
//! whatever becomes known comes from reading.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use okta_provisioner::bob;
use okta_provisioner::domain::decide::Rules;
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::engine::{self, Daily, Engine, Hr, Outcome, Parts};
use okta_provisioner::ledger::{Entry, Filter, Ledger, Report, Summary};
use okta_provisioner::okta::Client;
use okta_provisioner::sandbox::{self, Bob, BobOptions, Sandbox};
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::client::options;
use super::openapi::ByTheBook;
use super::world::{Call, Setup, TOKEN, aside_for_trust, instant};
use super::{breath, soon};

/// The service user of the tests.
pub const USER: &str = "SERVICE-1";
/// And its token.
pub const SECRET: &str = "bobTokenOfTheTests";
/// How long a read may lag.
pub const SETTLE: TimeDelta = TimeDelta::seconds(25);

pub struct Two {
    pub bob: Bob,
    pub sandbox: Sandbox,
    pub clock: Clock,
    pub apply: bool,
    /// Other rules than before are other people's decisions from the next start on.
    pub rules: Arc<Rules>,
    folder: TempDir,
    daemon: Option<(Arc<Engine>, JoinHandle<()>)>,
    _by_the_book: ByTheBook,
}

impl Two {
    /// Starts the doubles, with what `plant` puts there, and no daemon.
    pub async fn new(setup: Setup, plant: impl FnOnce(&Bob, &Sandbox)) -> Self {
        let clock = Clock::manual(instant(setup.at));
        let org = sandbox::Options { limit: setup.limit, ..sandbox::Options::new(TOKEN, clock.as_fn()) };
        let sandbox = Sandbox::start(org).await.expect("a free port");
        let by_the_book = ByTheBook::watch(&sandbox);
        sandbox.set_switch("disuse_kills_tokens", false);
        let bob = Bob::start(BobOptions::new(USER, SECRET, clock.as_fn())).await.expect("a free port");
        plant(&bob, &sandbox);
        let (apply, rules) = (setup.apply, Arc::new(setup.rules));
        let folder = tempfile::tempdir().expect("a folder");
        Self { bob, sandbox, clock, apply, rules, folder, daemon: None, _by_the_book: by_the_book }
    }

    /// The same with a daemon that has read everybody once.
    pub async fn start(setup: Setup, plant: impl FnOnce(&Bob, &Sandbox)) -> Self {
        let mut two = Self::new(setup, plant).await;
        two.run().await;
        two.settled().await;
        two
    }

    /// Starts the daemon.
    pub async fn run(&mut self) {
        let (rules, clock) = (&self.rules, &self.clock);
        let ledger = self.ledger();
        let org = self.sandbox.url();
        let okta = Client::new(options(&org, TOKEN, rules.attributes(), clock.as_fn())).expect("a client");
        let hr = Hr { bob: self.client(), settle: SETTLE, patience: TimeDelta::minutes(15), daily: daily() };
        let engine = Arc::new(Engine::new(Parts {
            ledger,
            okta,
            clock: clock.clone(),
            stop: CancellationToken::new(),
            max_in_flight: 8,
            hr: Some(hr),
        }));
        let fingerprint = format!("{:?}", self.rules.tracked());
        engine.prepare(fingerprint, self.apply).await.expect("a ledger that can be written");
        let loops = tokio::spawn(engine::run(Arc::clone(&engine), self.apply));
        self.daemon = Some((engine, loops));
    }

    /// The ledger, while no daemon has it.
    pub fn ledger(&self) -> Ledger {
        let rules = Arc::clone(&self.rules);
        Ledger::open(&self.path(), &self.sandbox.url(), rules).expect("a ledger that opens")
    }

    /// A client of Bob's like the daemon's.
    pub fn client(&self) -> bob::Client {
        let options = bob::Options {
            base_url: self.bob.url().parse().expect("an address"),
            user: USER.into(),
            token: SECRET.into(),
            fields: self.rules.tracked(),
            timeout: Duration::from_secs(30),
            now: self.clock.as_fn(),
        };
        bob::Client::new(options).expect("a client")
    }

    /// Ends the daemon in the midst of whatever it does.
    pub async fn kill(&mut self) {
        if let Some((_, loops)) = self.daemon.take() {
            loops.abort();
            assert!(loops.await.expect_err("killed").is_cancelled());
        }
    }

    /// Lets time pass until then, from one daily reading to the next, and everything happen that is due.
    pub async fn until(&self, at: &str) {
        let at = instant(at);
        while self.clock.now() < at {
            let now = self.clock.now();
            self.clock.advance(daily().after(now, &self.sandbox.url()).min(at) - now);
            self.bob.deliver().await;
            self.settled().await;
        }
    }

    /// Waits until both sides have been read as lately as they should be, and nothing is due.
    pub async fn settled(&self) {
        let (engine, _) = self.daemon.as_ref().expect("a daemon");
        let now = self.clock.now();
        let young = async {
            let meta = async |key| engine.ledger.meta(key).await.expect("a ledger");
            loop {
                let listed = meta("listed").await.is_some_and(|at| now < parse(&at) + TimeDelta::hours(1));
                let read = meta("synced").await.is_some_and(|text| {
                    let read: Outcome = serde_json::from_str(&text).expect("an outcome");
                    daily().after(read.began, &self.sandbox.url()) > now
                });
                if listed && read {
                    return;
                }
                breath().await;
            }
        };
        // Of thousands of people on a busy machine.
        let patience = Duration::from_mins(5);
        tokio::time::timeout(patience, young).await.expect("both sides are read");
        tokio::time::timeout(patience, engine.quiet()).await.expect("quiet");
    }

    /// Lets seconds pass until everybody has been read by a reading that began after this.
    pub async fn read_since(&self, at: DateTime<Utc>) {
        let read = async {
            while self.outcome().began <= at {
                self.clock.advance(TimeDelta::seconds(1));
                let pause = Duration::from_millis(20);
                tokio::time::timeout(pause, std::future::pending::<()>()).await.ok();
            }
        };
        super::soon("a reading of everybody", read).await;
    }

    /// Waits for a line of the summary.
    pub async fn seen(&self, what: impl Fn(&Summary) -> bool) {
        let seen = async {
            while !what(&self.summary()) {
                breath().await;
            }
        };
        soon("the summary", seen).await;
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.sqlite3")
    }

    /// What the last reading of everybody has found.
    pub fn outcome(&self) -> Outcome {
        serde_json::from_value(self.summary().synced.expect("a reading")).expect("an outcome")
    }

    /// `joined, changed, left, cancelled` of the last reading.
    pub fn news(&self) -> [usize; 4] {
        let outcome = self.outcome();
        [outcome.joined, outcome.changed, outcome.left, outcome.cancelled]
    }

    /// The calls to Bob for people since the last time.
    pub fn bob_calls(&self) -> Vec<String> {
        let calls = self.bob.take_calls().into_iter().filter(|call| !call.path.starts_with("/v1/company/"));
        calls.map(|call| format!("{} {}", call.method, call.path)).collect()
    }

    /// The calls to Okta for people since the last time.
    pub fn okta_calls(&self) -> Vec<Call> {
        let aside = |path: &str| {
            path.starts_with("/api/v1/users?search")
                || path.starts_with("/api/v1/users?after")
                || path.starts_with("/api/v1/meta/")
                || path.ends_with("/me")
                || aside_for_trust(path)
        };
        let calls = self.sandbox.take_calls().into_iter().filter(|call| !aside(&call.path));
        calls.map(|call| (format!("{} {}", call.method, call.path), call.body)).collect()
    }

    /// Of how many people this has been decided.
    pub fn decided(&self, access: &str) -> i64 {
        self.summary().access.iter().filter(|(name, _)| name == access).map(|(_, count)| count).sum()
    }

    pub fn status(&self, login: &str) -> Option<String> {
        Some(self.sandbox.user_by_login(login)?["status"].as_str()?.to_owned())
    }

    /// What was decided about a person, or about anybody, by this name.
    pub fn entries(&self, code: &str, employee: Option<&str>) -> Vec<Entry> {
        let filter = Filter { employee: employee.map(str::to_owned), ..Filter::default() };
        let all = self.report().activity(&filter, usize::MAX).expect("a readable ledger");
        all.into_iter().filter(|entry| entry.code == code).collect()
    }

    pub fn summary(&self) -> Summary {
        self.report().summary(self.clock.now()).expect("a readable ledger")
    }

    fn report(&self) -> Report {
        Report::open(&self.path()).expect("a readable ledger")
    }

    /// Stops everything.
    pub async fn end(mut self) {
        self.kill().await;
        self.bob.stop().await;
        self.sandbox.stop().await;
    }
}

fn daily() -> Daily {
    Daily { at: NaiveTime::from_hms_opt(3, 0, 0).expect("a time"), zone: chrono_tz::UTC }
}

fn parse(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// What Bob is told of a person who is in both systems.
pub fn hired(name: &str) -> Value {
    serde_json::json!({
        "root.email": format!("{}@example.com", name.to_lowercase()), "root.firstName": name,
        "root.surname": "Lee", "work.title": "Cook", "work.site": "London",
    })
}
