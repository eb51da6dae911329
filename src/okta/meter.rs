//! Counts the calls, and shows what is left of the budget.

use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry};

use super::budget::Bucket;
use super::client::{Client, Reply};
use super::error::Fault;
use super::verdict::Verdict;
use crate::domain::urgency::Urgency;

/// What a client counts.
pub(super) struct Meter {
    calls: IntCounterVec,
    waits: IntCounterVec,
    remaining: IntGaugeVec,
    limit: IntGaugeVec,
}

impl Meter {
    pub fn new() -> Self {
        let counter = |name, help, labels: &[&str]| {
            IntCounterVec::new(Opts::new(name, help), labels).expect("a name, and a help")
        };
        let gauge =
            |name, help| IntGaugeVec::new(Opts::new(name, help), &["bucket"]).expect("a name, and a help");
        Self {
            calls: counter(
                "okta_calls_total",
                "Calls to Okta: by the rate limit they count against, the HTTP status (none: no answer) and what it means",
                &["bucket", "status", "verdict"],
            ),
            waits: counter(
                "budget_waits_total",
                "Calls to Okta put off because the rate budget was spent",
                &["urgency"],
            ),
            remaining: gauge(
                "okta_budget_remaining",
                "Calls to Okta that are left in this minute, of those that may be used",
            ),
            limit: gauge("okta_budget_limit", "Calls to Okta in a minute that may be used"),
        }
    }

    pub fn called(&self, bucket: Bucket, outcome: &Result<Reply, Fault>) {
        let (status, verdict) = match outcome {
            Ok(reply) => (Some(reply.status), "done"),
            Err(fault) => (fault.status, word(fault.verdict)),
        };
        let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        self.calls.with_label_values(&[bucket.as_str(), &status, verdict]).inc();
    }

    pub fn put_off(&self, urgency: Urgency) {
        self.waits.with_label_values(&[urgency.as_str()]).inc();
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Reread => "reread",
        Verdict::Retry { .. } => "retry",
        Verdict::Block => "block",
        Verdict::Halt => "halt",
    }
}

impl Client {
    /// Offers what is counted here.
    ///
    /// # Errors
    ///
    /// Somebody has taken one of the names.
    pub fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        let Meter { calls, waits, remaining, limit } = self.inner.gate.meter();
        for urgency in [Urgency::Leaver, Urgency::Joiner, Urgency::Change, Urgency::Repair] {
            waits.with_label_values(&[urgency.as_str()]);
        }
        registry.register(Box::new(calls.clone()))?;
        registry.register(Box::new(waits.clone()))?;
        registry.register(Box::new(remaining.clone()))?;
        registry.register(Box::new(limit.clone()))
    }

    /// Brings the gauges up to date.
    pub fn measure(&self) {
        let meter = self.inner.gate.meter();
        for (bucket, limit, left) in self.inner.gate.left() {
            meter.limit.with_label_values(&[bucket.as_str()]).set(limit.into());
            meter.remaining.with_label_values(&[bucket.as_str()]).set(left.into());
        }
    }
}
