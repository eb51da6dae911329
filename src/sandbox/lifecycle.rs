//! Okta's state machine: which operation is allowed in which status, and what comes of it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::delays::later;
use super::reply::Refusal;
use super::request::Request;
use super::routes::Scene;
use super::switches::{Switch, Switches};
use super::user::{Status, Transition, User};

/// The operations below `/users/{id}/lifecycle/` that exist here.
pub(super) const OPERATIONS: [&str; 10] = [
    "activate",
    "reactivate",
    "deactivate",
    "suspend",
    "unsuspend",
    "unlock",
    "expire_password",
    "expire_password_with_temp_password",
    "reset_password",
    "reset_factors",
];

/// What a lifecycle call needs besides the user.
pub(super) struct Setting<'a> {
    pub(super) now: DateTime<Utc>,
    /// To the millisecond.
    instant: DateTime<Utc>,
    /// How long a transition takes.
    takes: TimeDelta,
    /// `sendEmail` as asked for; each operation has a default of its own.
    send_email: Option<bool>,
    temp_password: bool,
    respond_async: bool,
    base: &'a str,
    /// Makes tokens unique.
    number: u64,
    switches: Switches,
}

impl<'a> Setting<'a> {
    pub(super) fn new(request: &Request, scene: &Scene<'a>, switches: Switches) -> Result<Self, Refusal> {
        Ok(Self {
            now: scene.now,
            instant: scene.instant,
            takes: scene.transitions_take,
            send_email: request.flag("sendEmail")?,
            temp_password: request.flag("tempPassword")? == Some(true),
            respond_async: request.header("prefer") == Some("respond-async"),
            base: scene.base,
            number: scene.number,
            switches,
        })
    }

    /// A link with a one-time token that nobody will follow.
    fn link(&self, name: &str) -> (String, String) {
        let token = format!("sandbox{:013}", self.number);
        let url = match name {
            "reset" => format!("{}/reset_password/{token}", self.base),
            _ => format!("{}/tokens/{token}/verify", self.base),
        };
        (url, token)
    }

    fn activation(&self) -> Value {
        let (url, token) = self.link("activation");
        if self.switches.on(Switch::ActivationUrl) {
            json!({ "activationUrl": url, "activationToken": token })
        } else {
            json!({ "activationToken": token })
        }
    }

    pub(super) fn reset(&self) -> Value {
        if self.send_email == Some(false) {
            json!({ "resetPasswordUrl": self.link("reset").0 })
        } else {
            json!({})
        }
    }
}

