//! Bob's own calls of the sandbox, below `/sandbox` on Bob's port, guarded as the Okta double's are.
//!
//! - `POST /sandbox/hr` an [`Act`] → `{"id"}`; `GET /sandbox/hr` everybody in short, `GET /sandbox/hr/{id or
//!   email}` one record in full
//! - `POST /sandbox/acts` acts with their times, one a line → `{"acts"}`
//! - `GET /sandbox/webhooks` what was sent and how it fared; `POST` `{"url", "secret"}` connects a receiver, and
//!   pings it → `{"answers"}`, the status of each form of the ping
//! - `calls`, `faults` and `switches` as the Okta double has them

use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::sandbox::control::{Bad, bad, guarded, shared, switches, turned, unknown};
use crate::sandbox::request::Request;

use super::act::Act;
use super::company::{Company, display_name};
use super::person::Person;
use super::post::{Delivery, Webhook};
use super::record::Record;
use super::server::Server;
use super::shape::put;

/// Faults that nothing at Bob corresponds to.
const OKTAS: [&str; 3] = ["hide_new_users", "transitions_take", "concurrency_limit"];

pub(super) async fn answer(server: &Arc<Server>, request: &Request) -> Response<Body> {
    let connecting = request.method == "POST" && request.path.get(1).is_some_and(|part| part == "webhooks");
    let response = guarded(request, |path| carry_out(server, request, path));
    if !connecting || !response.status().is_success() {
        return response;
    }
    let answers = server.ping().await;
    guarded(request, |_| Ok(json!({ "answers": answers })))
}

fn carry_out(server: &Server, request: &Request, path: &[&str]) -> Result<Value, Bad> {
    let body = request.body.clone().unwrap_or_default();
    if path == ["faults"] && body["fault"].as_str().is_some_and(|fault| OKTAS.contains(&fault)) {
        return Err(bad(format!("Bob knows no {}", body["fault"])));
    }
    if let Some(done) = shared(request, path, &server.calls, &server.faults) {
        return done;
    }
    let now = (server.clock)();
    let mut world = server.world();
    match (request.method.as_str(), path) {
        ("POST", ["hr"]) => {
            let act = Act::deserialize(&body).map_err(|error| bad(error.to_string()))?;
            world.perform(act, now).map(|id| json!({ "id": id })).map_err(bad)
        }
        ("GET", ["hr"]) => {
            let company = &world.company;
            Ok(company.people().map(|person| in_short(company, person, now)).collect())
        }
        ("GET", ["hr", key]) => {
            let company = &world.company;
            let person = company.find(key).ok_or_else(|| bad(format!("there is no employee {key}")))?;
            Ok(in_full(company, person, now))
        }
        ("POST", ["acts"]) => {
            let added = world.script.add(&lines(request)).map_err(bad)?;
            Ok(json!({ "acts": added }))
        }
        ("GET", ["webhooks"]) => Ok(world.post.deliveries.iter().map(sent).collect()),
        ("POST", ["webhooks"]) => {
            let text = |key: &str| body[key].as_str().map(str::to_owned);
            let missing = || bad("a webhook has a `url` and a `secret`");
            let (url, secret) = text("url").zip(text("secret")).ok_or_else(missing)?;
            world.post.webhook = Some(Webhook { url, secret });
            Ok(Value::Null)
        }
        ("GET", ["switches"]) => Ok(switches(world.company.switches.all())),
        ("PATCH", ["switches"]) => {
            world.company.switches = turned(world.company.switches, &body)?;
            Ok(switches(world.company.switches.all()))
        }
        _ => Err(unknown()),
    }
}

/// The body as text: of one line it was read as JSON.
fn lines(request: &Request) -> String {
    match &request.body {
        Some(body) => body.to_string(),
        None => request.raw_body.clone(),
    }
}

fn in_short(company: &Company, person: &Person, now: DateTime<Utc>) -> Value {
    let standing = company.standing(person, now);
    json!({
        "id": person.id,
        "email": person.text("root.email"),
        "displayName": display_name(person),
        "site": standing.site.name,
        "status": standing.status,
        "startDate": standing.starts,
    })
}

/// Every field that has a value.
pub(super) fn in_full(company: &Company, person: &Person, now: DateTime<Utc>) -> Value {
    let record = Record::new(company, person, now);
    let mut shown = Map::new();
    for field in &company.fields {
        put(&mut shown, field.path(), record.value(field));
    }
    Value::Object(shown)
}

fn sent(delivery: &Delivery) -> Value {
    let Delivery { employee, kind, at, body, attempts, fate, .. } = delivery;
    let attempts: Vec<Value> =
        attempts.iter().map(|(at, status)| json!({ "at": at, "status": status })).collect();
    let fate = format!("{fate:?}");
    json!({ "employee": employee, "type": kind, "at": at, "body": body, "attempts": attempts, "fate": fate })
}
