//! How much may be taken away in how little time before a person must say so.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::access::{Desired, Why};
use super::account::{Account, Profile, Status, fold};
use super::digest::digest;
use super::employee::Memory;
use super::plan::Step;

/// What a step takes away; each has a limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Access, for a leave, a deletion or a leave of absence: a deactivation or a suspension.
    Cut,
    /// Access, for security.
    Revocation,
    /// The login that somebody knows.
    Rename,
    /// A good part of a profile, or the name or the email in it.
    Rewrite,
}

impl Effect {
    /// All of them.
    pub const ALL: [Effect; 4] = [Effect::Cut, Effect::Revocation, Effect::Rename, Effect::Rewrite];

    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Cut => "cut",
            Effect::Revocation => "revocation",
            Effect::Rename => "rename",
            Effect::Rewrite => "rewrite",
        }
    }

    /// Many of them, for people.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Effect::Cut => "deactivations and suspensions",
            Effect::Revocation => "revocations",
            Effect::Rename => "renames",
            Effect::Rewrite => "rewritten profiles",
        }
    }

    /// Whether it is access that is taken.
    #[must_use]
    pub fn is_cut(self) -> bool {
        matches!(self, Effect::Cut | Effect::Revocation)
    }
}

/// So many at least, or this share of the people concerned, whichever is more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// So many at least.
    pub count: u32,
    /// A share from 0 to 1.
    pub share: f64,
}

impl Limit {
    /// How many of so many people.
    #[must_use]
    pub fn of(&self, people: u32) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most as many as there are people"
        )]
        // A share such as 0.07 has no exact form: a hundred people are seven, not six.
        let share = (f64::from(people) * self.share + 1e-6) as u32;
        share.max(self.count)
    }
}

/// The limits in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    /// How far back effects count.
    pub window: TimeDelta,
    /// Of cuts, of the people who have access.
    pub cuts: Limit,
    /// Of revocations.
    pub revocations: Limit,
    /// Of renames.
    pub renames: Limit,
    /// Of rewritten profiles.
    pub rewrites: Limit,
    /// How many attributes that had a value must be replaced or cleared for a rewrite.
    pub rewrite_attributes: usize,
    /// The field by whose value people are counted as well; none: they are not.
    pub field: Option<String>,
    /// How far back cuts and revocations count for that.
    pub field_window: TimeDelta,
    /// Of these, of the people with one value.
    pub of_value: Limit,
}

impl Default for Guard {
    /// The limits that come with the program.
    fn default() -> Self {
        let usual = Limit { count: 10, share: 0.05 };
        Self {
            window: TimeDelta::hours(24),
            cuts: usual,
            revocations: usual,
            renames: usual,
            rewrites: usual,
            rewrite_attributes: 3,
            field: Some("work.department".to_owned()),
            field_window: TimeDelta::days(30),
            of_value: Limit { count: 5, share: 0.5 },
        }
    }
}

/// What is about to be taken from somebody, and what calls for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What is taken.
    pub effect: Effect,
    /// What calls for it: an operator's word is about this and nothing else. Rules and dates, no values.
    pub wish: String,
}

impl Guard {
    /// The limit of an effect.
    #[must_use]
    pub fn limit(&self, effect: Effect) -> Limit {
        match effect {
            Effect::Cut => self.cuts,
            Effect::Revocation => self.revocations,
            Effect::Rename => self.renames,
            Effect::Rewrite => self.rewrites,
        }
    }

    /// What a step on an account takes away; none where it takes nothing.
    #[must_use]
    pub fn claim(&self, step: &Step, desired: &Desired, account: &Account, memory: &Memory) -> Option<Claim> {
        match step {
            // The second step of a leave takes nothing that the first has not.
            Step::Deactivate
                if account.status == Status::Suspended
                    && memory.suspended_leaver()
                    && desired.why.is_leave() =>
            {
                None
            }
            Step::Suspend | Step::Deactivate => Some(cut(desired)),
            // Nobody has used it yet.
            Step::Update { .. } if account.status == Status::Staged => None,
            Step::Update { changes } => {
                let (effect, what) = self.update(changes, &account.profile)?;
                // The values must not be told by what is shown of it.
                let what = serde_json::to_vec(&what).unwrap_or_default();
                Some(Claim { effect, wish: digest(&what) })
            }
            Step::Create { .. } | Step::Activate { .. } | Step::Unsuspend | Step::ClearSessions => None,
        }
    }

    /// What an update takes away, and the changes that do.
    fn update<'c>(&self, changes: &'c Profile, stored: &Profile) -> Option<(Effect, Changes<'c>)> {
        // Filling what was empty takes nothing away.
        let lost = |name: &str| {
            let before = stored.get(name).filter(|value| !value.is_null());
            let after = changes.get(name);
            before.zip(after).is_some_and(|(before, after)| differ(name, before, after))
        };
        let of = |names: &[&str]| -> Changes<'c> {
            changes.iter().filter(|(name, _)| names.contains(&name.as_str()) && lost(name)).collect()
        };
        let renamed = of(&["login"]);
        if !renamed.is_empty() {
            return Some((Effect::Rename, renamed));
        }
        let all: Changes = changes.iter().filter(|(name, _)| lost(name)).collect();
        if all.len() >= self.rewrite_attributes {
            return Some((Effect::Rewrite, all));
        }
        let named = of(&["email", "firstName", "lastName"]);
        (!named.is_empty()).then_some((Effect::Rewrite, named))
    }
}

/// Some of an update's changes.
type Changes<'c> = BTreeMap<&'c String, &'c Value>;

/// The cut that a decision calls for.
#[must_use]
pub fn cut(desired: &Desired) -> Claim {
    // A leave date is a wish of its own; the hour at which the day begins is not, nor when HR said a thing again.
    let date = desired.leave_date.map(|date| format!(" {date}"));
    let mut wish = desired.why.text() + date.unwrap_or_default().as_str();
    if !desired.revoked {
        return Claim { effect: Effect::Cut, wish };
    }
    if !matches!(desired.why, Why::Revoked(_)) {
        // Whoever was kept as a leaver was not kept in spite of a revocation.
        wish += ", and access revoked";
    }
    Claim { effect: Effect::Revocation, wish }
}

fn differ(name: &str, before: &Value, after: &Value) -> bool {
    match (name, before, after) {
        // As Okta compares them.
        ("login" | "email", Value::String(before), Value::String(after)) => fold(before) != fold(after),
        _ => before != after,
    }
}

/// The limit that has been reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// Of what.
    pub effect: Effect,
    /// How many.
    pub most: u32,
    /// Within how many seconds.
    pub within: i64,
    /// The field of which the people have one value; none: of everybody.
    #[serde(default)]
    pub field: Option<String>,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = TimeDelta::seconds(self.within).to_std().unwrap_or_default();
        write!(
            f,
            "more than {} {} within {}",
            self.most,
            self.effect.plural(),
            humantime::format_duration(span)
        )?;
        match &self.field {
            Some(field) => write!(f, " of people with one {field}"),
            None => Ok(()),
        }
    }
}

/// From when on effects count.
#[must_use]
pub fn since(now: DateTime<Utc>, window: TimeDelta) -> DateTime<Utc> {
    now.checked_sub_signed(window).unwrap_or(DateTime::<Utc>::MIN_UTC)
}