/// Carries out `operation` on `user` and gives the body of the answer.
pub(super) fn run(user: &mut User, operation: &str, setting: &Setting<'_>) -> Result<Value, Refusal> {
    let now = setting.now;
    let on = |switch| setting.switches.on(switch);
    if user.is_activating() && on(Switch::ActivatingRefusesLifecycle) {
        return Err(Refusal::activating());
    }
    let after_lock = if on(Switch::UnsuspendExpires) { Status::PasswordExpired } else { Status::Active };
    let unsuspending = if on(Switch::UnsuspendNamesItself) { "unsuspendUser" } else { "suspendUser" };
    match (operation, user.status) {
        ("activate", Status::Staged | Status::Deprovisioned) => {
            activate(user, setting, false);
            Ok(if setting.send_email == Some(false) { setting.activation() } else { json!({}) })
        }
        ("activate", _) => {
            Err(Refusal::new(403, "E0000016", "Activation failed because the user is already active"))
        }
        ("reactivate", Status::Provisioned | Status::Recovery) => {
            Ok(if setting.send_email == Some(true) { json!({}) } else { setting.activation() })
        }
        // Not "already done": Okta does not find a deactivated user for this call.
        ("deactivate", Status::Deprovisioned) => Err(Refusal::not_found(&user.id, "User")),
        ("deactivate", _) => {
            deactivate(user, setting);
            Ok(json!({}))
        }
        ("suspend", status) => {
            let provisioned = status == Status::Provisioned && on(Switch::SuspendProvisioned);
            if status != Status::Active && !provisioned {
                return Err(invalid("suspendUser", "Cannot suspend a user that is not active"));
            }
            user.move_to(Status::Suspended, now);
            Ok(json!({}))
        }
        ("unsuspend", Status::Suspended) | ("unlock", Status::LockedOut) => {
            user.move_to(after_lock, now);
            Ok(json!({}))
        }
        ("unsuspend", _) => Err(invalid(unsuspending, "Cannot unsuspend a user that is not suspended")),
        ("unlock", _) => Err(Refusal {
            causes: vec!["The user is not locked out.".into()],
            ..Refusal::new(403, "E0000032", "Unlock is not allowed for this user.")
        }),
        ("reset_password", Status::Staged | Status::Suspended | Status::Deprovisioned) => {
            Err(Refusal::new(403, "E0000017", "Password reset failed"))
        }
        ("reset_password", _) => {
            user.move_to(Status::Recovery, now);
            Ok(setting.reset())
        }
        ("reset_factors", status) if status != Status::Deprovisioned => Ok(json!({})),
        ("expire_password" | "expire_password_with_temp_password", status)
            if can_expire(status, on(Switch::ExpireOnlyActive)) =>
        {
            user.move_to(Status::PasswordExpired, now);
            if operation == "expire_password" && !setting.temp_password {
                return Ok(user.shown(setting.base, false));
            }
            let password = format!("Temp{:04}", setting.number);
            user.set_password(&password, now);
            Ok(json!({ "tempPassword": password }))
        }
        _ => Err(Refusal::wrong_status()),
    }
}

/// ACTIVE with a password (where that `expires` at once `PASSWORD_EXPIRED`), PROVISIONED without: then the
/// person has yet to follow the link.
pub(super) fn activate(user: &mut User, setting: &Setting<'_>, expires: bool) {
    let federated = user.provider.0 != "OKTA";
    let needs_none = federated || setting.switches.on(Switch::OptionalPassword);
    let to = match user.password.is_some() || needs_none {
        true if expires => Status::PasswordExpired,
        true => Status::Active,
        false => Status::Provisioned,
    };
    user.begin(to, setting.takes, setting.now, setting.instant);
}

/// Deletes the password for good, which is why a later activation ends PROVISIONED.
pub(super) fn deactivate(user: &mut User, setting: &Setting<'_>) {
    let takes = if setting.respond_async { setting.takes } else { TimeDelta::zero() };
    user.begin(Status::Deprovisioned, takes, setting.now, setting.instant);
}

fn can_expire(status: Status, only_active: bool) -> bool {
    match status {
        Status::Active | Status::PasswordExpired => true,
        Status::Staged | Status::Deprovisioned => false,
        _ => !only_active,
    }
}

fn invalid(what: &str, cause: &str) -> Refusal {
    Refusal::invalid(what, vec![cause.into()])
}

impl User {
    /// Whether an activation is under way.
    pub(super) fn is_activating(&self) -> bool {
        self.transition.is_some_and(|transition| transition.to != Status::Deprovisioned)
    }

    /// Goes to `to`, now or when that has taken its time.
    fn begin(&mut self, to: Status, takes: TimeDelta, now: DateTime<Utc>, instant: DateTime<Utc>) {
        if takes.is_zero() {
            self.arrive(to, now);
        } else {
            self.transition = Some(Transition { to, at: later(instant, takes) });
            self.last_updated = now;
        }
    }

    /// The end of an activation or deactivation.
    pub(super) fn arrive(&mut self, to: Status, now: DateTime<Utc>) {
        if to == Status::Deprovisioned {
            self.password = None;
        } else {
            self.activated = Some(now);
        }
        self.move_to(to, now);
    }
}
