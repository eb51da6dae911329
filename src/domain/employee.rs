//! One person: what HR said, and what we must remember of our own doings.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::access::{Access, Desired, Why};
use super::account::{OktaId, Profile, Status};
use super::facts::Facts;
use super::field;
use super::mapping::Known;
use super::plan::Step;

/// What the ledger holds of one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Employee {
    /// HR's id.
    pub id: String,
    /// What HR said.
    pub facts: Facts,
    /// What we did.
    pub memory: Memory,
    /// The id once more, as the value of `root.id`.
    id_value: Value,
}

impl Employee {
    /// A person as the ledger holds them.
    #[must_use]
    pub fn new(id: &str, facts: Facts, memory: Memory) -> Self {
        Self { id: id.to_owned(), facts, memory, id_value: id.into() }
    }

    /// What is known of a field; the id always is.
    #[must_use]
    pub fn known(&self, name: &str) -> Known<'_> {
        if name == field::ID { Known::Value(&self.id_value) } else { self.facts.known(name) }
    }
}

/// Our own doings, as far as later decisions depend on them. Intents are written before the call:
/// a lost reply must not lose what we meant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is remembered by itself")]
pub struct Memory {
    /// The account that is this person's; the ledger keeps it in a column of its own.
    #[serde(skip)]
    pub link: Option<OktaId>,
    /// A create whose outcome is unknown.
    pub creating: Option<Creating>,
    /// A step on the linked account whose outcome is unknown, until the account has been seen again. A cut
    /// is one from before its call: the daemon may be killed in the middle of it.
    pub doubt: Option<Doubt>,
    /// A cut that we made or meant to make, and have not undone.
    pub cut: Option<Cut>,
    /// Our suspension was made for a leave that still holds: its grace runs from the cut.
    pub for_leave: bool,
    /// Since when a leaver's account has been found suspended for another reason, ours or somebody else's: the grace
    /// runs from then.
    pub found_suspended: Option<DateTime<Utc>>,
    /// The deactivation that we began was of an account that we had suspended.
    pub had_suspended: bool,
    /// Sessions are to be cleared, and Okta has not confirmed it.
    pub sessions_owed: bool,
    /// Values that Okta accepted and stored otherwise: not sent again until they change.
    pub unheeded: Profile,
    /// When Okta first said that the linked account does not exist.
    pub missing_since: Option<DateTime<Utc>>,
    /// Since when a cut by date has waited for HR to be read once more.
    pub unverified: Option<DateTime<Utc>>,
    /// That this has taken too long has been told.
    pub told_unverified: bool,
    /// The account that an operator lets us activate again, though somebody cut it in Okta.
    pub reactivate: Option<OktaId>,
    /// Which pause the person was last told to wait for.
    pub paused: Option<String>,
    /// A digest of what was last announced as to be done, while nothing is written to Okta.
    pub announced: Option<String>,
    /// How often an operator has moved the link: what began before must not move it back.
    pub relinked: u32,
    /// How often `reactivate` or `missing_since` was set on an operator's word: what began before must not take
    /// that back.
    pub told: u32,
}

/// A create that was begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Creating {
    /// The login that it tries.
    pub login: String,
    /// When it was begun.
    pub at: DateTime<Utc>,
    /// How often Okta has said since that there is no such login.
    pub misses: u8,
}

/// A step that Okta may or may not have carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Doubt {
    /// The step.
    pub step: Step,
    /// Why it was made.
    pub why: String,
    /// How often a look at the account has failed since.
    #[serde(default)]
    pub failed_looks: u8,
}

impl Doubt {
    /// Of a step made for this reason, at whose account nobody has looked yet.
    #[must_use]
    pub fn of(step: &Step, why: String) -> Self {
        Self { step: step.clone(), why, failed_looks: 0 }
    }
}

/// A cut of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Which.
    pub kind: CutKind,
    /// When it was begun.
    pub at: DateTime<Utc>,
}

/// The two ways to cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CutKind {
    /// Suspended.
    Suspension,
    /// Deactivated.
    Deactivation,
}

