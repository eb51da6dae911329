//! Which call does what.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::directory::Directory;
use super::lifecycle::{self, OPERATIONS, Setting};
use super::list::list;
use super::reply::{Refusal, Reply};
use super::request::Request;
use super::tokens::Bearer;
use super::user::{Status, User};

/// Where and when a call is carried out.
pub(super) struct Scene<'a> {
    pub(super) base: &'a str,
    pub(super) now: DateTime<Utc>,
    /// The number of the request, for things that must be unique.
    pub(super) number: u64,
    /// Whose call it is.
    pub(super) bearer: Bearer,
}

/// Carries out an authorised call. `path` is what follows `/api/v1`.
pub(super) fn route(
    directory: &mut Directory,
    request: &Request,
    path: &[&str],
    scene: &Scene<'_>,
) -> Result<Reply, Refusal> {
    let shown = |user: &User| Reply::ok(user.shown(scene.base, false));
    match (request.method.as_str(), path) {
        ("POST", ["users"]) => create(directory, request, scene.now).map(|user| shown(user)),
        ("GET", ["users"]) => list(directory, request, scene.base),
        ("GET", ["users", key]) => directory.get(key).map(shown),
        (method @ ("POST" | "PUT"), ["users", key]) => {
            directory.get(key)?;
            let profile = profile(request.body.as_ref())?;
            directory.update(key, profile, method == "PUT", scene.now).map(shown)
        }
        ("DELETE", ["users", key]) => delete(directory, key, scene.now),
        ("DELETE", ["users", key, "sessions"]) => directory.get(key).map(|_| Reply::no_content()),
        ("POST", ["users", key, "lifecycle", operation]) if OPERATIONS.contains(operation) => {
            let setting = Setting {
                now: scene.now,
                send_email: request.flag("sendEmail"),
                base: scene.base,
                number: scene.number,
            };
            lifecycle::run(directory.get_mut(key)?, operation, &setting).map(Reply::ok)
        }
        ("GET", ["meta", "schemas", "user", "default"]) => Ok(Reply::ok(directory.schema.shown(scene.base))),
        (_, ["users"] | ["users", _] | ["users", _, "sessions"] | ["meta", "schemas", "user", "default"]) => {
            Err(not_a_method())
        }
        (_, ["users", _, "lifecycle", operation]) if OPERATIONS.contains(operation) => Err(not_a_method()),
        _ => Err(Refusal::new(404, "E0000008", "The requested path was not found")),
    }
}

fn create<'a>(
    directory: &'a mut Directory,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<&'a mut User, Refusal> {
    let body = request.body.as_ref();
    let profile = profile(body)?;
    let of_body = |pointer: &str| body.and_then(|body| body.pointer(pointer));
    let has_password = of_body("/credentials/password/value").is_some();
    let activated = request.flag("activate").unwrap_or(true);
    let expires = request.query("nextLogin") == Some("changePassword");
    if expires && !has_password {
        let summary = "Could not create user. To create a user and expire their password immediately, a password must be specified";
        return Err(Refusal::new(400, "E0000124", summary));
    }
    if expires && !activated {
        let summary = "Could not create user. To create a user and expire their password immediately, \"activate\" must be true";
        return Err(Refusal::new(400, "E0000125", summary));
    }
    // The sandbox has no groups, so none of those named can be there.
    if let Some(group) = of_body("/groupIds/0").and_then(Value::as_str) {
        return Err(Refusal::not_found(group, "UserGroup"));
    }
    let user = directory.create(profile.clone(), now)?;
    if has_password {
        user.has_password = true;
        user.password_changed = Some(now);
    }
    if activated {
        lifecycle::activate(user, now);
    }
    if expires {
        user.status = Status::PasswordExpired;
    }
    Ok(user)
}

/// Okta API: the first deletion deactivates, the second deletes.
fn delete(directory: &mut Directory, key: &str, now: DateTime<Utc>) -> Result<Reply, Refusal> {
    let user = directory.get_mut(key)?;
    if user.status == Status::Deprovisioned {
        let id = user.id.clone();
        directory.remove(&id)?;
    } else {
        lifecycle::deactivate(user, now);
    }
    Ok(Reply::no_content())
}

/// The profile of a user body, which may hold nothing that no user has.
fn profile(body: Option<&Value>) -> Result<&Map<String, Value>, Refusal> {
    let body = body.and_then(Value::as_object).ok_or_else(Refusal::malformed)?;
    let known = ["profile", "credentials", "groupIds", "type", "realmId"];
    if body.keys().any(|key| !known.contains(&key.as_str())) {
        return Err(Refusal::malformed());
    }
    body.get("profile").and_then(Value::as_object).ok_or_else(Refusal::malformed)
}

pub(super) fn not_a_method() -> Refusal {
    Refusal::new(405, "E0000022", "The endpoint does not support the provided HTTP method")
}
