//! HR's side of a world: a Bob that can be driven and read, and the receiver of its webhooks.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{NaiveTime, TimeDelta};
use hmac::{Hmac, KeyInit, Mac};
use okta_provisioner::bob;
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::engine::{Daily, Hr, Outcome};
use okta_provisioner::http::{Options, serve};
use okta_provisioner::ledger::{Verb, Wish};
use okta_provisioner::sandbox::{Act, Bob, BobOptions, Fate, Webhook};
use serde_json::{Value, json};
use sha2::Sha512;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::World;
use super::daemon::Ground;
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::rabbit::{self, Rabbit};
use crate::support::{breath, soon};

const USER: &str = "SERVICE-1";
const TOKEN: &str = "bobTokenOfTheTests";
const SECRET: &str = "webhookSecretOfTheTests";

/// A running Bob, and where its webhooks come to.
pub struct Side {
    pub bob: Bob,
    hook: String,
    /// The receiver's way to the broker.
    way: ChaosProxy,
    receiver: JoinHandle<()>,
    stop: CancellationToken,
    /// Seconds by which Bob's clock is ahead of ours.
    ahead: Arc<AtomicI64>,
    /// How many webhooks have been taken so far.
    taken: usize,
}

impl Side {
    pub async fn start(rabbit: &Rabbit, clock: &Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let hook = format!("http://{}/hooks/bob", listener.local_addr().expect("its address"));
        let webhook = Webhook { url: hook.clone(), secret: SECRET.into() };
        let ahead = Arc::new(AtomicI64::new(0));
        let (ours, lead) = (clock.clone(), Arc::clone(&ahead));
        let bobs = Arc::new(move || ours.now() + TimeDelta::seconds(lead.load(Ordering::Relaxed)));
        let options = BobOptions { webhook: Some(webhook), ..BobOptions::new(USER, TOKEN, bobs) };
        let bob = Bob::start(options).await.expect("a free port");
        let secrets = vec![SECRET.into()];
        let way = ChaosProxy::start(&rabbit::address()).await;
        let options =
            Options { secrets, broker: rabbit.via(way.address()), watched: None, clock: clock.clone() };
        let stop = CancellationToken::new();
        let receiver = tokio::spawn(serve(listener, options, stop.clone()));
        Self { bob, hook, way, receiver, stop, ahead, taken: 0 }
    }

    pub async fn end(self) {
        self.stop.cancel();
        soon("the end of the receiver", self.receiver).await.expect("no panic");
        self.bob.stop().await;
    }
}

/// What a daemon needs to read HR.
pub fn reads(ground: &Ground) -> Option<Hr> {
    let options = bob::Options {
        base_url: ground.bob.as_ref()?.parse().expect("an address"),
        user: USER.into(),
        token: TOKEN.into(),
        fields: ground.rules.tracked(),
        timeout: Duration::from_secs(30),
        now: ground.clock.as_fn(),
    };
    Some(Hr {
        bob: bob::Client::new(options).expect("a client"),
        settle: TimeDelta::seconds(25),
        patience: TimeDelta::minutes(15),
        daily: daily(),
    })
}

/// Far from midnight, when people start and leave.
fn daily() -> Daily {
    Daily { at: NaiveTime::from_hms_opt(12, 0, 0).expect("a time"), zone: chrono_tz::UTC }
}

impl World {
    /// HR.
    pub fn bob(&self) -> &Bob {
        &self.hr.as_ref().expect("a world with a Bob").bob
    }

    /// Sets our clock wrong by this span: everybody else's goes on.
    pub fn set_clock(&self, by: TimeDelta) {
        let bob = &self.hr.as_ref().expect("a world with a Bob").ahead;
        for clock in [bob, &self.ahead] {
            clock.fetch_sub(by.num_seconds(), Ordering::Relaxed);
        }
        self.clock.advance(by);
    }

    /// HR hires somebody under this id.
    pub fn hire(&self, id: &str, start: &str, fields: &Value) {
        let fields = fields.as_object().expect("fields are an object").clone();
        let start = Some(start.parse().expect("a day"));
        self.bob().act(Act::Hire { id: Some(id.into()), start, fields }).expect("somebody who can be hired");
    }

