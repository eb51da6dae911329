//! Admin roles: who has which, and the two calls that show it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::directory::Directory;
use super::pages::limit;
use super::reply::{Refusal, Reply};
use super::request::Request;
use super::routes::Scene;
use super::user::stamp;

/// Okta API: users with a role come 100 a page, if no limit is given.
const PAGE: usize = 100;
const MOST: usize = 200;

/// Roles that an admin has given, by the user's id: types such as `SUPER_ADMIN`.
#[derive(Default)]
pub(super) struct Roles(BTreeMap<String, BTreeSet<String>>);

impl Roles {
    pub(super) fn give(&mut self, user: &str, kind: &str) {
        self.0.entry(user.to_owned()).or_default().insert(kind.to_owned());
    }

    pub(super) fn take(&mut self, user: &str, kind: &str) {
        if let Some(kinds) = self.0.get_mut(user) {
            kinds.remove(kind);
        }
    }

    fn of(&self, user: &str) -> impl Iterator<Item = &str> {
        self.0.get(user).into_iter().flatten().map(String::as_str)
    }
}

/// `GET /users/{id}/roles`. `by_token` are the roles that the tokens of this user show.
pub(super) fn of_user(
    directory: &Directory,
    user: &str,
    by_token: Vec<(&'static str, &'static str)>,
    scene: &Scene<'_>,
) -> Reply {
    let mut roles: Vec<(&str, &str)> = by_token;
    roles.extend(directory.roles.of(user).map(|kind| (kind, label(kind))));
    roles.sort_unstable();
    roles.dedup_by_key(|(kind, _)| *kind);
    let shown = roles.into_iter().enumerate().map(|(number, (kind, label))| {
        json!({
            "id": format!("ra1{:013}sbx7", number + 1),
            "label": label,
            "type": kind,
            "status": "ACTIVE",
            "created": stamp(scene.now),
            "lastUpdated": stamp(scene.now),
            "assignmentType": "USER",
            "_links": { "assignee": { "href": format!("{}/api/v1/users/{user}", scene.base) } },
        })
    });
    Reply::ok(shown.collect())
}

/// `GET /iam/assignees/users`: by id, and the next page's address in the body in place of a header. `owners` of
/// tokens have a role as well.
pub(super) fn assignees(
    directory: &Directory,
    owners: impl Iterator<Item = String>,
    request: &Request,
    base: &str,
) -> Result<Reply, Refusal> {
    let limit = limit(request, PAGE, MOST, directory.switches)?;
    let given = directory.roles.0.iter().filter(|(_, kinds)| !kinds.is_empty()).map(|(user, _)| user.clone());
    let all: BTreeSet<String> = given.chain(owners).filter(|id| directory.by_id(id).is_some()).collect();
    let after = request.query("after").unwrap_or_default();
    let mut rest = all.iter().filter(|id| id.as_str() > after);
    let page: Vec<&String> = rest.by_ref().take(limit).collect();
    let url = format!("{base}/api/v1/iam/assignees/users");
    let mut links = json!({ "self": { "href": url } });
    if let (Some(last), Some(_)) = (page.last(), rest.next()) {
        links["next"] = json!({ "href": format!("{url}?after={last}&limit={limit}") });
    }
    let value: Vec<Value> = page
        .into_iter()
        .map(|id| {
            json!({
                "id": id,
                "orn": format!("orn:okta:directory:00o1sandbox:users:{id}"),
                "_links": {
                    "self": { "href": format!("{base}/api/v1/users/{id}") },
                    "roles": { "href": format!("{base}/api/v1/users/{id}/roles") },
                },
            })
        })
        .collect();
    Ok(Reply::ok(json!({ "value": value, "_links": links })))
}

/// Okta's name of a role in the console.
fn label(kind: &str) -> &'static str {
    match kind {
        "SUPER_ADMIN" => "Super Administrator",
        "ORG_ADMIN" => "Organization Administrator",
        "USER_ADMIN" => "Group Administrator",
        "HELP_DESK_ADMIN" => "Help Desk Administrator",
        "READ_ONLY_ADMIN" => "Read-only Administrator",
        "APP_ADMIN" => "Application Administrator",
        _ => "Administrator",
    }
}
