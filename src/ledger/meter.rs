//! Measures the commits.

use prometheus::{Histogram, HistogramOpts, Registry, exponential_buckets};

use super::Ledger;

/// What the writer measures.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    pub seconds: Histogram,
    pub jobs: Histogram,
}

impl Meter {
    pub fn new() -> Self {
        let histogram = |name, help, (first, factor, count)| {
            let buckets = exponential_buckets(first, factor, count).expect("bounds that grow");
            Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets)).expect("a name, and a help")
        };
        Self {
            seconds: histogram(
                "ledger_commit_seconds",
                "How long a transaction of the ledger took, with its write to the disk",
                (0.0005, 2.0, 15),
            ),
            jobs: histogram("ledger_commit_jobs", "How much was written in one transaction", (1.0, 2.0, 10)),
        }
    }
}

impl Ledger {
    /// Offers what is measured here.
    ///
    /// # Errors
    ///
    /// Somebody has taken one of the names.
    pub fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        let meter = self.writer.meter();
        registry.register(Box::new(meter.seconds.clone()))?;
        registry.register(Box::new(meter.jobs.clone()))
    }
}
