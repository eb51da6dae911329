//! One company on a clock of the test's own: HR's end of a real broker, the org in a sandbox, and the
//! daemon's loops in between.

mod ask;
mod book;
mod daemon;
mod hr;
mod operator;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use okta_provisioner::broker::Publisher;
use okta_provisioner::domain::decide::Rules;
use okta_provisioner::domain::plan::Step;
use okta_provisioner::domain::urgency::Urgency;
use okta_provisioner::engine::Intake;
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::okta::Permit;
use okta_provisioner::sandbox::{self, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;

use self::daemon::{Daemon, Ground};
use super::openapi::ByTheBook;
use super::rabbit::Rabbit;
use super::{breath, soon};

/// The token that the daemon has.
pub const TOKEN: &str = "00sandboxTokenOfTheTests";

/// A call as the stories tell it: `METHOD path`, and the body.
pub type Call = (String, Value);

/// No calls.
pub const NONE: [Call; 0] = [];

/// What a world is like at first.
pub struct Setup {
    pub rules: Rules,
    /// When it begins.
    pub at: &'static str,
    /// Okta's calls per minute and bucket.
    pub limit: u32,
    /// Whether the first run writes to an org that has users.
    pub apply: bool,
    /// Whether HR is a Bob that sends webhooks and can be read.
    pub bob: bool,
    /// Whether the daemon can be looked at over HTTP.
    pub http: bool,
}

pub struct World {
    pub sandbox: Sandbox,
    pub clock: Clock,
    /// Seconds by which Okta's clock is ahead of ours.
    ahead: Arc<AtomicI64>,
    ground: Ground,
    folder: TempDir,
    publisher: Publisher,
    daemon: Daemon,
    hr: Option<hr::Side>,
    /// How many messages this daemon was sent.
    sent: usize,
    /// So that no story can forget it.
    _by_the_book: ByTheBook,
}

impl World {
    /// Starts everything, with an org that holds what `plant` puts there.
    pub async fn start(rabbit: &Rabbit, setup: Setup, plant: impl FnOnce(&Sandbox)) -> Self {
        let clock = Clock::manual(instant(setup.at));
        let ahead = Arc::new(AtomicI64::new(0));
        let (ours, lead) = (clock.clone(), Arc::clone(&ahead));
        let oktas = Arc::new(move || ours.now() + TimeDelta::seconds(lead.load(Ordering::Relaxed)));
        let options = sandbox::Options { limit: setup.limit, ..sandbox::Options::new(TOKEN, oktas) };
        let sandbox = Sandbox::start(options).await.expect("a free port");
        let by_the_book = ByTheBook::watch(&sandbox);
        // The clock leaps over weeks in which a daemon would have called.
        sandbox.set_switch("disuse_kills_tokens", false);
        plant(&sandbox);
        let publisher = Publisher::connect(&rabbit.settings).await.expect("a broker");
        let hr = if setup.bob { Some(hr::Side::start(rabbit, &clock).await) } else { None };
        let folder = tempfile::tempdir().expect("a folder");
        let ground = Ground {
            broker: rabbit.settings.clone(),
            ledger: folder.path().join("ledger.sqlite3"),
            org: sandbox.url(),
            rules: Arc::new(setup.rules),
            clock: clock.clone(),
            apply: setup.apply,
            bob: hr.as_ref().map(|hr| hr.bob.url()),
            http: setup.http,
        };
        let daemon = Daemon::start(&ground).await;
        let mut world = Self {
            sandbox,
            clock,
            ahead,
            ground,
            folder,
            publisher,
            daemon,
            hr,
            sent: 0,
            _by_the_book: by_the_book,
        };
        world.settled().await;
        world.connected().await;
        world.sandbox.take_calls();
        world.bob_calls();
        world
    }

    /// HR says something; returns when everything that is due because of it has been done.
    pub async fn say(&mut self, event: &Value) {
        self.say_raw(event.to_string().as_bytes()).await;
    }

    /// HR says several things at once, in one batch; returns when everything that is due by then is done.
    pub async fn say_together(&mut self, events: &[Value]) {
        let bodies: Vec<Vec<u8>> = events.iter().map(|event| event.to_string().into_bytes()).collect();
        let bodies: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
        let intake = Intake::new(Arc::clone(&self.daemon.engine));
        let taken = intake.take(&bodies).await.expect("a ledger that can be written");
        assert!(taken.iter().all(Result::is_ok), "{taken:?}");
        self.quiet().await;
    }

    /// The same with any bytes.
    pub async fn say_raw(&mut self, body: &[u8]) {
        self.send(body).await;
        self.quiet().await;
    }

    /// HR says something; returns when it is in the ledger, whatever is done because of it.
    pub async fn tell(&mut self, event: &Value) {
        self.send(event.to_string().as_bytes()).await;
    }

    async fn send(&mut self, body: &[u8]) {
        let confirm = self.publisher.publish("hr.test", body, &BTreeMap::new()).await.expect("a broker");
        confirm.wait().await.expect("a queue");
        self.sent += 1;
        let sent = self.sent;
        soon("the message", self.daemon.taken.wait_for(|taken| *taken >= sent)).await.expect("a consumer");
    }

    /// Waits until the daemon has taken so many messages in all, replayed ones too, and has done what is due.
    pub async fn taken(&mut self, messages: usize) {
        self.sent = messages;
        soon("the messages", self.daemon.taken.wait_for(|taken| *taken >= messages))
            .await
            .expect("a consumer");
        self.quiet().await;
    }

    /// Moves the clock; returns when everything that is due by then has been done.
    pub async fn until(&self, at: &str) {
        let ahead = instant(at) - self.clock.now();
        assert!(ahead >= TimeDelta::zero(), "the clock only moves forward");
        self.pass(ahead).await;
    }

    /// The same by a span.
    pub async fn pass(&self, span: TimeDelta) {
        self.clock.advance(span);
        self.settled().await;
    }

    /// Sets Okta's clock ahead of ours.
    pub fn set_okta_ahead(&self, by: TimeDelta) {
        self.ahead.store(by.num_seconds(), Ordering::Relaxed);
    }

    /// Waits until nobody is due.
    pub async fn quiet(&self) {
        soon("quiet", self.daemon.engine.quiet()).await;
    }

    /// Waits until both sides have been read as lately as they should be, and nobody is due.
    async fn settled(&self) {
        self.listed().await;
        self.everybody_read().await;
        self.quiet().await;
    }

    /// Waits until the mirror is as young as it should be.
    async fn listed(&self) {
        let ledger = &self.daemon.engine.ledger;
        let young = |at: DateTime<Utc>| self.clock.now() < at + TimeDelta::hours(1);
        let listed = async {
            loop {
                let at = ledger.meta("listed").await.expect("a ledger");
                if at.is_some_and(|at| young(at.parse().expect("an instant"))) {
                    return;
                }
                breath().await;
            }
        };
        soon("the mirror", listed).await;
    }

    /// Waits until calls to Okta are stopped.
    pub async fn halted(&self) {
        let halted = async {
            while !self.daemon.engine.is_halted() {
                breath().await;
            }
        };
        soon("the halt", halted).await;
    }

    /// Lets time pass until calls go on again.
    pub async fn resumed(&self) {
        let resumed = async {
            while self.daemon.engine.is_halted() {
                self.tick().await;
            }
        };
        soon("the end of the halt", resumed).await;
    }

    /// Lets time pass until Okta has been probed once more.
    pub async fn probed(&self) {
        let count = || self.sandbox.calls().iter().filter(|call| call.path.ends_with("/me")).count();
        let before = count();
        let probe = async {
            while count() == before {
                self.tick().await;
            }
        };
        soon("a probe", probe).await;
    }

    /// Moves the clock to the next instant that somebody waits for. A probe under way waits for none, and time
    /// stands still until its answer is there.
    async fn tick(&self) {
        let now = self.clock.now();
        let soon = self.clock.next_awaited().filter(|at| *at > now && *at < now + TimeDelta::minutes(5));
        match soon {
            Some(at) => self.clock.advance(at - now),
            None => breath().await,
        }
    }

    /// From the next start on, the first run writes to Okta whatever it finds there.
    pub fn apply(&mut self) {
        self.ground.apply = true;
    }

    /// From the next start on, these rules are in force.
    pub fn set_rules(&mut self, rules: Rules) {
        self.ground.rules = Arc::new(rules);
    }

    /// As many calls in flight as there may be, until they are dropped.
    pub async fn busy(&self) -> Vec<Permit> {
        let (okta, mut calls) = (&self.daemon.engine.okta, Vec::new());
        while okta.slots_free() > 0 {
            let waiter = okta.admit(&Step::Deactivate, Urgency::Leaver, self.clock.now());
            calls.push(soon("a permit", waiter).await.expect("a budget"));
        }
        calls
    }

    /// The daemon is killed, whatever it is doing, and started again on the same ledger.
    pub async fn restart(&mut self) {
        self.kill().await;
        self.run().await;
    }

    /// The daemon is killed, whatever it is doing.
    pub async fn kill(&mut self) {
        self.daemon.kill().await;
    }

    /// It is started again on the same ledger.
    pub async fn run(&mut self) {
        self.daemon = Daemon::start(&self.ground).await;
        self.sent = 0;
        self.quiet().await;
    }

    /// The calls for people since the last time. Lists, probes and the schema, which are for nobody in particular,
    /// are left out.
    pub fn calls(&self) -> Vec<Call> {
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

    /// The id of whoever has this login.
    pub fn id(&self, login: &str) -> String {
        self.text(login, "id")
    }

    /// The status of whoever has this login.
    pub fn status(&self, login: &str) -> String {
        self.text(login, "status")
    }

    fn text(&self, login: &str, key: &str) -> String {
        let user =
            self.sandbox.user_by_login(login).unwrap_or_else(|| panic!("nobody has the login {login}"));
        user[key].as_str().expect("text").to_owned()
    }

    /// How many users the org has, the token's owner left out.
    pub fn users(&self) -> usize {
        self.sandbox.users().len() - 1
    }

    /// Where this daemon can be looked at.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.daemon.http.expect("a world with `http`"))
    }

    /// Stops everything in good order.
    pub async fn end(self) {
        self.daemon.end().await;
        if let Some(hr) = self.hr {
            hr.end().await;
        }
        self.publisher.close().await;
        self.sandbox.stop().await;
        drop(self.folder);
    }
}

fn instant_of(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// A call that asks whom the org trusts.
pub fn aside_for_trust(path: &str) -> bool {
    path.starts_with("/api/v1/iam/")
        || path.starts_with("/api/v1/groups")
        || path.starts_with("/api/v1/api-tokens")
        || path.ends_with("/roles")
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
