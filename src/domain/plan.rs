//! From what is to what should be: the calls that bring one account in line.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::access::Access;
use super::account::{Account, Profile, Status};
use super::employee::Memory;

/// One call to Okta.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// `POST /users?activate=…`
    Create {
        /// The whole profile.
        profile: Profile,
        /// Whether Okta activates it at once, which sends the activation mail.
        activate: bool,
    },
    /// `POST /users/{id}`: the changed attributes only; an explicit null clears one.
    Update {
        /// Attribute → new value.
        changes: Profile,
    },
    /// `POST /users/{id}/lifecycle/activate?sendEmail=…`
    Activate {
        /// Whether Okta mails the person an activation link.
        send_email: bool,
    },
    /// `POST /users/{id}/lifecycle/suspend`
    Suspend,
    /// `POST /users/{id}/lifecycle/unsuspend`
    Unsuspend,
    /// `DELETE /users/{id}/sessions?oauthTokens=true`
    ClearSessions,
    /// `POST /users/{id}/lifecycle/deactivate`
    Deactivate,
}

impl Step {
    /// The word for it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Step::Create { .. } => "create",
            Step::Update { .. } => "update",
            Step::Activate { .. } => "activate",
            Step::Suspend => "suspend",
            Step::Unsuspend => "unsuspend",
            Step::ClearSessions => "clear sessions",
            Step::Deactivate => "deactivate",
        }
    }

    /// Whether the step takes access away.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        matches!(self, Step::Suspend | Step::Deactivate | Step::ClearSessions)
    }
}

/// What stands against the next call, if any. An update that something stands against is passed over where another
/// step can do without it: nobody waits for a first day because of a title.
pub fn heed<T>(steps: &mut Vec<Step>, against: impl Fn(&Step) -> Option<T>) -> Option<T> {
    let first = steps.first().and_then(&against)?;
    if let [Step::Update { .. }, other, ..] = steps.as_slice()
        && against(other).is_none()
    {
        steps.remove(0);
        return None;
    }
    Some(first)
}

/// What a plan is made for.
#[derive(Clone, Copy, Debug)]
pub struct Aim<'a> {
    /// The state that the account should be in.
    pub access: Access,
    /// What the profile should hold; null means empty. Left out of account for a cut.
    pub profile: &'a Profile,
    /// What we did before.
    pub memory: &'a Memory,
    /// Whether joiners get Okta's activation mail.
    pub send_email: bool,
    /// Whether the person leaves for good or by revocation: then an account that cannot be suspended
    /// is deactivated.
    pub for_good: bool,
}

/// The calls that create an account that is missing.
#[must_use]
pub fn create(aim: &Aim) -> Vec<Step> {
    let profile =
        || aim.profile.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect();
    match aim.access {
        Access::Staged => vec![Step::Create { profile: profile(), activate: false }],
        Access::Active if aim.send_email => vec![Step::Create { profile: profile(), activate: true }],
        // Creating active always sends the mail; activating can do without.
        Access::Active => {
            vec![Step::Create { profile: profile(), activate: false }, Step::Activate { send_email: false }]
        }
        _ => Vec::new(),
    }
}

/// The calls that bring an account in line, in their order; empty when nothing differs.
#[must_use]
pub fn plan(aim: &Aim, account: &Account) -> Vec<Step> {
    let activate = Step::Activate { send_email: aim.send_email };
    match aim.access {
        Access::Absent | Access::Unmanaged => Vec::new(),
        Access::Deactivated if account.status == Status::Deprovisioned => Vec::new(),
        Access::Deactivated => vec![Step::Deactivate],
        Access::Suspended => suspend(aim, account.status),
        Access::Staged => match account.status {
            Status::Suspended | Status::Deprovisioned => Vec::new(),
            _ => update(aim, account).into_iter().collect(),
        },
        Access::Active => match account.status {
            Status::Staged => update(aim, account).into_iter().chain([activate]).collect(),
            // A deactivated user's profile cannot be changed.
            Status::Deprovisioned => [activate].into_iter().chain(update(aim, account)).collect(),
            Status::Suspended if aim.memory.suspended_it() => {
                [Step::Unsuspend].into_iter().chain(update(aim, account)).collect()
            }
            _ => update(aim, account).into_iter().collect(),
        },
    }
}

fn suspend(aim: &Aim, status: Status) -> Vec<Step> {
    match status {
        Status::Active => vec![Step::Suspend, Step::ClearSessions],
        Status::Suspended if aim.memory.sessions_owed => vec![Step::ClearSessions],
        Status::Suspended | Status::Deprovisioned => Vec::new(),
        // Only an active user can be suspended.
        _ if aim.for_good => vec![Step::Deactivate],
        _ => Vec::new(),
    }
}

/// How an attribute of an account stands to the value that it should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The account has it.
    Same,
    /// The account has another value, or none.
    Differs,
    /// It differs, and Okta stored another value when this one was sent before: not sent again.
    Unheeded,
}

/// How `name` of the account stands to `value`.
#[must_use]
pub fn standing(name: &str, value: &Value, account: &Account, memory: &Memory) -> Standing {
    let differs = match account.profile.get(name) {
        Some(stored) => stored != value,
        None => !value.is_null(),
    };
    match differs {
        false => Standing::Same,
        true if memory.unheeded.get(name) == Some(value) => Standing::Unheeded,
        true => Standing::Differs,
    }
}

/// The attributes that differ, unless Okta stored another value when we sent this one before.
fn update(aim: &Aim, account: &Account) -> Option<Step> {
    let differs = |name: &str, value: &Value| standing(name, value, account, aim.memory) == Standing::Differs;
    let changes: Profile = aim
        .profile
        .iter()
        .filter(|(name, value)| differs(name, value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    (!changes.is_empty()).then_some(Step::Update { changes })
}
