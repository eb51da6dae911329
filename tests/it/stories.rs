//! The stories of people, each with the exact calls that Okta gets.

mod bad_data;
mod bad_day;
mod bob_cuts;
mod bob_news;
mod bob_trouble;
mod disuse;
mod explain;
mod first_apply;
mod first_run;
mod foresight;
mod guarded;
mod identity;
mod joiners;
mod leavers;
mod limits;
mod lost_replies;
mod malformed;
mod missing;
mod movers;
mod observe;
mod older_webhooks;
mod pause;
mod protected;
mod reconcile;
mod returners;
mod revocations;
mod saved;
mod schema;
mod scope;
mod seeded;
mod trouble;
mod two_step;

use okta_provisioner::domain::attribute::Limits;
use okta_provisioner::domain::decide::Rules;
use okta_provisioner::domain::mapping::{Mapping, Row};
use okta_provisioner::domain::protect::Protect;
use okta_provisioner::sandbox::Sandbox;
use serde_json::{Map, Value, json};

use crate::support::rabbit;
use crate::support::world::{Call, Setup, World, event};

/// A world that begins on 1 December 2026, with the rules that come with the program.
fn usual() -> Setup {
    Setup { rules: rules(&json!({})), at: "2026-12-01", limit: 600, apply: true, bob: false, http: false }
}

/// The rows of the stories, and `more`.
fn mapping(more: &[Value]) -> Mapping {
    let usual = json!([
        {"okta": "login", "bob": "root.email"},
        {"okta": "email", "bob": "root.email"},
        {"okta": "firstName", "bob": "root.firstName"},
        {"okta": "lastName", "bob": "root.surname"},
        {"okta": "title", "bob": "work.title"},
        {"okta": "department", "bob": "work.department"},
        {"okta": "employeeNumber", "bob": "root.id"},
    ]);
    let rows = usual.as_array().expect("rows").iter().chain(more).cloned().collect();
    let rows: Vec<Row> = serde_json::from_value(rows).expect("rows of a mapping");
    Mapping::compile(&rows, &Limits::base()).expect("a mapping")
}

/// The rules that come with the program, except for what `policy` says.
pub fn rules(policy: &Value) -> Rules {
    use okta_provisioner::domain::access::AccessRules;
    use okta_provisioner::domain::guard::Guard;
    use okta_provisioner::domain::identity::{Foreign, Identity};
    use okta_provisioner::domain::scope::Scope;
    use okta_provisioner::domain::zone::Zones;
    let usual = json!({
        "provision_on": "start_date", "days_before": 0, "before_start": "staged", "status": "hr_status",
        "deactivate_at": "end_of_day", "leaver": "deactivate", "grace": "7d", "on_revoke": "suspend",
        "on_leave": "keep", "leave_statuses": [],
    });
    Rules {
        access: AccessRules {
            policy: serde_json::from_value(with(&usual, policy)).expect("a policy"),
            zones: Zones {
                default: chrono_tz::UTC,
                by_site: [("Auckland".to_owned(), chrono_tz::Pacific::Auckland)].into(),
                field: Some("work.custom.zone".to_owned()),
            },
            scope: Scope::default(),
        },
        mapping: mapping(&[]),
        identity: Identity { attribute: "employeeNumber".into(), foreign: Foreign::Block },
        send_email: true,
        guard: Guard::default(),
        protect: Protect::default(),
    }
}

/// Runs a story in the usual world, in an org without users.
async fn story(tell: impl AsyncFnOnce(&mut World)) {
    story_of(usual(), |_| {}, tell).await;
}

/// The same in an org that has users.
async fn story_with(plant: impl FnOnce(&Sandbox), tell: impl AsyncFnOnce(&mut World)) {
    story_of(usual(), plant, tell).await;
}

/// The same in a world of its own kind.
async fn story_of(setup: Setup, plant: impl FnOnce(&Sandbox), tell: impl AsyncFnOnce(&mut World)) {
    rabbit::with(async |rabbit| {
        let mut world = World::start(rabbit, setup, plant).await;
        tell(&mut world).await;
        world.end().await;
    })
    .await;
}

/// What HR knows of a person who starts on a day.
pub fn person(name: &str, start: &str) -> Value {
    json!({
        "root.email": format!("{}@example.com", name.to_lowercase()), "root.firstName": name,
        "root.surname": "Lee", "work.title": "Cook", "work.startDate": start,
    })
}

/// What Okta is to hold of the same person.
pub fn profile(name: &str, employee: &str) -> Value {
    let email = format!("{}@example.com", name.to_lowercase());
    json!({
        "login": email, "email": email, "firstName": name, "lastName": "Lee", "title": "Cook",
        "employeeNumber": employee,
    })
}

/// An object with some values replaced or added.
pub fn with(object: &Value, more: &Value) -> Value {
    let entries = |value: &Value| value.as_object().expect("an object").clone();
    let mut all: Map<String, Value> = entries(object);
    all.extend(entries(more));
    Value::Object(all)
}

/// `POST /users`, activated at once.
fn create(profile: &Value) -> Call {
    ("POST /api/v1/users?activate=true".to_owned(), json!({"profile": profile}))
}

/// `POST /users/{id}` with what changes.
pub fn update(id: &str, changes: &Value) -> Call {
    (format!("POST /api/v1/users/{id}"), json!({"profile": changes}))
}

/// `POST /users/{id}/lifecycle/…`
pub fn lifecycle(id: &str, operation: &str) -> Call {
    (format!("POST /api/v1/users/{id}/lifecycle/{operation}"), Value::Null)
}

/// `GET /users/{key}`
pub fn get(key: &str) -> Call {
    (format!("GET /api/v1/users/{key}"), Value::Null)
}

/// `DELETE /users/{id}/sessions`, tokens included.
fn clear_sessions(id: &str) -> Call {
    (format!("DELETE /api/v1/users/{id}/sessions?oauthTokens=true"), Value::Null)
}

/// Ann works here, and leaves on the 10th.
async fn leaving(world: &mut World) -> String {
    world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
    world
        .say(&event("terminated", "1", "2026-11-30", &json!({"employee.lastDayOfWork": "2026-12-10"})))
        .await;
    assert_eq!(world.calls(), [create(&profile("Ann", "1"))]);
    world.id("ann@example.com")
}
