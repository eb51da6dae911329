//! The Okta double, asked over real HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::DateTime;
use okta_provisioner::sandbox::{Options, Sandbox};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use serde_json::{Value, json};

mod bob;
mod control;
mod credentials;
mod delays;
mod groups;
mod limits;
mod lists;
mod profiles;
mod schema;
mod states;
mod tokens;

/// 2026-11-23T08:00:00Z
const START: i64 = 1_795_420_800;
const TOKEN: &str = "00sandbox";

/// A sandbox, a client that has its token, and a clock that stands still until told.
struct Org {
    sandbox: Sandbox,
    http: Client,
    clock: Arc<AtomicI64>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Org {
    async fn start() -> Self {
        Self::with_limit(100_000).await
    }

    async fn with_limit(limit: u32) -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        let hands = Arc::clone(&clock);
        let now = move || DateTime::from_timestamp(hands.load(Ordering::Relaxed), 0).expect("a time");
        let options = Options { limit, ..Options::new(TOKEN, Arc::new(now)) };
        let sandbox = Sandbox::start(options).await.expect("a free port");
        let http = Client::builder().no_proxy().build().expect("a client");
        Self { sandbox, http, clock }
    }

    fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    /// A call with the token; `path` is what follows `/api/v1`. `Err` when the connection broke.
    async fn try_call(&self, method: &str, path: &str, body: Value) -> Result<Answer, reqwest::Error> {
        self.send(TOKEN, method, path, body).await
    }

    /// The same with another token.
    async fn call_as(&self, token: &str, method: &str, path: &str) -> Answer {
        self.send(token, method, path, Value::Null).await.expect("an answer")
    }

    async fn send(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Value,
    ) -> Result<Answer, reqwest::Error> {
        let method: Method = method.parse().expect("a method");
        let url = format!("{}/api/v1{path}", self.sandbox.url());
        let mut request = self.http.request(method, url).header("authorization", format!("SSWS {token}"));
        request = if body.is_null() { request.header("content-length", "0") } else { request.json(&body) };
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = serde_json::from_str(&response.text().await?).unwrap_or(Value::Null);
        Ok(Answer { status, headers, body })
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.try_call(method, path, body).await.expect("an answer")
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Value::Null).await
    }

    async fn post(&self, path: &str) -> Answer {
        self.call("POST", path, Value::Null).await
    }

    async fn create(&self, login: &str) -> String {
        let answer = self.call("POST", "/users", json!({ "profile": person(login) })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        text(&answer.body["id"])
    }

    /// The status of the account as Okta tells it.
    async fn status(&self, id: &str) -> String {
        text(&self.get(&format!("/users/{id}")).await.body["status"])
    }
}

impl Answer {
    fn number(&self, header: &str) -> i64 {
        self.headers[header].to_str().expect("ASCII").parse().expect("a number")
    }

    /// Error code, summary and causes.
    fn error(&self) -> (u16, &str, &str, Vec<&str>) {
        let text = |key: &str| self.body[key].as_str().unwrap_or_default();
        let causes = self.body["errorCauses"].as_array().map(Vec::as_slice).unwrap_or_default();
        let causes = causes.iter().map(|cause| cause["errorSummary"].as_str().unwrap_or_default()).collect();
        (self.status, text("errorCode"), text("errorSummary"), causes)
    }
}

fn person(login: &str) -> Value {
    json!({ "login": login, "email": login, "firstName": "Ann", "lastName": "Smith" })
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

#[tokio::test]
async fn the_life_of_a_user() {
    let org = Org::start().await;
    let created = org.call("POST", "/users?activate=false", json!({ "profile": person("ann@x.com") })).await;
    assert_eq!(created.status, 200);
    assert_eq!(created.body["status"], "STAGED");
    assert_eq!(created.body["activated"], Value::Null);
    assert_eq!(created.body["created"], "2026-11-23T08:00:00.000Z");
    assert_eq!(created.body["profile"]["mobilePhone"], Value::Null);
    assert!(created.body["profile"].get("title").is_none());
    let id = text(&created.body["id"]);
    assert_eq!(id.len(), 20);

    org.advance(10);
    let activated = org.post(&format!("/users/{id}/lifecycle/activate")).await;
    assert_eq!((activated.status, &activated.body), (200, &json!({})));
    let shown = org.get("/users/Ann@X.com").await.body;
    assert_eq!(shown["status"], "PROVISIONED");
    assert_eq!(shown["activated"], "2026-11-23T08:00:10.000Z");
    assert_eq!(shown["statusChanged"], shown["lastUpdated"]);

    org.sandbox.set_status(&id, "ACTIVE");
    for (call, becomes) in [
        ("lifecycle/suspend", "SUSPENDED"),
        ("lifecycle/unsuspend", "ACTIVE"),
        ("lifecycle/deactivate", "DEPROVISIONED"),
        ("lifecycle/activate?sendEmail=false", "PROVISIONED"),
        ("lifecycle/deactivate", "DEPROVISIONED"),
    ] {
        let answer = org.post(&format!("/users/{id}/{call}")).await;
        assert_eq!(answer.status, 200, "{call}: {}", answer.body);
        assert_eq!(answer.body.get("activationUrl").is_some(), call.contains("sendEmail=false"));
        assert_eq!(org.status(&id).await, becomes, "after {call}");
    }
    let deleted = org.call("DELETE", &format!("/users/{id}"), Value::Null).await;
    assert_eq!((deleted.status, deleted.body), (204, Value::Null));
    assert_eq!(org.get(&format!("/users/{id}")).await.status, 404);
    org.create("ann@x.com").await;
}

#[tokio::test]
async fn every_call_is_recorded_and_can_be_waited_for() {
    let org = Org::start().await;
    // The longer patience is never needed: the calls themselves end the wait.
    let waiting =
        tokio::time::timeout(Duration::from_secs(10), org.sandbox.calls_when(2, Duration::from_mins(10)));
    let (waited, ()) = tokio::join!(waiting, async {
        org.get("/users/me?expand=x").await;
        org.call("POST", "/users", json!({ "profile": person("ann@x.com") })).await;
    });
    let waited = waited.expect("the wait ends with the second call");
    let seen: Vec<_> =
        waited.iter().map(|call| (call.method.as_str(), call.path.as_str(), call.status)).collect();
    assert_eq!(seen, [("GET", "/api/v1/users/me?expand=x", 200), ("POST", "/api/v1/users", 200)]);
    assert_eq!(waited[1].body, json!({ "profile": person("ann@x.com") }));
    assert_eq!(waited[0].header("authorization"), Some("SSWS"));
    assert_eq!(waited[1].header("content-type"), Some("application/json"));
    assert!(!format!("{waited:?}").contains(TOKEN));

    assert_eq!(org.sandbox.take_calls(), waited);
    let (sender, mut arrivals) = tokio::sync::mpsc::unbounded_channel();
    org.sandbox.on_call(Arc::new(move |call| sender.send(call.path.clone()).expect("a listener")));
    org.sandbox.record(false);
    org.get("/users/ann@x.com").await;
    assert_eq!(arrivals.recv().await.as_deref(), Some("/api/v1/users/ann@x.com"));
    assert_eq!(org.sandbox.calls(), []);
}

#[tokio::test]
async fn stopping_frees_the_port() {
    let org = Org::start().await;
    org.get("/users/me").await;
    let addr = org.sandbox.url().replace("http://", "");
    org.sandbox.stop().await;
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}