impl Memory {
    /// A step is about to be made, for this reason: a lost reply must not lose what we meant.
    pub fn begin(&mut self, step: &Step, why: &Why, now: DateTime<Utc>) {
        if let Step::Suspend | Step::Deactivate = step {
            self.doubt = Some(Doubt::of(step, why.text()));
        }
        match step {
            Step::Create { profile, .. } => {
                let login = profile.get("login").and_then(Value::as_str).unwrap_or_default().to_owned();
                self.creating = Some(Creating { login, at: now, misses: 0 });
            }
            Step::Suspend => {
                self.cut = Some(Cut { kind: CutKind::Suspension, at: now });
                self.for_leave = why.is_leave();
                self.sessions_owed = true;
            }
            Step::Deactivate => {
                self.had_suspended = self.suspended_it();
                self.cut = Some(Cut { kind: CutKind::Deactivation, at: now });
            }
            Step::Update { .. } | Step::Activate { .. } | Step::Unsuspend | Step::ClearSessions => {}
        }
    }

    /// A step has been done.
    pub fn finish(&mut self, step: &Step) {
        self.doubt = None;
        match step {
            Step::Create { .. } => self.creating = None,
            Step::Activate { .. } | Step::Unsuspend => self.forget_cut(),
            Step::ClearSessions => self.sessions_owed = false,
            Step::Deactivate => {
                self.sessions_owed = false;
                self.had_suspended = false;
            }
            Step::Update { .. } | Step::Suspend => {}
        }
    }

    /// When our own suspension was begun, if that is the cut in force.
    #[must_use]
    pub fn suspended(&self) -> Option<DateTime<Utc>> {
        self.cut.filter(|cut| cut.kind == CutKind::Suspension).map(|cut| cut.at)
    }

    /// What the grace of a leaver runs from, as a cut: ours for the leave, or else a suspension that was there.
    #[must_use]
    pub fn grace_from(&self) -> Option<Cut> {
        self.leave_cut().or(self.found_suspended.map(|at| Cut { kind: CutKind::Suspension, at }))
    }

    /// Our cut, unless it is a suspension for something else than a leave.
    fn leave_cut(&self) -> Option<Cut> {
        self.cut.filter(|cut| cut.kind == CutKind::Deactivation || self.for_leave)
    }

    /// Nothing is left to do for an account of this status: keeps what a suspension is for. Whether a grace begins
    /// by that.
    pub fn settle_grace(&mut self, desired: &Desired, status: Option<Status>, now: DateTime<Utc>) -> bool {
        let leaver = desired.access == Access::Suspended && desired.why.is_leave();
        // A suspension that goes on for another reason is not the leave's any more.
        self.for_leave &= leaver;
        if !leaver || status != Some(Status::Suspended) || self.leave_cut().is_some() {
            self.found_suspended = None;
            return false;
        }
        self.found_suspended.replace(self.found_suspended.unwrap_or(now)).is_none()
    }

    /// Whether it was us who suspended the account, if it is suspended, and for a leave.
    #[must_use]
    pub fn suspended_leaver(&self) -> bool {
        self.suspended_it() && self.for_leave
    }

    /// Whether it was us who suspended the account, if it is suspended.
    #[must_use]
    pub fn suspended_it(&self) -> bool {
        self.suspended().is_some() || self.had_suspended
    }

    /// Forgets values of other attributes than these. Their names stay in a doubt, which can be settled only
    /// by a look.
    pub fn retain(&mut self, attributes: &BTreeSet<String>) {
        self.unheeded.retain(|name, _| attributes.contains(name));
        if let Some(Doubt { step: Step::Update { changes }, .. }) = &mut self.doubt {
            let others = changes.iter_mut().filter(|(name, _)| !attributes.contains(*name));
            others.for_each(|(_, value)| *value = Value::Null);
        }
    }

    /// HR has been read, or need not be.
    pub fn verified(&mut self) {
        self.unverified = None;
        self.told_unverified = false;
    }

    /// No cut of ours is in force.
    pub fn forget_cut(&mut self) {
        self.cut = None;
        self.reactivate = None;
        self.found_suspended = None;
        self.had_suspended = false;
        self.for_leave = false;
        self.sessions_owed = false;
    }

    /// Whether the account's deactivation is ours.
    #[must_use]
    pub fn deactivated(&self) -> bool {
        self.cut.is_some_and(|cut| cut.kind == CutKind::Deactivation)
    }
}
