//! Counts what HR sends.

use prometheus::{IntCounterVec, Opts, Registry};

use super::Engine;
use crate::domain::event::{BOB, Event, Kind};
use crate::ledger::code;

/// The type of what could not be understood.
const UNKNOWN: &str = "unknown";

/// What an engine counts.
pub(super) struct Meter {
    events: IntCounterVec,
}

impl Meter {
    pub fn new() -> Self {
        let events =
            Opts::new("events_total", "Messages from HR that were taken, by type and what became of them");
        let events = IntCounterVec::new(events, &["type", "result"]).expect("a name, and a help");
        Self { events }
    }

    /// An event was recorded by this code.
    pub fn event(&self, of: &str, name: &str) {
        let result = match name {
            code::EVENT_ACCEPTED => "accepted",
            code::EVENT_REJECTED => "rejected",
            _ => "unchanged",
        };
        self.events.with_label_values(&[of, result]).inc();
    }

    /// So many could not be understood.
    pub fn rejected(&self, count: u64) {
        self.events.with_label_values(&[UNKNOWN, "rejected"]).inc_by(count);
    }
}

/// The type of an event: one of a few words of ours, whatever HR sends.
pub(super) fn type_of(event: &Event) -> &'static str {
    if event.stamp.source == BOB {
        return "webhook";
    }
    match event.kind {
        Kind::Hired => "hired",
        Kind::Changed => "changed",
        Kind::Terminated => "terminated",
        Kind::Rehired => "rehired",
        Kind::AccessRevoked => "access_revoked",
        Kind::AccessRestored => "access_restored",
        Kind::Deleted => "deleted",
        Kind::Snapshot => "snapshot",
        // None that a message can be.
        Kind::Read | Kind::Gone => UNKNOWN,
    }
}

impl Engine {
    /// Offers what the engine, its client of Okta's and its ledger count and measure.
    ///
    /// # Errors
    ///
    /// Somebody has taken one of the names.
    pub fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        self.okta.register(registry)?;
        self.ledger.register(registry)?;
        self.meter.rejected(0);
        registry.register(Box::new(self.meter.events.clone()))
    }
}
