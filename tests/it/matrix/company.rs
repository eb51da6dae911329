//! One company of one person, without a broker: HR's words go straight to the intake.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use okta_provisioner::domain::decide::Rules;
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::engine::{self, Engine, Intake, Parts};
use okta_provisioner::ledger::{Filter, Ledger, PersonReport, Report};
use okta_provisioner::okta::{Client, Options};
use okta_provisioner::sandbox::{self, Call, Sandbox};
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::client::options;
use crate::support::openapi::ByTheBook;
use crate::support::world::{TOKEN, instant};
use crate::support::{breath, soon};

/// The one employee.
pub const ANN: &str = "1";
/// More turns than this, and something does not come to an end.
const MOST_WAITS: usize = 12;

pub struct Company {
    pub sandbox: Sandbox,
    pub clock: Clock,
    engine: Arc<Engine>,
    intake: Intake,
    loops: JoinHandle<()>,
    folder: TempDir,
    _by_the_book: ByTheBook,
}

impl Company {
    pub async fn start(rules: Rules, timeout: Duration) -> Self {
        let clock = Clock::manual(instant("2026-12-01"));
        let org = sandbox::Options::new(TOKEN, clock.as_fn());
        let sandbox = Sandbox::start(org).await.expect("a free port");
        let by_the_book = ByTheBook::watch(&sandbox);
        let folder = tempfile::tempdir().expect("a folder");
        let rules = Arc::new(rules);
        let path = folder.path().join("ledger.sqlite3");
        let ledger = Ledger::open(&path, &sandbox.url(), Arc::clone(&rules)).expect("a ledger");
        let okta = Client::new(Options {
            max_in_flight: 4,
            timeout,
            ..options(&sandbox.url(), TOKEN, rules.attributes(), clock.as_fn())
        })
        .expect("a client");
        let stop = CancellationToken::new();
        let engine = Arc::new(Engine::new(Parts {
            ledger,
            okta,
            clock: clock.clone(),
            stop,
            max_in_flight: 4,
            hr: None,
        }));
        engine.prepare("rules".into(), true).await.expect("a ledger that can be written");
        let loops = tokio::spawn(engine::run(Arc::clone(&engine), true));
        let intake = Intake::new(Arc::clone(&engine));
        let company = Self { sandbox, clock, engine, intake, loops, folder, _by_the_book: by_the_book };
        company.listed().await;
        company
    }

    /// Waits until the mirror is as young as it should be.
    async fn listed(&self) {
        let listed = async {
            loop {
                let at = self.engine.ledger.meta("listed").await.expect("a ledger");
                let at: Option<DateTime<Utc>> = at.map(|at| at.parse().expect("an instant"));
                if at.is_some_and(|at| self.clock.now() < at + TimeDelta::hours(1)) {
                    return;
                }
                breath().await;
            }
        };
        soon("the mirror", listed).await;
    }

    /// HR says something; returns when nothing more is due now.
    pub async fn say(&self, event: &Value) {
        let body = event.to_string();
        let answers = self.intake.take(&[body.as_bytes()]).await.expect("a ledger that can be written");
        assert_eq!(answers, [Ok(())]);
        self.quiet().await;
    }

    /// Lets time pass.
    pub async fn pass(&self, minutes: i64) {
        self.clock.advance(TimeDelta::minutes(minutes));
        self.listed().await;
        self.quiet().await;
    }

    async fn quiet(&self) {
        soon("quiet", self.engine.quiet()).await;
    }

    /// Lets time pass until nothing is waited for any more; an error says what for.
    pub async fn rest(&self) -> Result<(), String> {
        for _ in 0..MOST_WAITS {
            if self.engine.is_halted() {
                self.resumed().await;
            }
            let person = self.person();
            if let Some(block) = person.block {
                return Err(format!("blocked: {block}"));
            }
            let (Some(_), Some(due)) = (person.waiting, person.due_at) else { return Ok(()) };
            self.clock.advance((due - self.clock.now()).max(TimeDelta::zero()));
            self.quiet().await;
        }
        Err(format!("still waits: {:?}", self.person().waiting))
    }

    /// Lets time pass until a probe has ended the halt.
    async fn resumed(&self) {
        let resumed = async {
            while self.engine.is_halted() {
                let answered = self.sandbox.calls().len() + 1;
                self.clock.advance(TimeDelta::seconds(30));
                self.sandbox.calls_when(answered, Duration::from_millis(50)).await;
            }
        };
        soon("the end of a halt", resumed).await;
        self.quiet().await;
    }

    pub fn person(&self) -> PersonReport {
        self.report().person(ANN).expect("a readable ledger").expect("a known employee")
    }

    /// How often something was decided.
    pub fn count(&self, code: &str) -> usize {
        let all = self.report().activity(&Filter::default(), usize::MAX).expect("a readable ledger");
        all.iter().filter(|entry| entry.code == code).count()
    }

    fn report(&self) -> Report {
        Report::open(&self.folder.path().join("ledger.sqlite3")).expect("a readable ledger")
    }

    /// Everybody but the token's owner.
    pub fn users(&self) -> Vec<Value> {
        self.sandbox.users().split_off(1)
    }

    /// The id of the one account.
    pub fn id(&self) -> String {
        self.users()[0]["id"].as_str().expect("an id").to_owned()
    }

    /// The calls for the person since the last time.
    pub fn calls(&self) -> Vec<Call> {
        let aside = |path: &str| path.starts_with("/api/v1/users?search") || path.ends_with("/me");
        self.sandbox.take_calls().into_iter().filter(|call| !aside(&call.path)).collect()
    }

    pub async fn end(mut self) {
        self.engine.stop.cancel();
        soon("the end of the loops", &mut self.loops).await.expect("no loop panics");
    }
}
