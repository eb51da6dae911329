//! The gauges: how things stand at the moment of the look.

use std::time::Duration;

use chrono::{DateTime, Utc};
use prometheus::core::Collector;
use prometheus::{IntGauge, IntGaugeVec, Opts, Registry};

use crate::broker::Depths;
use crate::engine::{Engine, READS};
use crate::ledger;

/// Those that always have a value, and, as vectors, those that have one only where there is something to tell.
pub(super) struct Gauges {
    halted: IntGauge,
    broker: IntGauge,
    writable: IntGauge,
    readable: IntGauge,
    observing: IntGauge,
    bob: IntGaugeVec,
    queues: IntGaugeVec,
    due: IntGaugeVec,
    oldest: IntGaugeVec,
    lateness: IntGaugeVec,
    held: IntGaugeVec,
    held_leavers: IntGaugeVec,
    people: IntGaugeVec,
    blocked: IntGaugeVec,
    waiting: IntGaugeVec,
    drift: IntGaugeVec,
    token: IntGaugeVec,
    paused: IntGaugeVec,
    scopes: IntGaugeVec,
    mirror: IntGaugeVec,
}

/// How things stand.
pub(super) struct Stand<'a> {
    pub engine: &'a Engine,
    pub is_connected: bool,
    pub depths: Depths,
    pub is_writable: bool,
    pub is_readable: bool,
    /// What the ledger tells; nothing if it cannot be read.
    pub found: Option<&'a ledger::Gauges>,
    pub now: DateTime<Utc>,
}

impl Gauges {
    pub fn new(registry: &Registry, expect_events_within: Option<Duration>) -> prometheus::Result<Self> {
        let one = |name, help| taken(registry, IntGauge::new(name, help)?);
        let many =
            |name, help, labels: &[&str]| taken(registry, IntGaugeVec::new(Opts::new(name, help), labels)?);
        let some = |name, help| many(name, help, &[]);
        let version = many("build_info", "The version that runs", &["version"])?;
        version.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        if let Some(span) = expect_events_within {
            let help = "How long HR is silent at most, while all is well (http.expect_events_within)";
            let span = i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
            one("expect_events_within_seconds", help)?.set(span);
        }
        Ok(Self {
            halted: one("okta_halted", "Whether calls to Okta are stopped")?,
            broker: one(
                "broker_connected",
                "Whether there is a session with RabbitMQ that messages come over",
            )?,
            writable: one("ledger_writable", "Whether the ledger can be written")?,
            readable: one(
                "ledger_readable",
                "Whether what the ledger knows can be read; if not, much of what is measured is missing",
            )?,
            observing: one("observing", "Whether nothing is written to Okta, and decisions only recorded")?,
            bob: some("bob_readable", "Whether people can be read from Bob, where they are to be")?,
            queues: many("queue_messages", "Messages that wait in the queues of the broker", &["queue"])?,
            due: many("due_people", "People for whom something is due, or tried again soon", &["urgency"])?,
            oldest: many("oldest_due_seconds", "For how long the oldest of that has been due", &["urgency"])?,
            lateness: some(
                "leaver_lateness_seconds",
                "For how long somebody has kept access who is to lose it, those who are held left out",
            )?,
            held: many("held_people", "People for whom a step is held back, by reason", &["reason"])?,
            held_leavers: some(
                "held_leavers",
                "People who keep access that is to be cut, as that is held; without those whose cut was rejected",
            )?,
            people: many("people", "People by what should be of their account", &["access"])?,
            blocked: many(
                "blocked_people",
                "People who get nothing, by what stands in the way",
                &["reason"],
            )?,
            waiting: many("waiting_people", "People who wait, by what for", &["for"])?,
            drift: many(
                "drift",
                "What in Okta is not as it was left, by kind and whether a repair would put it right",
                &["kind", "repairable"],
            )?,
            token: some("token_expires_timestamp_seconds", "When the API token expires, if nobody uses it")?,
            paused: some("paused", "Whether everything is paused")?,
            scopes: some("paused_scopes", "How many pauses there are: of all, of a step, of a person")?,
            mirror: some("mirror_age_seconds", "How long ago changes in Okta were last listed")?,
        })
    }

    /// Brings all of them up to date.
    pub fn set(&self, stand: &Stand) {
        let Stand { engine, depths, now, .. } = stand;
        self.halted.set(engine.is_halted().into());
        self.broker.set(stand.is_connected.into());
        self.writable.set(stand.is_writable.into());
        self.readable.set(stand.is_readable.into());
        self.observing.set(engine.is_observing().into());
        let queues = [("events", depths.events), ("dead", depths.dead)];
        put(&self.queues, queues.into_iter().filter_map(|(name, depth)| Some((name, depth?.into()))));
        let nothing = ledger::Gauges::default();
        let found = stand.found.unwrap_or(&nothing);
        let age = |at: DateTime<Utc>| (*now - at).num_seconds().max(0);
        put(&self.due, found.due.iter().map(|(urgency, (count, _))| (*urgency, *count)));
        put(&self.oldest, found.due.iter().map(|(urgency, (_, since))| (*urgency, since.map_or(0, age))));
        put(&self.held, found.held.iter().map(|(reason, count)| (*reason, *count)));
        put(&self.blocked, found.blocked.iter().map(|(reason, count)| (*reason, *count)));
        put(&self.people, found.access.iter().map(|(access, count)| (access.as_str(), *count)));
        put(&self.waiting, found.waiting.iter().map(|(what, count)| (what.as_str(), *count)));
        self.drift.reset();
        for (kind, repairable, count) in &found.drift {
            self.drift
                .with_label_values(&[kind.as_str(), if *repairable { "true" } else { "false" }])
                .set(*count);
        }
        let is_known = stand.found.is_some();
        let known = |value: i64| is_known.then_some(value);
        only(&self.lateness, known(found.late.map_or(0, age)));
        only(&self.held_leavers, known(found.held_leavers));
        only(&self.paused, known(found.pauses.iter().any(|pause| pause.scope == ledger::Scope::All).into()));
        only(&self.scopes, known(i64::try_from(found.pauses.len()).unwrap_or(i64::MAX)));
        only(&self.bob, found.bob.as_ref().map(|bob| (bob == READS).into()));
        only(&self.mirror, found.listed.map(age));
        only(&self.token, found.token_expires.map(|at| at.timestamp()));
    }
}

pub(super) fn taken<T: Collector + Clone + 'static>(registry: &Registry, gauge: T) -> prometheus::Result<T> {
    registry.register(Box::new(gauge.clone()))?;
    Ok(gauge)
}

/// These, and no others.
fn put<'a>(gauge: &IntGaugeVec, values: impl Iterator<Item = (&'a str, i64)>) {
    gauge.reset();
    for (label, value) in values {
        gauge.with_label_values(&[label]).set(value);
    }
}

/// This, or nothing.
pub(super) fn only(gauge: &IntGaugeVec, value: Option<i64>) {
    gauge.reset();
    if let Some(value) = value {
        gauge.with_label_values::<&str>(&[]).set(value);
    }
}
