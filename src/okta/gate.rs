//! The budget shared by all calls: who holds a permit may call once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::budget::{Bucket, Budget, Outcome, Refusal, Ticket};
use super::client::Now;
use crate::domain::urgency::Urgency;

/// The budget, the clock it is measured by, and who waits for it.
pub(super) struct Gate {
    budget: Mutex<Budget>,
    changed: Notify,
    now: Now,
}

impl Gate {
    pub fn new(budget: Budget, now: Now) -> Self {
        Self { budget: Mutex::new(budget), changed: Notify::new(), now }
    }

    pub fn now(&self) -> DateTime<Utc> {
        (self.now)()
    }

    pub fn budget(&self) -> MutexGuard<'_, Budget> {
        // Nothing in the budget panics half way.
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    pub fn admit(self: &Arc<Self>, bucket: Bucket, urgency: Urgency) -> Result<Permit, Refusal> {
        let ticket = self.budget().take(bucket, urgency, self.now())?;
        Ok(self.permit(ticket))
    }

    pub fn force(self: &Arc<Self>, bucket: Bucket) -> Permit {
        let ticket = self.budget().force(bucket);
        self.permit(ticket)
    }

    fn permit(self: &Arc<Self>, ticket: Ticket) -> Permit {
        Permit { gate: Arc::clone(self), ticket, outcome: Outcome::Unsent }
    }
}

/// Leave to make one call. It counts as in flight until its answer; dropped unused, it counts as nothing.
#[must_use = "a permit holds a slot until it is used or dropped"]
pub struct Permit {
    gate: Arc<Gate>,
    ticket: Ticket,
    /// What to learn when this is dropped, whether the call ended or was given up.
    outcome: Outcome,
}

impl Permit {
    pub(super) fn bucket(&self) -> Bucket {
        self.ticket.bucket
    }

    /// From here on Okta may have counted the call.
    pub(super) fn sending(&mut self) {
        self.outcome = Outcome::Lost;
    }

    pub(super) fn settle(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let now = self.gate.now();
        self.gate.budget().settle(self.ticket, self.outcome, now);
        self.gate.changed.notify_waiters();
    }
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Permit").field("ticket", &self.ticket).finish_non_exhaustive()
    }
}
