//! The loops: events become facts, people who are due become calls.

mod announce;
mod bell;
pub mod clock;
mod converge;
mod directory;
mod drift;
mod halt;
mod health;
mod hr;
mod intake;
mod lanes;
mod meter;
mod outlook;
mod protect;
mod reading;
pub mod reconcile;
mod record;
mod schema;
mod sites;
mod turn;
mod wishes;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub use announce::{announce, level};
pub use converge::run;
pub use drift::{Compared, Comparing};
pub use hr::{Hr, READS};
pub use intake::Intake;
pub use protect::group_ids;
pub use reconcile::{Daily, Outcome, Progress, Stage, Sync, SyncError};
pub use record::keep as keep_record;
pub use turn::SKEW;

use crate::engine::bell::Bell;
use crate::engine::clock::Clock;
use crate::engine::halt::Halt;
use crate::ledger::{Activity, Ledger, LedgerError, Waiting, key};
use crate::okta::{Client, Permit, Spent, Waiter};
use crate::retry;

/// What all loops share.
pub struct Engine {
    /// Durable memory.
    pub ledger: Ledger,
    /// The org.
    pub okta: Client,
    /// The time.
    pub clock: Clock,
    /// No new call once this is cancelled.
    pub stop: CancellationToken,
    /// Rung when somebody has become due.
    bell: Bell,
    /// Rung when somebody is to be read from HR.
    reading: Bell,
    gate: hr::Gate,
    halt: Halt,
    schema: schema::Known,
    protect: protect::Known,
    sites: sites::Told,
    waits: turn::Waits,
    meter: meter::Meter,
    /// HR, if it can be read.
    hr: Option<Hr>,
    /// Rung when an operator wants everybody read from HR.
    sync_wanted: Notify,
    /// What operators want of a comparison with Okta.
    drift: drift::Wanted,
    /// What would be done has been told.
    outlook_told: AtomicBool,
    /// The last write failed: said once, not by everybody who waits.
    stuck: AtomicBool,
    /// How many people of one urgency are worked on at once.
    turns: usize,
}

/// What an engine is made of.
pub struct Parts {
    /// Durable memory.
    pub ledger: Ledger,
    /// The org.
    pub okta: Client,
    /// The time.
    pub clock: Clock,
    /// No new call once this is cancelled.
    pub stop: CancellationToken,
    /// How many calls may be in flight.
    pub max_in_flight: usize,
    /// HR, if it can be read.
    pub hr: Option<Hr>,
}

/// The delays of what cannot be written down, until it can.
const WRITE: retry::Policy = retry::Policy { first: Duration::from_secs(1), most: Duration::from_secs(30) };

/// How long the answers that others wait for may take before that is reconsidered.
const HUNG: Duration = Duration::from_secs(3);

