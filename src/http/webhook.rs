//! One webhook: is it Bob's, and has the broker got it?

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method};
use axum::routing::post;
use chrono::SecondsFormat;
use futures_util::StreamExt;
use secrecy::SecretString;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::refusal::Refusal;
use super::tally::{Held, Tally};
use crate::bob::Signature;
use crate::broker::{Outlet, Parcel};
use crate::engine::clock::Clock;

/// Where Bob is to send them.
pub(super) const PATH: &str = "/hooks/bob";
/// What Bob sends to see whether somebody is there, the second form where the first was not answered well.
const PINGS: [&[u8]; 2] = [b"Ping test", br#"{"text":"Ping test"}"#];
const SIGNATURE: &str = "bob-signature";

/// The largest body, in bytes; the daemon takes no larger message.
const LARGEST: usize = 256 * 1024;
/// The largest body that is read without further ado; Bob's are far smaller.
const SMALL: u64 = 16 * 1024;
/// How many larger ones, or such as do not say how large they are, are in hand at once.
const LARGE_ONES: usize = 16;
/// How long a larger one waits until it may come.
const PLACE: Duration = Duration::from_secs(2);
/// How long a body may take.
const BODY: Duration = Duration::from_secs(5);
/// How long an answer may take in all, longer than a place and a body take: Bob waits for 10 s.
const ANSWER: Duration = Duration::from_secs(8);
/// The longest type or employee id that is made a header, in bytes; AMQP allows a routing key no more.
const LONGEST: usize = 255;

struct Desk {
    secrets: Vec<SecretString>,
    clock: Clock,
    outlet: Outlet,
    large_ones: Semaphore,
    tally: Arc<Tally>,
}

/// The one path that there is, and refusals for all others.
pub(super) fn router(secrets: Vec<SecretString>, clock: Clock, outlet: Outlet, tally: Arc<Tally>) -> Router {
    let desk = Desk { secrets, clock, outlet, large_ones: Semaphore::new(LARGE_ONES), tally };
    let no_post = async |State(desk): State<Arc<Desk>>| {
        desk.tally.count(Refusal::Method);
        Refusal::Method
    };
    Router::new().route(PATH, post(receive).fallback(no_post)).fallback(elsewhere).with_state(Arc::new(desk))
}

/// Whoever only looks around is no webhook that was refused.
async fn elsewhere(State(desk): State<Arc<Desk>>, method: Method) -> Refusal {
    if method != Method::GET && method != Method::HEAD {
        desk.tally.count(Refusal::Path);
    }
    Refusal::Path
}

async fn receive(State(desk): State<Arc<Desk>>, request: Request) -> Result<(), Refusal> {
    let outcome = timeout(ANSWER, desk.take(request)).await.unwrap_or(Err(Refusal::Broker));
    outcome.inspect_err(|refusal| desk.tally.count(*refusal))
}

impl Desk {
    /// Nothing but the head is looked at before the signature holds.
    async fn take(&self, request: Request) -> Result<(), Refusal> {
        let length = request.body().size_hint().exact();
        if length.is_some_and(|length| length > LARGEST as u64) {
            return Err(Refusal::Size);
        }
        let (head, body) = request.into_parts();
        let Some(signature) = head.headers.get(SIGNATURE) else {
            return self.ping_only(length, body, Held::Missing, Refusal::Unsigned).await;
        };
        let Some(signature) = Signature::parse(signature.as_bytes()) else {
            return self.ping_only(length, body, Held::Wrong, Refusal::Signature).await;
        };
        let large = length.is_none_or(|length| length > SMALL);
        let place = if large { Some(timeout(PLACE, self.large_ones.acquire()).await) } else { None };
        let _place = place.transpose().map_err(|_| Refusal::Busy)?;
        let body = read(body, LARGEST).await?;
        let holds = signature.holds(&self.secrets, &body);
        if is_ping(&body) {
            self.tally.ping(if holds { Held::Yes } else { Held::Wrong });
            return Ok(());
        }
        if !holds {
            return Err(Refusal::Signature);
        }
        if !may_be_json(&head.headers) {
            return Err(Refusal::ContentType);
        }
        let parcel = self.parcel(body)?;
        // Why it failed the outlet has said, once.
        self.outlet.publish(parcel).await.map_err(|_| Refusal::Broker)
    }

    /// What is signed with nothing that could be right may be a ping all the same, and no more of it is read than
    /// the longest of them has.
    async fn ping_only(
        &self,
        length: Option<u64>,
        body: Body,
        held: Held,
        refusal: Refusal,
    ) -> Result<(), Refusal> {
        let longest = PINGS[1].len();
        if length.is_some_and(|length| length > longest as u64) {
            return Err(refusal);
        }
        match read(body, longest).await {
            Ok(body) if is_ping(&body) => {
                self.tally.ping(held);
                Ok(())
            }
            Ok(_) | Err(Refusal::Size) => Err(refusal),
            Err(other) => Err(other),
        }
    }

    fn parcel(&self, body: Vec<u8>) -> Result<Parcel, Refusal> {
        let message: Map<String, Value> = serde_json::from_slice(&body)
            .map_err(|error| Refusal::NoObject { line: error.line(), column: error.column() })?;
        let kind = message.get("type").and_then(text);
        // Bob API: v2 names the employee in its data, v1 beside it.
        let under = |parent, key| message.get(parent).and_then(|parent| parent.get(key)).and_then(text);
        let employee = under("data", "employeeId").or_else(|| under("employee", "id"));
        let received = self.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let routing_key = kind.clone().unwrap_or_else(|| "unknown".into());
        let headers = [("type", kind), ("employee-id", employee), ("received-at", Some(received))];
        let headers: BTreeMap<_, _> =
            headers.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        Ok(Parcel { routing_key, body, headers })
    }
}

/// Bob pings when the webhook is made, and shows its secret only then. A ping does nothing, so it needs none.
fn is_ping(body: &[u8]) -> bool {
    PINGS.contains(&body)
}

async fn read(body: Body, largest: usize) -> Result<Vec<u8>, Refusal> {
    let mut chunks = body.into_data_stream();
    let whole = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Refusal::CutOff)?;
            if bytes.len() + chunk.len() > largest {
                return Err(Refusal::Size);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    timeout(BODY, whole).await.unwrap_or(Err(Refusal::Slow))
}

/// A missing content type says nothing against it.
fn may_be_json(headers: &HeaderMap) -> bool {
    let Some(given) = headers.get(CONTENT_TYPE) else { return true };
    let kind = given.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    kind == "application/json" || kind.ends_with("+json")
}

/// A text, or a number as a text, if it is short enough for a header.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (text.len() <= LONGEST).then_some(text)
}
