//! Whether the process lives (`/healthz`), and whether it can do its work (`/readyz`).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::TimeDelta;
use serde::Serialize;

use super::asked::Asked;
use super::reply;
use super::view::View;
use crate::broker;
use crate::engine::READS;
use crate::ledger::{LedgerError, key};

/// How old an answer may be. With the patience below, a fault shows within four seconds.
pub(super) const FRESH: Duration = Duration::from_secs(2);
/// How long an answer may take before there is none.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the ledger's thread may be busy with one piece of work before it is taken for dead.
const HUNG: Duration = Duration::from_secs(30);
/// A process that is alive says so at once.
const SOON: Duration = Duration::from_millis(500);

/// The questions that are put to find out.
pub(super) struct Questions {
    thread: Asked<bool>,
    write: Asked<Result<(), LedgerError>>,
    okta: Asked<Result<(), String>>,
    state: Asked<Result<Known, String>>,
}

/// What the ledger says.
#[derive(Clone)]
struct Known {
    is_loaded: bool,
    bob: Option<String>,
}

/// The answer to `/readyz`.
#[derive(Debug, Serialize)]
struct Ready {
    ready: bool,
    checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    /// Whether nothing can be done without it.
    required: bool,
    reason: Option<String>,
}

impl Questions {
    pub fn new() -> Self {
        Self { thread: Asked::new(), write: Asked::new(), okta: Asked::new(), state: Asked::new() }
    }
}

/// 200 while the loops run: one that ends takes the process along, so only the ledger's thread is asked.
pub(super) async fn healthz(State(view): State<Arc<View>>) -> (StatusCode, String) {
    let ledger = view.engine.ledger.clone();
    let lives = async move || !matches!(ledger.ping().await, Err(LedgerError::Gone));
    match view.questions.thread.ask(Duration::ZERO, SOON, lives).await {
        Ok(true) => (StatusCode::OK, "ok\n".into()),
        Err(busy) if busy < HUNG => (StatusCode::OK, "ok\n".into()),
        Ok(false) => (StatusCode::SERVICE_UNAVAILABLE, "the ledger's thread has ended\n".into()),
        Err(busy) => {
            let text = format!("the ledger's thread has not answered for {} s\n", busy.as_secs());
            (StatusCode::SERVICE_UNAVAILABLE, text)
        }
    }
}

/// 200 if HR's events can be taken in, and acted on; 503 if not, with the reason.
pub(super) async fn readyz(State(view): State<Arc<View>>) -> Response {
    let (ledger, okta, known) = tokio::join!(writable(&view), answering(&view), known(&view));
    let mirror = known.as_ref().map_err(Clone::clone).and_then(|known| {
        if known.is_loaded { Ok(()) } else { Err("the directory is being listed for the first time".into()) }
    });
    let bob = known.ok().and_then(|known| known.bob);
    let mut checks = vec![
        Check::new("broker", consuming(&view)),
        Check::new("ledger", ledger),
        Check::new("okta", okta),
        Check::new("mirror", mirror),
    ];
    if let Some(bob) = bob {
        let reads = if bob == READS { Ok(()) } else { Err(bob) };
        checks.push(Check { required: false, ..Check::new("bob", reads) });
    }
    let ready = checks.iter().all(|check| check.ok || !check.required);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    reply::one(status, &Ready { ready, checks })
}

impl Check {
    fn new(name: &'static str, found: Result<(), String>) -> Self {
        Self { name, ok: found.is_ok(), required: true, reason: found.err() }
    }
}

fn consuming(view: &View) -> Result<(), String> {
    match &*view.broker.borrow() {
        // That nothing can be stored is said of the ledger.
        broker::State::Consuming | broker::State::Holding { .. } => Ok(()),
        broker::State::Connecting => Err("on the way to the broker for the first time".into()),
        broker::State::Waiting { reason } => Err(reason.clone()),
    }
}

/// By a write: only that tells of a disk that is full.
pub(super) async fn writable(view: &View) -> Result<(), String> {
    let (ledger, now) = (view.engine.ledger.clone(), view.engine.clock.now());
    let write = async move || ledger.try_to_write(now).await;
    match view.questions.write.ask(FRESH, PATIENCE, write).await {
        Ok(written) => written.map_err(|error| error.to_string()),
        Err(busy) => Err(silent("the ledger's disk", busy)),
    }
}

/// By what the latest calls have shown; else by a call, of which there is one in two seconds at most.
async fn answering(view: &View) -> Result<(), String> {
    let fresh = TimeDelta::from_std(FRESH).unwrap_or_default();
    if let Some(known) = view.engine.known_of_okta(fresh) {
        return known;
    }
    let engine = Arc::clone(&view.engine);
    match view.questions.okta.ask(FRESH, PATIENCE, async move || engine.ask_okta().await).await {
        Ok(answered) => answered,
        Err(busy) => Err(silent("Okta", busy)),
    }
}

async fn known(view: &View) -> Result<Known, String> {
    let path = view.ledger.clone();
    let look = async move || {
        super::view::look(path, |report| {
            Ok(Known { is_loaded: report.meta(key::MIRROR)?.is_some(), bob: report.meta(key::BOB)? })
        })
        .await
        .map_err(|error| error.to_string())
    };
    match view.questions.state.ask(FRESH, PATIENCE, look).await {
        Ok(known) => known,
        Err(busy) => Err(silent("the ledger", busy)),
    }
}

fn silent(who: &str, since: Duration) -> String {
    format!("no answer from {who} for {:.0} s", since.as_secs_f64())
}
