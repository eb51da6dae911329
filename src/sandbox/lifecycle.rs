//! Okta's state machine: which operation is allowed in which status, and what comes of it.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::reply::Refusal;
use super::user::{Status, User};

/// The operations below `/users/{id}/lifecycle/` that exist here.
pub(super) const OPERATIONS: [&str; 6] =
    ["activate", "reactivate", "deactivate", "suspend", "unsuspend", "unlock"];

/// What a lifecycle call needs besides the user.
pub(super) struct Setting<'a> {
    pub(super) now: DateTime<Utc>,
    /// `sendEmail` as asked for; each operation has a default of its own.
    pub(super) send_email: Option<bool>,
    pub(super) base: &'a str,
    /// Makes the activation token unique.
    pub(super) number: u64,
}

/// Carries out `operation` on `user` and gives the body of the answer.
pub(super) fn run(user: &mut User, operation: &str, setting: &Setting<'_>) -> Result<Value, Refusal> {
    let now = setting.now;
    match (operation, user.status) {
        ("activate", Status::Staged | Status::Deprovisioned) => {
            activate(user, now);
            Ok(if setting.send_email == Some(false) { token(setting) } else { json!({}) })
        }
        ("activate", _) => {
            Err(Refusal::new(403, "E0000016", "Activation failed because the user is already active"))
        }
        ("reactivate", Status::Provisioned | Status::Recovery) => {
            Ok(if setting.send_email == Some(true) { json!({}) } else { token(setting) })
        }
        ("reactivate", _) => Err(Refusal::wrong_status()),
        // Not "already done": Okta does not find a deactivated user for this call.
        ("deactivate", Status::Deprovisioned) => Err(Refusal::not_found(&user.id, "User")),
        ("deactivate", _) => {
            deactivate(user, now);
            Ok(json!({}))
        }
        ("suspend", Status::Active) => {
            user.move_to(Status::Suspended, now);
            Ok(json!({}))
        }
        ("suspend", _) => Err(invalid("suspendUser", "Cannot suspend a user that is not active")),
        ("unsuspend", Status::Suspended) | ("unlock", Status::LockedOut) => {
            user.move_to(Status::Active, now);
            Ok(json!({}))
        }
        ("unsuspend", _) => Err(invalid("unsuspendUser", "Cannot unsuspend a user that is not suspended")),
        ("unlock", _) => Err(Refusal {
            causes: vec!["The user is not locked out.".into()],
            ..Refusal::new(403, "E0000032", "Unlock is not allowed for this user.")
        }),
        _ => Err(Refusal::new(404, "E0000008", "The requested path was not found")),
    }
}

/// ACTIVE with a password, PROVISIONED without: then the person has yet to follow the link.
pub(super) fn activate(user: &mut User, now: DateTime<Utc>) {
    user.activated = Some(now);
    user.move_to(if user.has_password { Status::Active } else { Status::Provisioned }, now);
}

/// Deletes the password for good, which is why a later activation ends PROVISIONED.
pub(super) fn deactivate(user: &mut User, now: DateTime<Utc>) {
    user.has_password = false;
    user.move_to(Status::Deprovisioned, now);
}

fn invalid(what: &str, cause: &str) -> Refusal {
    Refusal::invalid(what, vec![cause.into()])
}

fn token(setting: &Setting<'_>) -> Value {
    let token = format!("sandbox{:013}", setting.number);
    json!({ "activationUrl": format!("{}/tokens/{token}/verify", setting.base), "activationToken": token })
}
