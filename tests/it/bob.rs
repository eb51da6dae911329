//! Bob's client over a real socket, against a server that follows a script.

#[path = "bob/everybody.rs"]
mod everybody;
#[path = "bob/limits.rs"]
mod limits;
#[path = "bob/metadata.rs"]
mod metadata;
#[path = "bob/reads.rs"]
mod reads;
#[path = "bob/samples.rs"]
mod samples;
#[path = "bob/transport.rs"]
mod transport;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use okta_provisioner::bob::{Client, Options, SetupError};
use okta_provisioner::domain::facts::Tracked;

use super::support::server::{Says, Server};

const USER: &str = "SERVICE-7";
const TOKEN: &str = "canary-Token_1234";

fn start() -> DateTime<Utc> {
    "2026-03-09T14:10:00Z".parse().unwrap()
}

/// A clock that stands still until it is moved.
#[derive(Clone, Default)]
struct Clock(Arc<AtomicI64>);

impl Clock {
    fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }

    fn now(&self) -> DateTime<Utc> {
        start() + TimeDelta::milliseconds(self.0.load(Ordering::SeqCst))
    }
}

fn tracked() -> Tracked {
    ["root.email", "work.title", "work.reportsTo.displayName", "internal.terminationDate"]
        .map(str::to_owned)
        .into()
}

fn options(origin: &str, clock: &Clock) -> Options {
    let clock = clock.clone();
    Options {
        base_url: format!("{origin}/v1").parse().unwrap(),
        user: USER.to_owned(),
        token: TOKEN.into(),
        fields: tracked(),
        timeout: Duration::from_secs(5),
        now: Arc::new(move || clock.now()),
    }
}

fn client(origin: &str) -> Client {
    Client::new(options(origin, &Clock::default())).unwrap()
}

fn ok(body: &serde_json::Value) -> Says {
    Says(200, vec![], body.to_string())
}

/// The answer of a company that has fields, none of them a list.
fn fields() -> Says {
    let fields = ["root.email", "work.title", "work.reportsTo", "internal.terminationDate"];
    ok(&fields.map(|id| serde_json::json!({"id": id, "type": "text", "typeData": {}})).into_iter().collect())
}

/// A server that tells the fields first, then what is given.
async fn server(says: impl IntoIterator<Item = Says>) -> Server {
    Server::start([fields()].into_iter().chain(says)).await
}

#[test]
fn a_client_is_not_made_of_nonsense() {
    let made = |change: fn(&mut Options)| {
        let mut options = options("https://api.example", &Clock::default());
        change(&mut options);
        Client::new(options).unwrap_err()
    };
    assert!(matches!(made(|o| o.user = String::new()), SetupError::User(_)));
    assert!(matches!(made(|o| o.user = "a:b".into()), SetupError::User(_)));
    assert!(matches!(made(|o| o.token = "".into()), SetupError::Token(_)));
    assert!(matches!(
        made(|o| o.fields = (0..400).map(|n| format!("a.{n}")).collect()),
        SetupError::Fields(400)
    ));
    let error = made(|o| o.token = "canary\n".into());
    assert!(!format!("{error:?} {error}").contains("canary"));
}
