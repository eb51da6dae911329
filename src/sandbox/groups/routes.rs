//! The calls on groups and memberships.

use serde_json::{Map, Value};

use crate::sandbox::directory::Directory;
use crate::sandbox::pages::{limit, links};
use crate::sandbox::reply::{Refusal, Reply};
use crate::sandbox::request::Request;
use crate::sandbox::routes::{Scene, not_a_method, unknown_path};
use crate::sandbox::search::{Expression, Language};
use crate::sandbox::switches::{Switch, Switches};
use crate::sandbox::user::Status;

use super::Group;

/// Okta API: groups of a user come 200 a page, groups of the org 10,000, members of a group 1,000.
const OF_A_USER: usize = 200;
const OF_THE_ORG: usize = 10_000;
const MEMBERS: usize = 1_000;
/// Okta API: groups found by `q` are not paged, and there are no more than that many.
const FOUND: usize = 300;

/// Carries out a call below `/groups`. `path` is what follows it.
pub(in crate::sandbox) fn route(
    directory: &mut Directory,
    request: &Request,
    path: &[&str],
    scene: &Scene<'_>,
) -> Result<Reply, Refusal> {
    let shown = |group: &Group| Reply::ok(group.shown(scene.base));
    let Directory { groups, switches, .. } = directory;
    match (request.method.as_str(), path) {
        (_, ["rules", ..]) => Err(unknown_path()),
        ("GET", []) => list(directory, request, scene.base),
        ("POST", []) => groups.create(profile(request.body.as_ref())?, switches, scene.now).map(shown),
        ("GET", [id]) => groups.get(id).map(shown),
        ("PUT", [id]) => {
            groups.get(id)?;
            groups.replace(id, profile(request.body.as_ref())?, switches, scene.now).map(shown)
        }
        ("DELETE", [id]) => groups.remove(id, switches).map(|()| Reply::no_content()),
        ("GET", [id, "users"]) => members(directory, request, id, scene.base),
        (method @ ("PUT" | "DELETE"), [id, "users", user]) => {
            groups.get(id)?;
            // Okta API: by id only.
            let found = directory.by_id(user).ok_or_else(|| Refusal::not_found(user, "User"))?;
            let out = found.status == Status::Deprovisioned;
            let Directory { groups, switches, .. } = directory;
            match method {
                "PUT" if out && !switches.on(Switch::DeactivatedJoinGroups) => {
                    return Err(Refusal::wrong_status());
                }
                "PUT" => groups.join(id, user, switches, scene.now)?,
                _ => groups.leave(id, user, switches, scene.now)?,
            }
            Ok(Reply::no_content())
        }
        (_, [] | [_] | [_, "users"] | [_, "users", _]) => Err(not_a_method()),
        _ => Err(unknown_path()),
    }
}

/// `GET /users/{id}/groups`
pub(in crate::sandbox) fn of_user(
    directory: &Directory,
    request: &Request,
    key: &str,
    base: &str,
) -> Result<Reply, Refusal> {
    let user = &directory.get(key)?.id;
    let url = format!("{base}/api/v1/users/{user}/groups");
    let groups = directory.groups.all().filter(|group| group.has(user));
    page(
        request,
        &url,
        OF_A_USER,
        directory.switches,
        groups.map(|group| (group.id.as_str(), || group.shown(base))),
    )
}

fn list(directory: &Directory, request: &Request, base: &str) -> Result<Reply, Refusal> {
    // Answering in another order than that asked for would be worse than not answering.
    if request.query("sortBy").is_some() {
        return Err(Refusal::new(501, "E0000060", "Unsupported operation."));
    }
    let wanted = match (request.query("search"), request.query("filter")) {
        (None, None) => None,
        (Some(text), None) => Some((text, Language::GroupSearch)),
        (None, Some(text)) => Some((text, Language::GroupFilter)),
        (Some(_), Some(_)) => return Err(Refusal::search_and_filter()),
    };
    let wanted =
        wanted.map(|(text, language)| Expression::parse(text, language, &directory.schema)).transpose()?;
    let all = directory.groups.all().filter(|group| wanted.as_ref().is_none_or(|it| it.matches(*group)));
    if let Some(beginning) = request.query("q").map(str::to_lowercase) {
        let name = |group: &Group| {
            group.profile.get("name").and_then(Value::as_str).unwrap_or_default().to_lowercase()
        };
        let limit = limit(request, FOUND, FOUND, directory.switches)?;
        let found = all.filter(|group| name(group).starts_with(&beginning)).take(limit);
        return Ok(Reply::ok(found.map(|group| group.shown(base)).collect()));
    }
    let url = format!("{base}/api/v1/groups");
    page(
        request,
        &url,
        OF_THE_ORG,
        directory.switches,
        all.map(|group| (group.id.as_str(), || group.shown(base))),
    )
}

fn members(directory: &Directory, request: &Request, id: &str, base: &str) -> Result<Reply, Refusal> {
    let group = directory.groups.get(id)?;
    let url = format!("{base}/api/v1/groups/{id}/users");
    let members = directory.after("").filter(|user| group.has(&user.id));
    page(
        request,
        &url,
        MEMBERS,
        directory.switches,
        members.map(|user| (user.id.as_str(), || user.shown(base, true))),
    )
}

/// One page of things that come in the order of their ids, with the links to itself and, if there is more,
/// to the next one.
fn page<'a, F: Fn() -> Value>(
    request: &Request,
    url: &str,
    most: usize,
    switches: Switches,
    things: impl Iterator<Item = (&'a str, F)>,
) -> Result<Reply, Refusal> {
    let limit = limit(request, most, most, switches)?;
    let after = request.query("after").unwrap_or_default();
    let mut things = things.filter(|(id, _)| *id > after);
    let page: Vec<_> = things.by_ref().take(limit).collect();
    let next = page.last().filter(|_| things.next().is_some()).map(|(last, _)| *last);
    let links = links(request, url, after, limit, next);
    let body = page.into_iter().map(|(_, shown)| shown()).collect();
    Ok(Reply { links, ..Reply::ok(body) })
}

/// The profile of a group body, which may hold nothing else. A null says that there is no value.
fn profile(body: Option<&Value>) -> Result<Map<String, Value>, Refusal> {
    let body = body.and_then(Value::as_object).ok_or_else(Refusal::malformed)?;
    if body.keys().any(|key| key != "profile") {
        return Err(Refusal::malformed());
    }
    let mut profile = body.get("profile").and_then(Value::as_object).ok_or_else(Refusal::malformed)?.clone();
    profile.retain(|_, value| !value.is_null());
    Ok(profile)
}
