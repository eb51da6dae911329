//! `/v1`: what the commands print with `--json`, byte for byte; read-only, and only for those who may see people.

mod door;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::TimeDelta;
use serde::Deserialize;

use super::health;
use super::reply;
use super::view::{self, View};
use crate::ledger::{Filter, Glance, LookError, PersonPage, Report};

/// How many decisions of a person are shown.
const DECISIONS: usize = 10;
/// How many decisions are given in one go at most.
const MOST: usize = 1000;
/// How many days are looked ahead: unless asked otherwise, and at most.
const DAYS: u16 = 14;
const MOST_DAYS: u16 = 400;
/// How long deciding about everybody may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Why there is no answer.
enum Problem {
    /// The ledger, and why.
    Look(String),
    /// Nobody by that id.
    Unknown,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    after: i64,
    employee: Option<String>,
    limit: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ahead {
    days: Option<u16>,
}

pub(super) fn router(view: &Arc<View>) -> Router<Arc<View>> {
    Router::new()
        .route("/status", get(status))
        .route("/people/{id}", get(person))
        .route("/upcoming", get(upcoming))
        .route("/activity", get(activity))
        .layer(middleware::from_fn_with_state(Arc::clone(view), door::enter))
}

async fn status(State(view): State<Arc<View>>) -> Result<Response, Problem> {
    let (ledger, now) = (view.ledger.clone(), view.engine.clock.now());
    let rules = view.engine.ledger.rules();
    let look = async move || {
        let looking = tokio::runtime::Handle::current();
        let look = move || looking.block_on(Glance::read(&ledger, &rules, true, now));
        let glance = tokio::task::spawn_blocking(look).await.expect("a look does not panic");
        glance.map(|glance| reply::line(&glance)).map_err(|error| error.to_string())
    };
    // While it observes, everybody is decided about: once at a time, whoever asks and hangs up.
    match view.status.ask(health::FRESH, PATIENCE, look).await {
        Ok(glance) => Ok(reply::text(StatusCode::OK, "application/json", glance.map_err(Problem::Look)?)),
        Err(_) => Err(Problem::Look("the ledger does not answer".into())),
    }
}

async fn person(State(view): State<Arc<View>>, Path(id): Path<String>) -> Result<Response, Problem> {
    let page = read(&view, move |report| {
        let Some(person) = report.person(&id)? else { return Ok(None) };
        let decisions = report.last_decisions(&id, DECISIONS)?;
        Ok(Some(PersonPage::new(&id, &person, decisions, false)))
    });
    Ok(reply::one(StatusCode::OK, &page.await?.ok_or(Problem::Unknown)?))
}

async fn activity(State(view): State<Arc<View>>, Query(wanted): Query<Wanted>) -> Result<Response, Problem> {
    let Wanted { after, employee, limit } = wanted;
    let filter = Filter { after, employee, ..Filter::default() };
    let most = limit.map_or(MOST, |limit| limit.min(MOST));
    let entries = read(&view, move |report| Ok(report.activity(&filter, most)?)).await?;
    let lines: String = entries.iter().map(reply::line).collect();
    Ok(reply::text(StatusCode::OK, "application/x-ndjson", lines))
}

async fn upcoming(State(view): State<Arc<View>>, Query(wanted): Query<Ahead>) -> Result<Response, Problem> {
    let (rules, now) = (view.engine.ledger.rules(), view.engine.clock.now());
    let days = wanted.days.unwrap_or(DAYS).clamp(1, MOST_DAYS);
    let upcoming =
        read(&view, move |report| Ok(report.upcoming(&rules, now, now + TimeDelta::days(days.into()))?));
    Ok(reply::one(StatusCode::OK, &upcoming.await?))
}

async fn read<T: Send + 'static>(
    view: &View,
    at: impl FnOnce(&Report) -> Result<T, LookError> + Send + 'static,
) -> Result<T, Problem> {
    let path: PathBuf = view.ledger.clone();
    let look = view::in_turn(&view.readers, move || at(&Report::open(&path)?));
    look.await.map_err(|error| Problem::Look(error.to_string()))
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::Unknown => reply::error(StatusCode::NOT_FOUND, "HR has told of nobody by this id"),
            Self::Look(error) => reply::error(StatusCode::SERVICE_UNAVAILABLE, &error),
        }
    }
}
