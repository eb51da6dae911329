//! The double of Bob, asked over real HTTP, with a receiver for its webhooks.

use std::sync::atomic::{AtomicI64, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap as Head, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use okta_provisioner::sandbox::bob::Webhook;
use okta_provisioner::sandbox::{Bob, BobOptions};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::Answer;

mod api;
mod control;
mod gate;
mod midnight;
mod shapes;
mod webhooks;

const USER: &str = "SERVICE-1";
const TOKEN: &str = "bobs-token";
const SECRET: &str = "test-secret";

/// A double of Bob, a client of its service user, a receiver, and a clock that stands still until told.
struct Hr {
    bob: Bob,
    http: Client,
    clock: Arc<AtomicI64>,
    receiver: Arc<Receiver>,
}

/// Takes webhooks, and answers each with the status set.
#[derive(Default)]
struct Receiver {
    status: AtomicU16,
    bodies: Mutex<Vec<(Head, String)>>,
    came: Notify,
}

impl Hr {
    /// On 2026-11-23 at 08:00 UTC.
    async fn start() -> Self {
        Self::at("2026-11-23T08:00:00Z").await
    }

    async fn at(time: &str) -> Self {
        let start: DateTime<Utc> = time.parse().expect("a time");
        let clock = Arc::new(AtomicI64::new(start.timestamp()));
        let hands = Arc::clone(&clock);
        let now = move || DateTime::from_timestamp(hands.load(Ordering::Relaxed), 0).expect("a time");
        let receiver = Arc::new(Receiver { status: AtomicU16::new(200), ..Receiver::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/hooks/bob", listener.local_addr().expect("an address"));
        let service = Router::new().fallback(take).with_state(Arc::clone(&receiver));
        tokio::spawn(axum::serve(listener, service).into_future());
        let webhook = Some(Webhook { url, secret: SECRET.into() });
        let options = BobOptions { webhook, ..BobOptions::new(USER, TOKEN, Arc::new(now)) };
        let bob = Bob::start(options).await.expect("a free port");
        let http = Client::builder().no_proxy().build().expect("a client");
        Self { bob, http, clock, receiver }
    }

    fn advance(&self, span: TimeDelta) {
        self.clock.fetch_add(span.num_seconds(), Ordering::Relaxed);
    }

    fn to(&self, time: &str) {
        let time: DateTime<Utc> = time.parse().expect("a time");
        self.clock.store(time.timestamp(), Ordering::Relaxed);
    }

    /// Lets happen what is due, and gives the types of the webhooks that came, with their times.
    async fn told(&self) -> Vec<(String, String)> {
        self.bob.deliver().await;
        let told = self.receiver.take().into_iter();
        told.map(|body| (text(&body["type"]), text(&body["triggeredAt"]))).collect()
    }

    /// The same, only the types.
    async fn kinds(&self) -> Vec<String> {
        self.told().await.into_iter().map(|(kind, _)| kind).collect()
    }

    async fn send(&self, token: &str, method: &str, path: &str, body: Value) -> reqwest::Result<Answer> {
        let method: Method = method.parse().expect("a method");
        let request = self.http.request(method, format!("{}{path}", self.bob.url()));
        let request = request.basic_auth(USER, Some(token));
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = serde_json::from_str(&response.text().await?).unwrap_or(Value::Null);
        Ok(Answer { status, headers, body })
    }

    /// A call of the service user; `path` is what follows `/v1`.
    async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send(TOKEN, method, path, body).await.expect("an answer")
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Value::Null).await
    }

    /// These fields of one person, in the machine's form.
    async fn read(&self, who: &str, fields: &[&str]) -> Value {
        let answer = self.call("POST", &format!("/people/{who}"), json!({ "fields": fields })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// Lifecycle status, and whether Bob lets them in.
    async fn standing(&self, who: &str) -> (Value, Value) {
        let read = self.read(who, &["internal.lifecycleStatus", "internal.status"]).await;
        (read["internal"]["lifecycleStatus"].clone(), read["internal"]["status"].clone())
    }

    /// The ids that a search finds.
    async fn search(&self, body: Value) -> Vec<String> {
        let answer = self.call("POST", "/people/search", body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["employees"].as_array().expect("people").iter().map(|one| text(&one["id"])).collect()
    }
}

impl Receiver {
    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    fn take_raw(&self) -> Vec<(Head, String)> {
        std::mem::take(&mut self.bodies.lock().expect("the bodies"))
    }

    fn take(&self) -> Vec<Value> {
        let raw = self.take_raw().into_iter();
        raw.map(|(_, body)| serde_json::from_str(&body).expect("JSON")).collect()
    }
}

async fn take(State(receiver): State<Arc<Receiver>>, head: Head, body: Bytes) -> StatusCode {
    let body = String::from_utf8(body.to_vec()).expect("UTF-8");
    receiver.bodies.lock().expect("the bodies").push((head, body));
    receiver.came.notify_one();
    StatusCode::from_u16(receiver.status.load(Ordering::Relaxed)).expect("a status")
}

fn ann() -> Value {
    json!({ "root.email": "ann@x.example", "root.firstName": "Ann", "root.surname": "Smith" })
}

fn at_site(name: &str, site: &str) -> Value {
    json!({ "root.email": format!("{name}@x.example"), "root.firstName": name, "work.site": site })
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
