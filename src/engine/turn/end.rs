//! How a turn ends, and what it leaves behind.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::Turn;
use crate::domain::access::{Access, Desired};
use crate::domain::account::Status;
use crate::domain::block::Block;
use crate::domain::cause;
use crate::domain::digest::digest;
use crate::domain::plan::Step;
use crate::engine::announce;
use crate::ledger::{Settlement, Waiting, code, schedule};

/// How often a cut that Okta refused is tried again: access remains until it works.
pub(super) const REFUSED_CUT: TimeDelta = TimeDelta::hours(1);
/// How often a leave of absence looks whether the account can be suspended by now.
const UNSUSPENDABLE: TimeDelta = TimeDelta::days(1);

/// How a turn ends.
pub(super) struct End {
    pub desired: Desired,
    pub due_at: Option<DateTime<Utc>>,
    pub since: DateTime<Utc>,
    pub attempts: u32,
    pub waiting: Option<Waiting>,
    pub block: Option<Block>,
}

impl Turn<'_> {
    pub(super) fn rest(&mut self, desired: Desired, now: DateTime<Utc>) -> End {
        let status = self.person.view.linked.as_ref().map(|account| account.status);
        let cut = matches!(status, Some(Status::Suspended | Status::Deprovisioned));
        if desired.access.is_wanted() && !cut {
            // Whoever cuts the account from now on, it is not us.
            self.person.employee.memory.forget_cut();
        }
        let memory = &mut self.person.employee.memory;
        memory.paused = None;
        if memory.settle_grace(&desired, status, now) {
            // The grace has begun: until when, the next decision tells.
            return self.wait(desired, Some(now), None, false);
        }
        let withdrawn = memory.announced.take().is_some() && self.engine.is_observing();
        if withdrawn {
            let mut withdrawn = self.activity(code::RELEASED, desired.why.text());
            withdrawn.observed = true;
            self.activities.push(withdrawn);
        }
        if self.person.block.is_some() {
            let released = self.activity(code::RELEASED, desired.why.text());
            self.activities.push(released);
        }
        if let Some(until) = desired.until
            && self.person.until != Some(until)
        {
            let then = self.engine.ledger.rules().desired(&self.person.employee, until).why;
            let mut scheduled = self.activity(code::SCHEDULED, schedule(&desired.why, until, &then));
            scheduled.lag_ms = None;
            self.activities.push(scheduled);
        }
        // An account that cannot be suspended today may be one that can tomorrow.
        let unsuspended = desired.access == Access::Suspended && status.is_some() && !cut;
        let again = unsuspended.then(|| now + UNSUSPENDABLE);
        let due_at = sooner(desired.until, again);
        End { due_at, since: due_at.unwrap_or(now), attempts: 0, waiting: None, block: None, desired }
    }

    pub(super) fn blocked(&mut self, desired: Desired, block: Block, now: DateTime<Utc>) -> End {
        self.person.employee.memory.announced = None;
        if self.person.block.as_ref() != Some(&block) {
            // Whoever is to be cut keeps access for as long as this lasts.
            let held = desired.access.is_cut() || block.is_guard();
            let name = if held { code::HELD } else { code::BLOCKED };
            let word = cause::cut(&desired.why, &self.person.employee.facts).cloned();
            let blocked = self.activity(name, block.to_string()).following(word.as_ref());
            self.activities.push(blocked);
        }
        let again =
            (desired.access.is_cut() && matches!(block, Block::Refused { .. })).then(|| now + REFUSED_CUT);
        End {
            due_at: sooner(desired.until, again),
            since: self.person.since,
            attempts: self.attempts,
            waiting: Some(Waiting::Block),
            block: Some(block),
            desired,
        }
    }

    pub(super) fn wait(
        &mut self,
        desired: Desired,
        until: Option<DateTime<Utc>>,
        waiting: Option<Waiting>,
        failed: bool,
    ) -> End {
        End {
            due_at: sooner(desired.until, until),
            since: self.person.since,
            attempts: self.attempts + u32::from(failed),
            waiting,
            block: self.person.block.clone(),
            desired,
        }
    }

    /// Says what would be done, once.
    pub(super) fn observe(&mut self, desired: Desired, steps: &[Step]) -> End {
        let held = self.would_hold.take();
        let announced =
            Some(digest(format!("{steps:?} {} {}", desired.why.text(), held.is_some()).as_bytes()));
        let same = self.person.employee.memory.announced == announced;
        self.person.employee.memory.announced = announced;
        if let Some(block) = held.as_ref().filter(|_| !same) {
            let mut held = self.activity(code::HELD, block.to_string());
            held.observed = true;
            self.activities.push(held);
        }
        for step in steps.iter().filter(|_| !same && held.is_none()) {
            let ((name, fields), cause) = (self.naming(step), self.cause(step));
            let mut activity = self.activity(name, desired.why.text()).following(cause.as_ref());
            activity.fields = fields;
            activity.observed = true;
            self.activities.push(activity);
        }
        End {
            due_at: desired.until,
            since: self.person.since,
            attempts: 0,
            waiting: Some(Waiting::Observe),
            block: None,
            desired,
        }
    }

    pub(super) async fn settle(self, end: End) {
        let now = self.now();
        let settlement = Arc::new(Settlement {
            employee: self.person.employee,
            revision: self.person.revision,
            desired: end.desired,
            accounts: self.accounts,
            gone: self.gone,
            activities: self.activities,
            due_at: end.due_at,
            since: end.since,
            attempts: end.attempts,
            waiting: end.waiting,
            block: end.block,
            omitted: self.omitted,
            undone: self.undone,
        });
        let ledger = &self.engine.ledger;
        let settle = || ledger.settle(Arc::clone(&settlement), now);
        let repaired = self.engine.write("the end of a turn", settle).await;
        settlement.activities.iter().chain(&repaired).for_each(announce);
    }
}

fn sooner(one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    one.into_iter().chain(other).min()
}
