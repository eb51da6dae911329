//! Which call does what.

use chrono::{DateTime, TimeDelta, Utc};

use super::directory::Directory;
use super::lifecycle::Setting;
use super::list::list;
use super::reply::{Refusal, Reply};
use super::request::Request;
use super::tokens::Bearer;
use super::{credentials, groups, lifecycle, users};

/// Where and when a call is carried out.
pub(super) struct Scene<'a> {
    pub(super) base: &'a str,
    /// To the second, as Okta shows times.
    pub(super) now: DateTime<Utc>,
    /// As the clock has it.
    pub(super) instant: DateTime<Utc>,
    /// The number of the request, for things that must be unique.
    pub(super) number: u64,
    /// How long an activation takes.
    pub(super) transitions_take: TimeDelta,
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
    let setting = || Setting::new(request, scene, directory.switches);
    match (request.method.as_str(), path) {
        ("GET", ["users"]) => list(directory, request, scene.base),
        ("POST", ["users"]) => {
            let setting = setting()?;
            users::create(directory, request, scene, &setting)
        }
        ("GET", ["users", key]) => users::get(directory, key, scene),
        ("POST" | "PUT", ["users", key]) => users::update(directory, request, key, scene),
        ("DELETE", ["users", key]) => {
            let setting = setting()?;
            users::delete(directory, key, &setting)
        }
        ("GET", ["users", key, "groups"]) => groups::routes::of_user(directory, request, key, scene.base),
        (_, ["groups", path @ ..]) => groups::routes::route(directory, request, path, scene),
        ("DELETE", ["users", key, "sessions"]) => directory.get(key).map(|_| Reply::no_content()),
        ("POST", ["users", key, "lifecycle", operation]) if lifecycle::OPERATIONS.contains(operation) => {
            let setting = setting()?;
            directory.change(key, |user| lifecycle::run(user, operation, &setting)).map(Reply::ok)
        }
        ("POST", ["users", id, "credentials", operation]) if credentials::OPERATIONS.contains(operation) => {
            let (setting, body) = (setting()?, request.body.clone().unwrap_or_default());
            directory.change(id, |user| credentials::run(user, operation, &body, &setting)).map(Reply::ok)
        }
        (_, ["meta", path @ ..]) => {
            directory.schema.answer(request, path, scene).unwrap_or_else(|| Err(unknown_path()))
        }
        (_, ["users"] | ["users", _] | ["users", _, "sessions" | "groups"]) => Err(not_a_method()),
        (_, ["users", _, "lifecycle", operation]) if lifecycle::OPERATIONS.contains(operation) => {
            Err(not_a_method())
        }
        (_, ["users", _, "credentials", operation]) if credentials::OPERATIONS.contains(operation) => {
            Err(not_a_method())
        }
        _ => Err(unknown_path()),
    }
}

pub(super) fn unknown_path() -> Refusal {
    Refusal::new(404, "E0000008", "The requested path was not found")
}

pub(super) fn not_a_method() -> Refusal {
    Refusal::new(405, "E0000022", "The endpoint does not support the provided HTTP method")
}
