//! Accounts that somebody changed by hand in Okta: found, told once, put right where that is ours to do.

#[path = "drift/limits.rs"]
mod limits;
#[path = "drift/program.rs"]
mod program;
#[path = "drift/repair.rs"]
mod repair;

use chrono::TimeDelta;
use okta_provisioner::domain::mapping::{Mapping, Row};
use okta_provisioner::ledger::Entry;
use serde_json::{Value, json};

use crate::stories::{person, rules, with};
use crate::support::rabbit;
use crate::support::world::{Setup, World, event};

/// A world in which a city is Okta's own, and a nickname nobody's after creation.
fn setup() -> Setup {
    let rows = json!([
        {"okta": "login", "bob": "root.email"},
        {"okta": "email", "bob": "root.email"},
        {"okta": "firstName", "bob": "root.firstName"},
        {"okta": "lastName", "bob": "root.surname"},
        {"okta": "title", "bob": "work.title"},
        {"okta": "city", "bob": "address.city", "owner": "okta"},
        {"okta": "nickName", "bob": "root.firstName", "on": "create"},
        {"okta": "employeeNumber", "bob": "root.id"},
    ]);
    let rows: Vec<Row> = serde_json::from_value(rows).expect("rows");
    let limits = okta_provisioner::domain::attribute::Limits::base();
    let mapping = Mapping::compile(&rows, &limits).expect("a mapping");
    let rules = okta_provisioner::domain::decide::Rules { mapping, ..rules(&json!({})) };
    Setup { rules, at: "2026-12-01", limit: 600, apply: true, bob: false, http: false }
}

/// A world in which these people, numbered from 1, work, have logged in and have been left alone for an hour.
async fn staff(names: &[&str], tell: impl AsyncFnOnce(&mut World)) {
    rabbit::with(async |rabbit| {
        let mut world = World::start(rabbit, setup(), |_| {}).await;
        for (number, name) in (1..).zip(names) {
            let fields = with(&person(name, "2026-12-01"), &json!({"address.city": "London"}));
            world.say(&event("hired", &format!("{number}"), "2026-11-20", &fields)).await;
        }
        world.pass(TimeDelta::minutes(30)).await;
        for name in names {
            world.sandbox.set_status(&id(&world, name), "ACTIVE");
        }
        world.pass(TimeDelta::hours(1)).await;
        world.calls();
        tell(&mut world).await;
        world.end().await;
    })
    .await;
}

fn id(world: &World, name: &str) -> String {
    world.id(&format!("{}@example.com", name.to_lowercase()))
}

/// What was told of drift, about anybody, as `code employee reason-up-to-its-kind fields`.
fn told(world: &World) -> Vec<String> {
    let line = |entry: Entry| {
        let reason = entry.reason.unwrap_or_default();
        let kind = reason.split(':').next().unwrap_or_default().to_owned();
        let employee = entry.employee.unwrap_or_else(|| "-".into());
        format!("{} {employee} {kind} {}", entry.code, entry.fields.join(",")).trim_end().to_owned()
    };
    let mut told: Vec<_> =
        world.all().into_iter().filter(|entry| entry.code.starts_with("drift.")).map(line).collect();
    told.sort();
    told
}

/// What is open, by kind.
fn open(world: &World) -> Value {
    json!(world.summary().drift)
}
