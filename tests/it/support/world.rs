//! The daemon's loops in one process, between a real broker and the sandbox, on a clock of the
//! test's own.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use okta_provisioner::broker::{self, Message, Outcome, Publisher, State};
use okta_provisioner::domain::decide::Rules;
use okta_provisioner::domain::event::Rejection;
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::engine::{self, Engine, Intake, Loops, Parts};
use okta_provisioner::ledger::{Entry, Filter, Ledger, PersonReport, Report};
use okta_provisioner::okta::{Client, Options};
use okta_provisioner::sandbox::{self, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::rabbit::Rabbit;
use super::soon;

const TOKEN: &str = "00sandboxTokenOfTheTests";

/// One company: HR's end of the queue, the org, and the daemon in between.
pub struct World {
    pub sandbox: Sandbox,
    pub clock: Clock,
    pub engine: Arc<Engine>,
    folder: TempDir,
    publisher: Publisher,
    taken: watch::Receiver<usize>,
    sent: usize,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl World {
    /// Starts everything at an instant, with an org that holds what `plant` puts there.
    pub async fn start(rabbit: &Rabbit, rules: Rules, at: &str, plant: impl FnOnce(&Sandbox)) -> Self {
        let clock = Clock::manual(instant(at));
        let options = sandbox::Options::new(TOKEN, clock.as_fn());
        let sandbox = Sandbox::start(options).await.expect("a free port");
        plant(&sandbox);
        let rules = Arc::new(rules);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.sqlite3");
        let ledger = Ledger::open(&path, &sandbox.url(), Arc::clone(&rules)).expect("a ledger");
        let okta = Client::new(Options {
            org_url: sandbox.url().parse().expect("a URL"),
            token: TOKEN.into(),
            attributes: rules.attributes(),
            rate_share: 1.0,
            max_in_flight: 8,
            timeout: Duration::from_secs(10),
            now: clock.as_fn(),
        })
        .expect("a client");
        let stop = CancellationToken::new();
        let engine = Arc::new(Engine::new(Parts {
            ledger,
            okta,
            rules,
            clock: clock.clone(),
            stop: stop.clone(),
            max_in_flight: 8,
        }));
        engine.prepare("rules".into(), true).await.expect("a ledger that can be written");
        let mut tasks = JoinSet::new();
        tasks.spawn(engine::run(Arc::clone(&engine), Loops { apply: true }));
        let publisher = Publisher::connect(&rabbit.settings).await.expect("a broker");
        let (count, taken) = watch::channel(0);
        let intake = Intake::new(Arc::clone(&engine));
        let (settings, until) = (rabbit.settings.clone(), stop.clone());
        let take = async move |batch: Vec<Message>| {
            let bodies: Vec<&[u8]> = batch.iter().map(|message| message.body.as_slice()).collect();
            let answers = intake.take(&bodies).await.expect("a ledger that can be written");
            count.send_modify(|taken| *taken += batch.len());
            Ok::<_, Infallible>(answers.into_iter().map(outcome).collect())
        };
        let (state, _) = watch::channel(State::Connecting);
        tasks.spawn(async move { broker::consume(&settings, take, state, until).await });
        let world = Self { sandbox, clock, engine, folder, publisher, taken, sent: 0, stop, tasks };
        let mirrored = async {
            while world.engine.ledger.meta("mirror").await.expect("a ledger").is_none() {
                tokio::task::yield_now().await;
            }
        };
        soon("the mirror", mirrored).await;
        world.sandbox.take_calls();
        world
    }

    /// HR says something; returns when everything that is due because of it has been done.
    pub async fn say(&mut self, event: &Value) {
        self.say_raw(event.to_string().as_bytes()).await;
    }

    /// The same with any bytes.
    pub async fn say_raw(&mut self, body: &[u8]) {
        let confirm = self.publisher.publish("hr.test", body, &BTreeMap::new()).await.expect("a broker");
        confirm.wait().await.expect("a queue");
        self.sent += 1;
        let sent = self.sent;
        soon("the message", self.taken.wait_for(|taken| *taken >= sent)).await.expect("a consumer");
        self.quiet().await;
    }

    /// Moves the clock; returns when everything that is due by then has been done.
    pub async fn until(&self, at: &str) {
        let ahead = instant(at) - self.clock.now();
        assert!(ahead >= TimeDelta::zero(), "the clock only moves forward");
        self.clock.advance(ahead);
        self.quiet().await;
    }

    /// Waits until nobody is due.
    pub async fn quiet(&self) {
        soon("quiet", self.engine.quiet()).await;
    }

    /// The calls for people since the last time, as `METHOD path` and body. Lists and probes, which are
    /// for nobody in particular, are left out.
    pub fn calls(&self) -> Vec<(String, Value)> {
        let aside = |path: &str| {
            path.starts_with("/api/v1/users?search")
                || path.starts_with("/api/v1/users?after")
                || path.ends_with("/me")
        };
        let calls = self.sandbox.take_calls().into_iter().filter(|call| !aside(&call.path));
        calls.map(|call| (format!("{} {}", call.method, call.path), call.body)).collect()
    }

    /// The id and status of whoever has this login.
    pub fn user(&self, login: &str) -> (String, String) {
        let user =
            self.sandbox.user_by_login(login).unwrap_or_else(|| panic!("nobody has the login {login}"));
        let text = |key: &str| user[key].as_str().expect("text").to_owned();
        (text("id"), text("status"))
    }

    /// What the ledger says of a person.
    pub fn person(&self, employee: &str) -> PersonReport {
        self.report().person(employee).expect("a readable ledger").expect("a known employee")
    }

    /// The codes of a person's decisions, in their order.
    pub fn decisions(&self, employee: &str) -> Vec<String> {
        self.entries(employee).into_iter().map(|entry| entry.code).collect()
    }

    /// A person's decisions.
    pub fn entries(&self, employee: &str) -> Vec<Entry> {
        let filter = Filter { employee: Some(employee.into()), ..Filter::default() };
        self.report().activity(&filter, usize::MAX).expect("a readable ledger")
    }

    /// The ledger as an operator reads it.
    pub fn report(&self) -> Report {
        Report::open(&self.folder.path().join("ledger.sqlite3")).expect("a readable ledger")
    }

    /// Stops everything in good order.
    pub async fn end(mut self) {
        self.stop.cancel();
        let ended = async {
            while let Some(ended) = self.tasks.join_next().await {
                ended.expect("no task panics");
            }
        };
        soon("the end", ended).await;
        self.publisher.close().await;
        self.sandbox.stop().await;
    }
}

fn outcome(answer: Result<(), Rejection>) -> Outcome {
    match answer {
        Ok(()) => Outcome::Accepted,
        Err(Rejection { reason, employee }) => Outcome::Rejected { reason, employee },
    }
}

/// `2026-12-01`, or `2026-12-01T09:30`, in UTC.
pub fn instant(text: &str) -> DateTime<Utc> {
    let text = if text.len() == 10 { format!("{text}T00:00") } else { text.to_owned() };
    DateTime::parse_from_rfc3339(&format!("{text}:00Z")).expect("an instant").to_utc()
}

/// An event of HR's, recorded at an instant that is its id as well.
pub fn event(kind: &str, employee: &str, at: &str, fields: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": format!("{employee}-{kind}-{at}"), "source": "/hr",
        "type": format!("hr.employee.{kind}"), "subject": employee, "time": instant(at).to_rfc3339(),
        "data": {"fields": fields},
    })
}
