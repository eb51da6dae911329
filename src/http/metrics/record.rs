//! What the ledger's record adds to the counters: each decision once, and how long it took.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};

use super::state::{only, taken};
use crate::ledger::{Decision, LookError, Report, code};

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

/// What is counted, and how far.
pub(super) struct Record {
    decisions: IntCounterVec,
    lags: HistogramVec,
    heard: IntGaugeVec,
    /// The place of the last decision that is; nothing before the first look.
    up_to: Mutex<Option<i64>>,
}

impl Record {
    pub fn new(registry: &Registry) -> prometheus::Result<Self> {
        let decisions = Opts::new("decisions_total", "Decisions that were recorded, by their code");
        let lags = HistogramOpts::new(
            "hr_to_okta_seconds",
            "How long after HR said it, or its day had come, something was changed in Okta",
        );
        let lags = lags.buckets(LAGS.to_vec());
        let heard = Opts::new(
            "last_event_timestamp_seconds",
            "When the last good message from HR was taken in; before the first, when a daemon first started",
        );
        Ok(Self {
            decisions: taken(registry, IntCounterVec::new(decisions, &["code"])?)?,
            lags: taken(registry, HistogramVec::new(lags, &["code"])?)?,
            heard: taken(registry, IntGaugeVec::new(heard, &[])?)?,
            up_to: Mutex::default(),
        })
    }

    /// Counts what was decided since the last look. The first look only sees from where on to count.
    pub fn count(&self, report: &Report) -> Result<(), LookError> {
        let mut up_to = self.up_to.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(after) = *up_to else {
            let (last, heard) = report.last()?;
            self.hear(heard);
            *up_to = Some(last);
            return Ok(());
        };
        for decision in report.decided(after)? {
            self.add(&decision);
            *up_to = Some(decision.seq);
        }
        Ok(())
    }

    fn add(&self, decision: &Decision) {
        let name = decision.code.as_str();
        self.decisions.with_label_values(&[name]).inc();
        if decision.heard {
            self.hear(Some(decision.at));
        }
        if let Some(lag) = decision.lag_ms
            && !decision.observed
            && CHANGES.contains(&name)
        {
            #[expect(clippy::cast_precision_loss, reason = "a lag is no longer than some years")]
            self.lags.with_label_values(&[name]).observe(lag as f64 / 1000.0);
        }
    }

    fn hear(&self, at: Option<DateTime<Utc>>) {
        only(&self.heard, at.map(|at| at.timestamp()));
    }
}
