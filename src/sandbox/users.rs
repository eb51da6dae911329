//! Create, read, update and delete of one user.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::credentials;
use super::directory::Directory;
use super::lifecycle::{self, Setting};
use super::reply::{Refusal, Reply};
use super::request::Request;
use super::routes::Scene;
use super::schema::TYPE_ID;
use super::switches::Switch;
use super::user::{Status, User};

/// `GET /users/{id}`
pub(super) fn get(directory: &mut Directory, key: &str, scene: &Scene<'_>) -> Result<Reply, Refusal> {
    let id = directory.get(key)?.id.clone();
    if directory.is_hidden(&id) {
        return Err(Refusal::not_found(key, "User"));
    }
    let user = directory.get(&id)?;
    Ok(Reply { etag: Some(user.etag()), ..Reply::ok(user.shown(scene.base, false)) })
}

/// `POST /users`
pub(super) fn create(
    directory: &mut Directory,
    request: &Request,
    scene: &Scene<'_>,
    setting: &Setting<'_>,
) -> Result<Reply, Refusal> {
    let now = scene.now;
    let body = fields(request.body.as_ref())?;
    let profile = body.get("profile").and_then(Value::as_object).ok_or_else(Refusal::malformed)?;
    let none = Value::Null;
    let given = body.get("credentials").unwrap_or(&none);
    check_type(body)?;
    credentials::check(given)?;
    check_provider(given, request)?;
    let has_password = given["password"].as_object().is_some_and(|password| !password.is_empty());
    let activated = request.flag("activate")?.unwrap_or(true);
    let expires = request.query("nextLogin") == Some("changePassword");
    if expires && !has_password {
        let summary = "Could not create user. To create a user and expire their password immediately, a password must be specified";
        return Err(Refusal::new(400, "E0000124", summary));
    }
    if expires && !activated {
        let summary = "Could not create user. To create a user and expire their password immediately, \"activate\" must be true";
        return Err(Refusal::new(400, "E0000125", summary));
    }
    let groups = groups(body)?;
    let switches = directory.switches;
    directory.groups.check_named(&groups, &switches)?;
    let id = directory.create(profile.clone(), now)?.id.clone();
    // The same group may be named twice.
    for group in groups.into_iter().collect::<BTreeSet<_>>() {
        directory.groups.join(group, &id, &switches, now)?;
    }
    directory.change(&id, |user| {
        credentials::take(user, given, now);
        if activated {
            lifecycle::activate(user, setting, expires);
        }
        Ok(Reply::ok(user.shown(scene.base, false)))
    })
}

/// `POST` and `PUT /users/{id}`: partial and strict.
pub(super) fn update(
    directory: &mut Directory,
    request: &Request,
    key: &str,
    scene: &Scene<'_>,
) -> Result<Reply, Refusal> {
    let strict = request.method == "PUT";
    let user = directory.get(key)?;
    check_match(user, request)?;
    if user.is_activating() {
        return Err(Refusal::activating());
    }
    if user.status == Status::Deprovisioned && !directory.switches.on(Switch::UpdatesToDeactivated) {
        return Err(Refusal::wrong_status());
    }
    let id = user.id.clone();
    let body = fields(request.body.as_ref())?;
    // Okta API: groups are named at creation only, and only a PUT can change the type.
    let misplaced = if strict { &["groupIds"][..] } else { &["groupIds", "type"] };
    if misplaced.iter().any(|key| body.get(*key).is_some_and(|value| !value.is_null())) {
        return Err(Refusal::malformed());
    }
    check_type(body)?;
    let given = body.get("credentials").filter(|given| !given.is_null());
    given.map_or(Ok(()), credentials::check)?;
    match body.get("profile").map(|profile| profile.as_object().ok_or_else(Refusal::malformed)) {
        Some(profile) => _ = directory.update(&id, profile?, strict, scene.now)?,
        None if given.is_none() => return Err(Refusal::malformed()),
        None => {}
    }
    let Some(given) = given else { return Ok(Reply::ok(directory.get(&id)?.shown(scene.base, false))) };
    directory.change(&id, |user| {
        credentials::take(user, given, scene.now);
        user.last_updated = scene.now;
        Ok(Reply::ok(user.shown(scene.base, false)))
    })
}

