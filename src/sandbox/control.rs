//! The sandbox's own calls, for programs that are not written in Rust: below `/sandbox` on the same port,
//! without a token, and from this machine only (by a loopback name or address, and from no web page).
//!
//! - `GET /sandbox/calls` → `[{"method", "path", "body", "status", "headers"}]`; `DELETE` forgets them
//! - `POST /sandbox/faults` orders a fault, [`Order`]; `DELETE` takes back all
//! - `GET /sandbox/switches` → `[{"name", "value", "decides", "unknown"}]`; `PATCH` `{"name": true}`
//! - `POST /sandbox/users` `{"profile", "status"}` plants a user, unchecked → `{"id"}`
//! - `PUT /sandbox/users/{key}/status` `{"status"}`, `DELETE /sandbox/users/{key}` (id or login): what an admin does by hand

use std::net::IpAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::uri::Authority;
use axum::http::{Response, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::calls::{Call, Record};
use super::faults::{Fault, Faults};
use super::reply::Refusal;
use super::request::Request;
use super::server::Server;
use super::switch::{About, Board};
use super::user::Status;

/// A fault as it is ordered over HTTP. What its kind does not use is refused, see [`uses`].
#[derive(Deserialize)]
struct Order {
    /// `status`, `html`, `drop`, `delay`, `truncated`, `empty`, `bad_gzip`, `torn`, `held`, `rate_limit`,
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
    /// How long, of `delay` and of what takes its time; a year at most.
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

const YEAR_MS: u64 = 366 * 24 * 60 * 60 * 1000;

fn once() -> usize {
    1
}

/// The fields that a fault uses, and whether it holds for single calls, which `times`, `method` and `path`
/// then narrow; `None` if there is no such fault.
fn uses(fault: &str) -> Option<(&'static [&'static str], bool)> {
    Some(match fault {
        "status" | "html" => (&["status", "after"], true),
        "drop" => (&["after"], true),
        "delay" => (&["ms"], true),
        "truncated" | "empty" | "bad_gzip" | "torn" | "held" | "rate_limit" | "concurrency_limit" => {
            (&[], true)
        }
        "down" => (&[], false),
        "search_lag" | "transitions_take" => (&["ms"], false),
        "hide_new_users" => (&["ms", "gets"], false),
        "random" => (&["rate", "seed", "after"], false),
        _ => return None,
    })
}

/// A bad order: what is wrong with it.
pub(super) struct Bad(pub(super) StatusCode, pub(super) String);

fn refused(refusal: Refusal) -> Bad {
    Bad(StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST), refusal.summary)
}

pub(super) fn bad(why: impl Into<String>) -> Bad {
    Bad(StatusCode::BAD_REQUEST, why.into())
}

pub(super) fn answer(server: &Server, request: &Request) -> Response<Body> {
    guarded(request, |path| carry_out(server, request, path))
}

/// Answers a call of the sandbox's own, if it may be made. `path` is what follows `/sandbox`.
pub(super) fn guarded(
    request: &Request,
    carry_out: impl FnOnce(&[&str]) -> Result<Value, Bad>,
) -> Response<Body> {
    let path: Vec<&str> = request.path.iter().skip(1).map(String::as_str).collect();
    let done = from_no_web_page(request).and_then(|()| carry_out(&path));
    let (status, body) = match done {
        Ok(Value::Null) => {
            let response = Response::builder().status(StatusCode::NO_CONTENT).body(Body::empty());
            return response.unwrap_or_default();
        }
        Ok(body) => (StatusCode::OK, Body::from(body.to_string())),
        Err(Bad(status, why)) => (status, Body::from(json!({ "error": why }).to_string())),
    };
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    response.body(body).unwrap_or_default()
}

/// A web page that somebody on this machine has open must not get at these calls: a browser names the page's
/// origin, and a page whose name now leads here has that name for the host.
fn from_no_web_page(request: &Request) -> Result<(), Bad> {
    let forbidden = |why: &str| Err(Bad(StatusCode::FORBIDDEN, why.to_owned()));
    if request.has("origin") {
        return forbidden("the sandbox's own calls are not for web pages: there is an Origin header");
    }
    let host = request.host();
    let name = host.parse::<Authority>().map(|host| host.host().to_ascii_lowercase()).unwrap_or_default();
    let ip = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    if name == "localhost" || ip.is_ok_and(|ip| ip.to_canonical().is_loopback()) {
        return Ok(());
    }
    forbidden(
        "the sandbox's own calls are made to localhost, 127.0.0.1 or [::1]: the Host header is none of them",
    )
}

