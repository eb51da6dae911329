//! `/metrics`, in the text form of Prometheus. No label holds a person, or a value of a field.

mod record;
mod state;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use prometheus::{Registry, TEXT_FORMAT, TextEncoder};
use tokio::sync::watch;

use self::record::Record;
use self::state::{Gauges, Stand};
use super::asked::Asked;
use super::health;
use super::view::{self, View};
use crate::broker::Depths;
use crate::engine::Engine;
use crate::ledger::Report;

/// What every name begins with.
const PREFIX: &str = "okta_provisioner";
/// How long all this may take to find out; a scrape gives up after ten seconds.
const PATIENCE: Duration = Duration::from_secs(8);

/// Everything that is measured.
pub(super) struct Metrics {
    registry: Registry,
    gauges: Gauges,
    record: Record,
    depths: watch::Receiver<Depths>,
    text: Asked<Result<String, String>>,
}

impl Metrics {
    /// Counts from now on.
    pub fn new(
        engine: &Engine,
        ledger: &Path,
        depths: watch::Receiver<Depths>,
        expect_events_within: Option<Duration>,
    ) -> prometheus::Result<Self> {
        let registry = Registry::new_custom(Some(PREFIX.into()), None)?;
        engine.register(&registry)?;
        let gauges = Gauges::new(&registry, expect_events_within)?;
        let record = Record::new(&registry)?;
        // A ledger that cannot be read now is counted from when it can.
        let _ = Report::open(ledger).map(|report| record.count(&report));
        Ok(Self { registry, gauges, record, depths, text: Asked::new() })
    }
}

/// Measures anew at most once in two seconds, however many ask.
pub(super) async fn metrics(State(view): State<Arc<View>>) -> Response {
    let asked = Arc::clone(&view);
    let text = view.metrics.text.ask(health::FRESH, PATIENCE, async move || measure(asked).await).await;
    match text {
        Ok(Ok(text)) => ([(CONTENT_TYPE, TEXT_FORMAT)], text).into_response(),
        Ok(Err(reason)) => (StatusCode::INTERNAL_SERVER_ERROR, reason).into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the ledger does not answer\n").into_response(),
    }
}

async fn measure(view: Arc<View>) -> Result<String, String> {
    let is_writable = health::writable(&view).await.is_ok();
    let (looking, now) = (Arc::clone(&view), view.engine.clock.now());
    let found = view::look(view.ledger.clone(), move |report| {
        // Who is late and who is held must show, whatever is wrong with the record.
        Ok((looking.metrics.record.count(report).is_ok(), report.gauges(now)?))
    });
    // What only the ledger tells is left out while it cannot be read.
    let (is_counted, found) = found.await.ok().unzip();
    let Metrics { registry, gauges, depths, .. } = &view.metrics;
    view.engine.okta.measure();
    gauges.set(&Stand {
        engine: &view.engine,
        is_connected: view.broker.borrow().is_connected(),
        depths: *depths.borrow(),
        is_writable,
        is_readable: is_counted == Some(true),
        found: found.as_ref(),
        now,
    });
    TextEncoder::new().encode_to_string(&registry.gather()).map_err(|error| error.to_string())
}
