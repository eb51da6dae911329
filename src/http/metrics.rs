//! `/metrics`, in the text form of Prometheus. No label holds a person, or a value of a field.

mod state;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TEXT_FORMAT, TextEncoder,
};
use tokio::sync::watch;

use self::state::{Gauges, Stand};
use super::asked::Asked;
use super::health;
use super::view::{self, View};
use crate::broker::{self, Depths};
use crate::engine::Engine;
use crate::ledger::{Decision, code};

/// What every name begins with.
const PREFIX: &str = "okta_provisioner";
/// How long all this may take to find out.
const PATIENCE: Duration = Duration::from_secs(8);
/// The bounds of the time from HR to Okta, in seconds: from a blink to a day.
const LAGS: [f64; 14] =
    [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0];
/// What changes something in Okta.
const CHANGES: [&str; 8] = [
    code::CREATED,
    code::UPDATED,
    code::RENAMED,
    code::ACTIVATED,
    code::REACTIVATED,
    code::SUSPENDED,
    code::UNSUSPENDED,
    code::DEACTIVATED,
];

/// Everything that is measured.
pub(super) struct Metrics {
    registry: Registry,
    gauges: Gauges,
    decisions: IntCounterVec,
    lags: HistogramVec,
    heard: IntGauge,
    depths: watch::Receiver<Depths>,
    /// Up to where decisions are counted; nothing before the first look.
    counted: Mutex<Option<i64>>,
    text: Asked<Result<String, String>>,
}

impl Metrics {
    pub fn new(
        engine: &Engine,
        depths: watch::Receiver<Depths>,
        expect_events_within: Option<Duration>,
    ) -> prometheus::Result<Self> {
        let registry = Registry::new_custom(Some(PREFIX.into()), None)?;
        engine.register(&registry)?;
        let decisions = IntCounterVec::new(
            Opts::new("decisions_total", "Decisions that were recorded, by their code"),
            &["code"],
        )?;
        let lags = HistogramOpts::new(
            "hr_to_okta_seconds",
            "How long after HR said it, or its day had come, something was changed in Okta",
        );
        let lags = HistogramVec::new(lags.buckets(LAGS.to_vec()), &["code"])?;
        let heard =
            IntGauge::new("last_event_timestamp_seconds", "When HR's last good message was taken in")?;
        registry.register(Box::new(decisions.clone()))?;
        registry.register(Box::new(lags.clone()))?;
        let gauges = Gauges::new(&registry, expect_events_within)?;
        Ok(Self {
            registry,
            gauges,
            decisions,
            lags,
            heard,
            depths,
            counted: Mutex::default(),
            text: Asked::new(),
        })
    }

    /// Begins to count with the decisions after this place.
    fn begin(&self, (seq, heard): (i64, Option<DateTime<Utc>>)) -> prometheus::Result<i64> {
        self.hear(heard)?;
        Ok(seq)
    }

    /// Without a message there has been no instant.
    fn hear(&self, at: Option<DateTime<Utc>>) -> prometheus::Result<()> {
        let Some(at) = at else { return Ok(()) };
        if self.heard.get() == 0 {
            self.registry.register(Box::new(self.heard.clone()))?;
        }
        self.heard.set(at.timestamp());
        Ok(())
    }

    fn count(&self, decision: &Decision) -> prometheus::Result<()> {
        let name = decision.code.as_str();
        self.decisions.with_label_values(&[name]).inc();
        if [code::EVENT_ACCEPTED, code::EVENT_UNCHANGED].contains(&name) {
            self.hear(Some(decision.at))?;
        }
        if let Some(lag) = decision.lag_ms
            && !decision.observed
            && CHANGES.contains(&name)
        {
            #[expect(clippy::cast_precision_loss, reason = "a lag is no longer than some years")]
            self.lags.with_label_values(&[name]).observe(lag as f64 / 1000.0);
        }
        Ok(())
    }
}

/// Measures anew at most once in three seconds, however many ask.
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
    let looking = Arc::clone(&view);
    let now = view.engine.clock.now();
    let found = view::look(view.ledger.clone(), move |report| {
        let metrics = &looking.metrics;
        let counted = *metrics.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let (begins, decisions) = match counted {
            Some(seq) => (None, report.decided(seq)?),
            None => (Some(report.last()?), Vec::new()),
        };
        Ok((report.gauges(now)?, begins, decisions))
    })
    .await;
    let metrics = &view.metrics;
    let text = |error: prometheus::Error| error.to_string();
    // What only the ledger tells is left out while it cannot be read.
    let found = match found {
        Ok((gauges, begins, decisions)) => {
            let mut counted = metrics.counted.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(last) = begins {
                *counted = Some(metrics.begin(last).map_err(text)?);
            }
            for decision in decisions {
                metrics.count(&decision).map_err(text)?;
                *counted = Some(decision.seq);
            }
            Some(gauges)
        }
        Err(_) => None,
    };
    view.engine.okta.measure();
    metrics.gauges.set(&Stand {
        engine: &view.engine,
        is_consuming: *view.broker.borrow() == broker::State::Consuming,
        depths: *metrics.depths.borrow(),
        is_writable,
        found: found.as_ref(),
        now,
    });
    TextEncoder::new().encode_to_string(&metrics.registry.gather()).map_err(text)
}
