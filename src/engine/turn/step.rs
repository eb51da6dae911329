//! What a call means for our memory: before it is made, and when it has succeeded.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{Flow, Turn};
use crate::domain::access::Desired;
use crate::domain::account::{Account, Profile, Status};
use crate::domain::cause::cause;
use crate::domain::event::Stamp;
use crate::domain::plan::Step;
use crate::ledger::code;
use crate::okta::Answer;

impl Turn<'_> {
    /// Intent before effect: a lost reply must not lose what we meant.
    pub(super) fn remember(&mut self, step: &Step, desired: &Desired, now: DateTime<Utc>) {
        self.person.employee.memory.begin(step, &desired.why, now);
    }

    /// The decision that a step carries out, and the attributes that it is about.
    pub(super) fn naming(&self, step: &Step) -> (&'static str, Vec<String>) {
        let status = self.person.view.linked.as_ref().map(|account| account.status);
        match step {
            Step::Create { profile, .. } => (code::CREATED, profile.keys().cloned().collect()),
            Step::Update { changes } => {
                let name = if changes.contains_key("login") { code::RENAMED } else { code::UPDATED };
                (name, changes.keys().cloned().collect())
            }
            Step::Activate { .. } if status == Some(Status::Deprovisioned) => (code::REACTIVATED, Vec::new()),
            Step::Activate { .. } => (code::ACTIVATED, Vec::new()),
            Step::Suspend => (code::SUSPENDED, Vec::new()),
            Step::Unsuspend => (code::UNSUSPENDED, Vec::new()),
            Step::ClearSessions => (code::SESSIONS_CLEARED, Vec::new()),
            Step::Deactivate => (code::DEACTIVATED, Vec::new()),
        }
    }

    /// The event that the step follows from, as facts and the present rule tell.
    pub(super) fn cause(&self, step: &Step) -> Option<Stamp> {
        let (account, facts) = (self.person.view.linked.as_ref(), &self.person.employee.facts);
        let rules = self.engine.ledger.rules();
        cause(step, self.why.as_ref()?, account, facts, &rules.mapping).cloned()
    }

    /// A step has been done: the mirror and our memory follow it.
    pub(super) fn done(&mut self, step: &Step, answer: Answer, why: String) -> Flow {
        let now = self.now();
        self.rereads = 0;
        self.attempts = 0;
        let ((name, fields), cause) = (self.naming(step), self.cause(step));
        let memory = &mut self.person.employee.memory;
        memory.finish(step);
        (memory.paused, memory.announced) = (None, None);
        if let Some(account) = answer.account {
            if let Step::Create { profile: sent, .. } | Step::Update { changes: sent } = step {
                memory.link = Some(account.id.clone());
                heed(&mut memory.unheeded, sent, &account);
            }
            self.show(account);
        } else {
            self.infer(step, answer.at.unwrap_or(now), now);
        }
        let mut activity = self.activity(name, why).following(cause.as_ref());
        activity.fields = fields;
        activity.request_id = answer.request_id;
        self.activities.push(activity);
        Flow::Again
    }

    /// The account as an answer showed it.
    pub(super) fn show(&mut self, account: Account) {
        self.accounts.retain(|known| known.id != account.id);
        self.accounts.push(account.clone());
        self.person.view.linked = Some(account);
    }

    /// A lifecycle call's answer does not show the account: the status follows from the call.
    fn infer(&mut self, step: &Step, at: DateTime<Utc>, now: DateTime<Utc>) {
        let Some(mut account) = self.person.view.linked.clone() else { return };
        let (status, certain) = match step {
            // With a password it is ACTIVE; only a later read tells.
            Step::Activate { .. } => (Status::Provisioned, false),
            // A password may have expired meanwhile.
            Step::Unsuspend => (Status::Active, false),
            Step::Suspend => (Status::Suspended, true),
            Step::Deactivate => (Status::Deprovisioned, true),
            Step::Create { .. } | Step::Update { .. } | Step::ClearSessions => return,
        };
        account.status = status;
        account.status_changed = Some(at);
        // Okta's Date has whole seconds; a listed row of the same second may be older than the call.
        account.last_updated = at + TimeDelta::milliseconds(999);
        account.seen_at = if certain { now } else { DateTime::UNIX_EPOCH };
        self.show(account);
    }
}

/// Whether the account is as the step leaves it. Sessions cannot be seen.
pub(super) fn shows(step: &Step, account: &Account) -> bool {
    let status = account.status;
    match step {
        Step::Create { .. } | Step::ClearSessions => false,
        Step::Update { changes } => {
            changes.iter().all(|(name, value)| account.profile.get(name).unwrap_or(&Value::Null) == value)
        }
        Step::Activate { .. } => !matches!(status, Status::Staged | Status::Deprovisioned),
        Step::Suspend => status == Status::Suspended,
        Step::Unsuspend => !matches!(status, Status::Suspended | Status::Deprovisioned),
        Step::Deactivate => status == Status::Deprovisioned,
    }
}

/// What Okta stored otherwise than it was sent is not sent again.
fn heed(unheeded: &mut Profile, sent: &Profile, account: &Account) {
    for (name, value) in sent {
        let stored = account.profile.get(name).unwrap_or(&Value::Null);
        if stored == value {
            unheeded.remove(name);
        } else {
            unheeded.insert(name.clone(), value.clone());
        }
    }
}