/// Okta API: the first deletion deactivates, the second deletes.
pub(super) fn delete(directory: &mut Directory, key: &str, setting: &Setting<'_>) -> Result<Reply, Refusal> {
    if directory.get(key)?.status == Status::Deprovisioned {
        let id = directory.get(key)?.id.clone();
        directory.remove(&id, setting.now)?;
    } else {
        directory.change(key, |user| lifecycle::run(user, "deactivate", setting))?;
    }
    Ok(Reply::no_content())
}

/// A user's body, which may hold nothing that no user has.
fn fields(body: Option<&Value>) -> Result<&Map<String, Value>, Refusal> {
    let body = body.and_then(Value::as_object).ok_or_else(Refusal::malformed)?;
    let known = ["profile", "credentials", "groupIds", "type", "realmId"];
    if body.keys().any(|key| !known.contains(&key.as_str())) {
        return Err(Refusal::malformed());
    }
    Ok(body)
}

/// The groups that a create names.
fn groups(body: &Map<String, Value>) -> Result<Vec<&str>, Refusal> {
    let Some(given) = body.get("groupIds").filter(|given| !given.is_null()) else { return Ok(Vec::new()) };
    let ids = given.as_array().ok_or_else(Refusal::malformed)?;
    ids.iter().map(|id| id.as_str().ok_or_else(Refusal::malformed)).collect()
}

/// The org has one type.
fn check_type(body: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(given) = body.get("type").filter(|given| !given.is_null()) else { return Ok(()) };
    let id = given.as_object().ok_or_else(Refusal::malformed)?.get("id");
    match id.filter(|id| !id.is_null()).map(|id| id.as_str().ok_or_else(Refusal::malformed)).transpose()? {
        Some(id) if id != TYPE_ID && id != "default" => Err(Refusal::not_found(id, "CVDType")),
        _ => Ok(()),
    }
}

/// Okta API: who signs in elsewhere has no password and no recovery question here, and must be asked for.
fn check_provider(credentials: &Value, request: &Request) -> Result<(), Refusal> {
    let kind = credentials["provider"]["type"].as_str().unwrap_or("OKTA");
    if !["FEDERATION", "SOCIAL"].contains(&kind) {
        return Ok(());
    }
    let own = ["password", "recovery_question"].iter().any(|own| !credentials[*own].is_null());
    let why = match () {
        () if request.flag("provider")? != Some(true) => "provider: it takes `provider=true`",
        () if own => "credentials: a password or recovery question cannot be set for this provider",
        () => return Ok(()),
    };
    Err(Refusal::invalid("credentials", vec![why.into()]))
}

/// `If-Match`: entity tags, or `*`.
fn check_match(user: &User, request: &Request) -> Result<(), Refusal> {
    let Some(wanted) = request.header("if-match") else { return Ok(()) };
    let tags: Vec<&str> = wanted.split(',').map(str::trim).collect();
    let opaque = |tag: &str| {
        let quoted = tag.strip_prefix("W/").unwrap_or(tag);
        Some(quoted.strip_prefix('"')?.strip_suffix('"')?.to_owned()).filter(|tag| !tag.contains('"'))
    };
    if wanted.trim() == "*" {
        return Ok(());
    }
    if tags.iter().any(|tag| opaque(tag).is_none()) {
        return Err(Refusal::new(400, "E0000242", "ETag syntax is invalid."));
    }
    // Compared weakly: a strong tag could never match.
    if tags.iter().any(|tag| opaque(tag) == opaque(&user.etag())) {
        return Ok(());
    }
    Err(Refusal::of_status(412))
}