impl Engine {
    /// Puts the parts together; nothing runs yet.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            ledger: parts.ledger,
            okta: parts.okta,
            clock: parts.clock,
            stop: parts.stop,
            bell: Bell::default(),
            reading: Bell::default(),
            gate: hr::Gate::default(),
            halt: Halt::default(),
            schema: schema::Known::default(),
            protect: protect::Known::default(),
            sites: sites::Told::default(),
            waits: turn::Waits::default(),
            meter: meter::Meter::new(),
            hr: parts.hr,
            sync_wanted: Notify::new(),
            drift: drift::Wanted::default(),
            outlook_told: AtomicBool::new(false),
            stuck: AtomicBool::new(false),
            // Enough to write down one half while the other half is on the wire.
            turns: (parts.max_in_flight * 2).max(16),
        }
    }

    /// Brings the ledger in line with the rules it is opened with, with the org's user schema (which Okta
    /// is asked for, once), and with what `first_run` says.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn prepare(&self, fingerprint: String, apply: bool) -> Result<(), LedgerError> {
        let now = self.clock.now();
        // First of all: everybody is decided anew by the rules in force, not by those of every org.
        let recalled = self.ledger.recall_schema().await?;
        self.ledger.set_meta(key::STARTED, Some(now.to_rfc3339())).await?;
        if self.ledger.meta(key::FIRST_STARTED).await?.is_none() {
            self.ledger.set_meta(key::FIRST_STARTED, Some(now.to_rfc3339())).await?;
        }
        self.ledger.set_meta(key::HALTED, None).await?;
        self.ledger.set_meta(key::SYNCING, None).await?;
        self.ledger.set_meta(key::RECONCILING, None).await?;
        // By how much the clock may have been set back meanwhile, nobody knows.
        self.ledger.set_back(now, now).await?;
        self.ledger.retry_refused(now).await?;
        // Nobody waits for ever for the end of something that is over; who still has to wait does so again.
        self.ledger.release(Waiting::Paused, now).await?;
        if !self.ledger.is_observing() {
            self.ledger.release(Waiting::Observe, now).await?;
        }
        let bob = self.hr.as_ref().map(|_| READS.to_owned());
        self.ledger.set_meta(key::BOB, bob).await?;
        if self.hr.is_none() {
            self.ledger.release(Waiting::Hr, now).await?;
        }
        if let Some(adapted) = self.ledger.adapt(fingerprint, now).await?
            && adapted.people > 0
        {
            tracing::info!(
                code = "rules.changed",
                people = adapted.people,
                "mapping or policy changed: everybody is decided anew"
            );
            // The ledger has forgotten the last reading of everybody because of it.
            let until = match self.hr {
                Some(_) => "everybody has been read from HR, which begins now",
                None => "HR sends it again",
            };
            for field in adapted.unknown {
                tracing::warn!(
                    code = "field.unknown",
                    field,
                    "newly tracked: unknown of everybody until {until}"
                );
            }
        }
        self.recall_trusted().await?;
        tokio::join!(self.schema_at_start(recalled), self.trusted_at_start());
        if apply {
            self.ledger.end_first_run(now).await?;
        }
        // What was asked while nobody ran holds before anything is done.
        self.grant_wishes().await?;
        self.tell_sites().await;
        Ok(())
    }

    /// Somebody may be due.
    pub fn wake(&self) {
        self.bell.ring();
    }

    /// Waits until nobody is due, no turn is under way, and nobody is to be read from HR; while calls are
    /// stopped, until none is under way.
    pub async fn quiet(&self) {
        loop {
            let asked = self.bell.quiet().await;
            if self.hr.is_none() {
                return;
            }
            self.reading.quiet().await;
            // What was read may have made somebody due.
            if self.bell.rung() == asked {
                return;
            }
        }
    }

    /// Whether nothing is written to Okta.
    #[must_use]
    pub fn is_observing(&self) -> bool {
        self.ledger.is_observing()
    }

    /// Waits for its turn at Okta's budget; an error says until when that is spent.
    async fn permit(&self, mut waiter: Waiter) -> Result<Permit, Spent> {
        loop {
            tokio::select! {
                biased;
                answer = &mut waiter => return answer,
                () = self.clock.sleep(HUNG) => waiter.look_again(),
            }
        }
    }

    /// Records and logs decisions that concern no row of a person.
    async fn note(&self, activity: Activity) {
        announce(&activity);
        self.write("a decision", || self.ledger.note(vec![activity.clone()])).await;
    }

    /// Writes to the ledger until it succeeds: what has happened must not be forgotten.
    async fn write<T, F: Future<Output = Result<T, LedgerError>>>(
        &self,
        what: &'static str,
        mut attempt: impl FnMut() -> F,
    ) -> T {
        let mut failures = 0;
        loop {
            match attempt().await {
                Ok(value) => {
                    if self.stuck.swap(false, Ordering::Relaxed) {
                        tracing::info!(code = "ledger.recovered", "the ledger can be written again");
                    }
                    return value;
                }
                // A daemon that cannot remember must not act: this takes it down.
                Err(LedgerError::Gone) => panic!("{}", LedgerError::Gone),
                Err(error) => {
                    failures += 1;
                    if !self.stuck.swap(true, Ordering::Relaxed) {
                        tracing::error!(
                            code = "ledger.stuck",
                            reason = %error,
                            "{what} cannot be written down; all work waits until it can: look at the disk"
                        );
                    }
                    tokio::time::sleep(retry::delay(failures, &WRITE)).await;
                }
            }
        }
    }
}
