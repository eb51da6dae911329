//! Passwords and recovery questions: `/users/{id}/credentials/…`, and the `credentials` of a user's body.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::lifecycle::Setting;
use super::reply::Refusal;
use super::user::{Status, User};

/// The operations below `/users/{id}/credentials/`.
pub(super) const OPERATIONS: [&str; 4] =
    ["change_password", "change_recovery_question", "forgot_password", "forgot_password_recovery_question"];

/// Carries out `operation` on `user` and gives the body of the answer.
pub(super) fn run(
    user: &mut User,
    operation: &str,
    body: &Value,
    setting: &Setting<'_>,
) -> Result<Value, Refusal> {
    let now = setting.now;
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
    let live =
        matches!(user.status, Status::Staged | Status::Active | Status::PasswordExpired | Status::Recovery)
            && user.password.is_some();
    match operation {
        "change_password" => {
            if !live {
                let summary = "Change password not allowed on specified user.";
                return Err(Refusal::new(403, "E0000035", summary));
            }
            let (Some(old), Some(new)) = (text("/oldPassword/value"), text("/newPassword/value")) else {
                return Err(Refusal::malformed());
            };
            known(user, old, "Old Password is not correct")?;
            user.set_password(new, now);
            if matches!(user.status, Status::Recovery | Status::PasswordExpired) {
                user.move_to(Status::Active, now);
            }
        }
        "change_recovery_question" => {
            if !live {
                let summary = "Change recovery question not allowed on specified user.";
                return Err(Refusal::new(403, "E0000036", summary));
            }
            known(user, text("/password/value").unwrap_or_default(), "Password is not correct")?;
            user.recovery = Some(recovery(body).ok_or_else(Refusal::malformed)?);
        }
        _ => {
            let refused = || Refusal::new(403, "E0000034", "Forgot password not allowed on specified user.");
            if user.status != Status::Active && user.status != Status::Recovery {
                return Err(refused());
            }
            let Some(password) = text("/password/value") else {
                return Ok(setting.reset());
            };
            let answer = user.recovery.as_ref().map(|(_, answer)| answer.as_str());
            if answer.is_none() || answer != text("/recovery_question/answer") {
                return Err(refused());
            }
            user.set_password(password, now);
            if user.status == Status::Recovery {
                user.move_to(Status::Active, now);
            }
        }
    }
    user.last_updated = now;
    Ok(user.credentials())
}

/// Refuses credentials that have not the shape of the contract. Okta's SDKs send null for what is not given.
pub(super) fn check(credentials: &Value) -> Result<(), Refusal> {
    let none = Map::new();
    let fields = |value: &'_ Value| value.is_null() || value.is_object();
    let part = |name: &str| credentials[name].as_object().unwrap_or(&none);
    let texts = |name: &str, keys: &[&str]| {
        keys.iter().filter_map(|key| part(name).get(*key)).all(|value| value.is_null() || value.is_string())
    };
    let well_formed = fields(credentials)
        && ["password", "recovery_question", "provider"].iter().all(|name| fields(&credentials[*name]))
        && texts("password", &["value"])
        && texts("recovery_question", &["question", "answer"])
        && texts("provider", &["type", "name"]);
    if well_formed { Ok(()) } else { Err(Refusal::malformed()) }
}

/// Takes over the `credentials` of a create or an update.
pub(super) fn take(user: &mut User, credentials: &Value, now: DateTime<Utc>) {
    if let Some(password) =
        credentials.get("password").filter(|given| given.as_object().is_some_and(|o| !o.is_empty()))
    {
        // A hash or a hook in place of the value is a password as well.
        user.set_password(password["value"].as_str().unwrap_or_default(), now);
    }
    if let Some(recovery) = recovery(credentials) {
        user.recovery = Some(recovery);
    }
    let provider = &credentials["provider"];
    if let (Some(kind), Some(name)) = (provider["type"].as_str(), provider["name"].as_str()) {
        user.provider = (kind.to_owned(), name.to_owned());
    }
}

fn recovery(credentials: &Value) -> Option<(String, String)> {
    let recovery = &credentials["recovery_question"];
    Some((recovery["question"].as_str()?.to_owned(), recovery["answer"].as_str()?.to_owned()))
}

/// A planted user has a password that nobody ever said: any will do.
fn known(user: &User, said: &str, otherwise: &str) -> Result<(), Refusal> {
    match user.password.as_deref() {
        Some("") => Ok(()),
        Some(password) if password == said => Ok(()),
        _ => Err(Refusal {
            causes: vec![otherwise.into()],
            ..Refusal::new(403, "E0000014", "Update of credentials failed")
        }),
    }
}