fn carry_out(server: &Server, request: &Request, path: &[&str]) -> Result<Value, Bad> {
    let body = request.body.clone().unwrap_or_default();
    let now = server.now();
    if let Some(done) = shared(request, path, &server.record, &server.faults) {
        return done;
    }
    match (request.method.as_str(), path) {
        ("GET", ["switches"]) => Ok(switches(server.world().directory.switches.all())),
        ("PATCH", ["switches"]) => {
            let mut world = server.world();
            world.directory.switches = turned(world.directory.switches, &body)?;
            Ok(switches(world.directory.switches.all()))
        }
        ("POST", ["users"]) => {
            let profile = body["profile"].as_object().ok_or_else(|| bad("a user has a profile"))?;
            let planted = server.world().directory.plant_as(profile.clone(), status(&body)?, now);
            planted.map(|id| json!({ "id": id })).map_err(refused)
        }
        ("PUT", ["users", key, "status"]) => {
            let done = server.world().directory.set_status(key, status(&body)?, now);
            done.map(|()| Value::Null).map_err(refused)
        }
        ("DELETE", ["users", key]) => {
            let mut world = server.world();
            let id = world.directory.get(key).map_err(refused)?.id.clone();
            world.directory.remove(&id, now).map(|()| Value::Null).map_err(refused)
        }
        _ => Err(unknown()),
    }
}

pub(super) fn unknown() -> Bad {
    Bad(StatusCode::NOT_FOUND, "there is no such call of the sandbox's own".into())
}

/// The calls that every double has: its record, and faults. None if it is another.
pub(super) fn shared(
    request: &Request,
    path: &[&str],
    record: &Record,
    faults: &Faults,
) -> Option<Result<Value, Bad>> {
    Some(match (request.method.as_str(), path) {
        ("GET", ["calls"]) => Ok(record.all().iter().map(shown).collect()),
        ("DELETE", ["calls"]) => {
            record.take();
            Ok(Value::Null)
        }
        ("POST", ["faults"]) => order(faults, request.body.as_ref().unwrap_or(&Value::Null)),
        ("DELETE", ["faults"]) => {
            faults.clear();
            Ok(Value::Null)
        }
        _ => return None,
    })
}

/// The board with the switches turned that a body names: all or none.
pub(super) fn turned<S: Copy + PartialEq, const N: usize>(
    mut board: Board<S, N>,
    body: &Value,
) -> Result<Board<S, N>, Bad> {
    let wanted = body.as_object().ok_or_else(|| bad("switches are set by {\"NAME\": true}"))?;
    for (name, value) in wanted {
        let on = value.as_bool().ok_or_else(|| bad(format!("{name} is true or false")))?;
        if !board.set_named(name, on) {
            return Err(bad(format!("there is no switch {name}")));
        }
    }
    Ok(board)
}

fn order(faults: &Faults, body: &Value) -> Result<Value, Bad> {
    let fields = body.as_object().ok_or_else(|| bad("an order is a JSON object with a `fault`"))?;
    let fault =
        fields.get("fault").and_then(Value::as_str).ok_or_else(|| bad("an order names its `fault`"))?;
    let (own, single) = uses(fault).ok_or_else(|| bad(format!("there is no fault {fault}")))?;
    let used = |key: &str| {
        key == "fault" || own.contains(&key) || single && ["times", "method", "path"].contains(&key)
    };
    if let Some(key) = fields.keys().find(|key| !used(key)) {
        return Err(bad(format!("{fault} has no use for `{key}`")));
    }
    let order = Order::deserialize(body).map_err(|error| bad(format!("the order of {fault}: {error}")))?;
    let status = order.status.unwrap_or(if fault == "html" { 502 } else { 500 });
    if !(200..600).contains(&status) {
        return Err(bad("the status is one from 200 to 599"));
    }
    if order.ms > YEAR_MS {
        return Err(bad("nothing takes more than a year"));
    }
    if !(0.0..=1.0).contains(&order.rate) {
        return Err(bad("the rate is a share from 0 to 1"));
    }
    if fields.contains_key("ms") && fields.contains_key("gets") {
        return Err(bad("new users are hidden for `ms` or from `gets`, not both"));
    }
    let span = Duration::from_millis(order.ms);
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
        ("held", _) => Fault::Held,
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

/// Switches, and where they stand.
pub(super) fn switches(all: impl Iterator<Item = (&'static About, bool)>) -> Value {
    let shown = all.map(|(about, on)| {
        json!({ "name": about.name, "value": on, "decides": about.decides, "unknown": about.unknown })
    });
    shown.collect()
}

fn status(body: &Value) -> Result<Status, Bad> {
    let name = body["status"].as_str().unwrap_or("ACTIVE");
    Status::parse(name).ok_or_else(|| bad(format!("{name} is no status")))
}