    /// Lets Bob tell what happened; returns when everything that is due because of it has been done.
    pub async fn deliver(&mut self) {
        self.tell_all().await;
        self.quiet().await;
    }

    /// The same, up to the ledger.
    pub async fn tell_all(&mut self) {
        let hr = self.hr.as_mut().expect("a world with a Bob");
        hr.bob.deliver().await;
        let taken = hr.bob.webhooks().iter().filter(|webhook| webhook.fate == Fate::Taken).count();
        self.sent += taken - hr.taken;
        hr.taken = taken;
        let sent = self.sent;
        soon("the webhooks", self.daemon.taken.wait_for(|taken| *taken >= sent)).await.expect("a consumer");
    }

    /// Moves both clocks by a span, with what Bob tells by then.
    pub async fn go(&mut self, span: TimeDelta) {
        self.clock.advance(span);
        self.tell_all().await;
        self.settled().await;
    }

    /// The same up to an instant.
    pub async fn go_until(&mut self, at: &str) {
        let ahead = super::instant(at) - self.clock.now();
        self.go(ahead).await;
    }

    /// The receiver loses the broker.
    pub async fn broker_away(&self) {
        self.hr.as_ref().expect("a world with a Bob").way.block().await;
    }

    /// And finds it again.
    pub async fn broker_back(&mut self) {
        self.hr.as_ref().expect("a world with a Bob").way.restore();
        self.connected().await;
    }

    /// An operator says that HR can be read again; returns when whoever was to be read has been.
    pub async fn retry_reading(&self) {
        let wish = Wish { verb: Verb::Retry, employee: None, argument: None, operator: None };
        wish.leave(&self.ground.ledger, self.clock.now()).expect("a ledger that can be written");
        let resumed = async {
            while self.count("bob.resumed") == 0 {
                breath().await;
            }
        };
        soon("the wish", resumed).await;
        self.quiet().await;
    }

    /// The calls to Bob since the last time that are for somebody: `person ID`, or `people` and the ids.
    pub fn bob_calls(&self) -> Vec<String> {
        let Some(hr) = &self.hr else { return Vec::new() };
        let calls = hr.bob.take_calls().into_iter();
        let told = |path: &str, body: &Value| {
            if path != "/v1/people/search" {
                return path.strip_prefix("/v1/people/").map(|id| format!("person {id}"));
            }
            let mut ids: Vec<&str> =
                body["filters"][0]["values"].as_array()?.iter().filter_map(Value::as_str).collect();
            ids.sort_unstable();
            Some(format!("people {}", ids.join(" ")))
        };
        calls.filter_map(|call| told(&call.path, &call.body)).collect()
    }

    /// Waits until the receiver has found the broker.
    pub(super) async fn connected(&mut self) {
        let Some(hr) = &self.hr else { return };
        // Of a type that is set aside: it leaves no trace with anybody.
        let body = json!({"type": "task.done", "version": "v2", "triggeredAt": "2026-01-01T00:00:00",
            "data": {"employeeId": "0"}})
        .to_string();
        let mac = Hmac::<Sha512>::new_from_slice(SECRET.as_bytes()).expect("a key").chain_update(&body);
        let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let taken = async {
            loop {
                let post = http.post(&hr.hook).header("content-type", "application/json");
                let answer = post.header("Bob-Signature", &signature).body(body.clone()).send().await;
                if answer.is_ok_and(|answer| answer.status().is_success()) {
                    return;
                }
                breath().await;
            }
        };
        soon("the receiver", taken).await;
        self.sent += 1;
        let sent = self.sent;
        soon("a webhook", self.daemon.taken.wait_for(|taken| *taken >= sent)).await.expect("a consumer");
    }

    /// Waits until everybody has been read from HR as lately as they should be.
    pub(super) async fn everybody_read(&self) {
        if self.hr.is_none() {
            return;
        }
        let ledger = &self.daemon.engine.ledger;
        let read = async {
            loop {
                let last = ledger.meta("synced").await.expect("a ledger");
                let last = last.map(|text| serde_json::from_str::<Outcome>(&text).expect("an outcome"));
                if last.is_some_and(|last| daily().after(last.began, &self.ground.org) > self.clock.now()) {
                    return;
                }
                breath().await;
            }
        };
        soon("everybody", read).await;
    }
}
