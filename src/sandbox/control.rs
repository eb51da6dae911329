//! The sandbox's own calls, for programs that are not written in Rust: below `/sandbox` on the same port,
//! without a token, and from this machine only.
//!
//! - `GET /sandbox/calls` → `[{"method", "path", "body", "status", "headers"}]`; `DELETE` forgets them
//! - `POST /sandbox/faults` orders a fault, [`Order`]; `DELETE` takes back all
//! - `GET /sandbox/switches` → `[{"name", "value", "decides", "unknown"}]`; `PATCH` `{"name": true}`
//! - `POST /sandbox/users` `{"profile", "status"}` plants a user, unchecked → `{"id"}`
//! - `PUT /sandbox/users/{id}/status` `{"status"}`, `DELETE /sandbox/users/{id}`: what an admin does by hand

use std::time::Duration;

use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::calls::Call;
use super::faults::Fault;
use super::request::Request;
use super::server::Server;
use super::user::Status;

/// A fault as it is ordered over HTTP.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    /// `status`, `html`, `drop`, `delay`, `truncated`, `empty`, `bad_gzip`, `torn`, `rate_limit`,
    /// `concurrency_limit`; or what holds until all is taken back: `down`, `search_lag`, `hide_new_users`,
    /// `transitions_take`, `random`.
    fault: String,
    /// The status of `status` and `html`.
    status: Option<u16>,
    /// For `status`, `html` and `drop`: the call is carried out all the same.
    #[serde(default)]
    after: bool,
    /// How many calls fail.
    #[serde(default = "once")]
    times: usize,
    /// Only calls with this method.
    #[serde(default)]
    method: String,
    /// Only calls whose path, with its query, begins like that.
    #[serde(default)]
    path: String,
    /// How long, of `delay` and of what takes its time.
    #[serde(default)]
    ms: u64,
    /// In place of `ms`, how many GETs do not find a new user.
    #[serde(default)]
    gets: u32,
    /// The share of calls that fail at random, 0 to 1.
    #[serde(default)]
    rate: f64,
    #[serde(default)]
    seed: u64,
}

fn once() -> usize {
    1
}

/// A bad order: what is wrong with it.
struct Bad(StatusCode, String);

fn bad(why: impl Into<String>) -> Bad {
    Bad(StatusCode::BAD_REQUEST, why.into())
}

pub(super) fn answer(server: &Server, request: &Request) -> Response<Body> {
    let path: Vec<&str> = request.path.iter().skip(1).map(String::as_str).collect();
    let (status, body) = match carry_out(server, request, &path) {
        Ok(Value::Null) => (StatusCode::NO_CONTENT, Body::empty()),
        Ok(body) => (StatusCode::OK, Body::from(body.to_string())),
        Err(Bad(status, why)) => (status, Body::from(json!({ "error": why }).to_string())),
    };
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    response.body(body).unwrap_or_default()
}

fn carry_out(server: &Server, request: &Request, path: &[&str]) -> Result<Value, Bad> {
    let body = request.body.clone().unwrap_or_default();
    let now = server.now();
    match (request.method.as_str(), path) {
        ("GET", ["calls"]) => Ok(server.record.all().iter().map(shown).collect()),
        ("DELETE", ["calls"]) => {
            server.record.take();
            Ok(Value::Null)
        }
        ("POST", ["faults"]) => order(server, body),
        ("DELETE", ["faults"]) => {
            server.faults.clear();
            Ok(Value::Null)
        }
        ("GET", ["switches"]) => Ok(switches(server)),
        ("PATCH", ["switches"]) => {
            let wanted: Map<String, Value> =
                serde_json::from_value(body).map_err(|error| bad(error.to_string()))?;
            for (name, value) in &wanted {
                let on = value.as_bool().ok_or_else(|| bad(format!("{name} is true or false")))?;
                if !server.world().directory.switches.set_named(name, on) {
                    return Err(bad(format!("there is no switch {name}")));
                }
            }
            Ok(switches(server))
        }
        ("POST", ["users"]) => {
            let profile = body["profile"].as_object().ok_or_else(|| bad("a user has a profile"))?;
            let planted = server.world().directory.plant_as(profile.clone(), status(&body)?, now);
            planted.map(|id| json!({ "id": id })).map_err(|refusal| bad(refusal.summary))
        }
        ("PUT", ["users", id, "status"]) => {
            let done = server.world().directory.set_status(id, status(&body)?, now);
            done.map(|()| Value::Null).map_err(|refusal| bad(refusal.summary))
        }
        ("DELETE", ["users", id]) => {
            let done = server.world().directory.remove(id, now);
            done.map(|()| Value::Null).map_err(|refusal| bad(refusal.summary))
        }
        _ => Err(Bad(StatusCode::NOT_FOUND, "there is no such call of the sandbox's own".into())),
    }
}

fn order(server: &Server, body: Value) -> Result<Value, Bad> {
    let order: Order = serde_json::from_value(body).map_err(|error| bad(error.to_string()))?;
    let faults = &server.faults;
    let span = Duration::from_millis(order.ms);
    let status = order.status.unwrap_or(if order.fault == "html" { 502 } else { 500 });
    if !(200..600).contains(&status) {
        return Err(bad("the status is one from 200 to 599"));
    }
    let fault = match (order.fault.as_str(), order.after) {
        ("status", false) => Fault::Status(status),
        ("status", true) => Fault::StatusAfter(status),
        ("html", false) => Fault::Html(status),
        ("html", true) => Fault::HtmlAfter(status),
        ("drop", false) => Fault::Dropped,
        ("drop", true) => Fault::ReplyLost,
        ("delay", _) => Fault::Delay(span),
        ("truncated", _) => Fault::Truncated,
        ("empty", _) => Fault::Empty,
        ("bad_gzip", _) => Fault::BadGzip,
        ("torn", _) => Fault::Torn,
        ("rate_limit", _) => Fault::RateLimit,
        ("concurrency_limit", _) => Fault::ConcurrencyLimit,
        (standing, after) => {
            match standing {
                "down" => faults.down(true),
                "search_lag" => faults.search_lag(span),
                "hide_new_users" if order.gets > 0 => faults.hide_new_users_from(order.gets),
                "hide_new_users" => faults.hide_new_users(span),
                "transitions_take" => faults.transitions_take(span),
                "random" => faults.random(order.seed, order.rate, after),
                other => return Err(bad(format!("there is no fault {other}"))),
            }
            return Ok(Value::Null);
        }
    };
    faults.fail_next_on(order.times, fault, &order.method, &order.path);
    Ok(Value::Null)
}

fn shown(call: &Call) -> Value {
    let Call { method, path, body, status, headers } = call;
    json!({ "method": method, "path": path, "body": body, "status": status, "headers": headers })
}

fn switches(server: &Server) -> Value {
    let switches = server.world().directory.switches;
    let shown = switches.all().map(|(about, on)| {
        json!({ "name": about.name, "value": on, "decides": about.decides, "unknown": about.unknown })
    });
    shown.collect()
}

fn status(body: &Value) -> Result<Status, Bad> {
    let name = body["status"].as_str().unwrap_or("ACTIVE");
    Status::parse(name).ok_or_else(|| bad(format!("{name} is no status")))
}
