//! The day on which HR's export was wrong.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use okta_provisioner::domain::protect::Protect;
use okta_provisioner::ledger::Verb;
use serde_json::{Value, json};

use super::{create, lifecycle, person, profile, rules, story_of, update, usual, with};
use crate::support::world::{Call, NONE, Setup, World, event};

const PEOPLE: usize = 1000;
/// Five in a hundred.
const LIMIT: usize = 50;

/// The number of somebody, and of the account.
fn name(n: usize) -> String {
    format!("P{n}")
}

/// What Okta holds of somebody who has been here for a while.
fn settled(n: usize) -> Value {
    with(&profile(&name(n), &n.to_string()), &json!({"department": format!("D{}", n % 20)}))
}

/// What HR knows of the same person.
fn known(n: usize) -> Value {
    with(&person(&name(n), "2026-11-01"), &json!({"work.department": format!("D{}", n % 20)}))
}

fn leaves(n: usize) -> Value {
    let last = json!({"employee.lastDayOfWork": "2026-11-30"});
    event("terminated", &n.to_string(), "2026-12-01T09:00", &last)
}

/// Who is meant by calls that all are this operation.
fn ids(calls: &[Call], operation: &str) -> BTreeSet<String> {
    let id = |(path, _): &Call| {
        path.strip_prefix("POST /api/v1/users/")?.strip_suffix(operation).map(str::to_owned)
    };
    calls.iter().map(|call| id(call).unwrap_or_else(|| panic!("{call:?} is no {operation}"))).collect()
}

fn split(calls: Vec<Call>, cut: bool) -> Vec<Call> {
    calls.into_iter().filter(|(path, _)| path.ends_with("/lifecycle/deactivate") == cut).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn four_hundred_of_a_thousand_leave_by_mistake() {
    let mut rules = rules(&json!({}));
    let admins = ["SUPER_ADMIN".to_owned()].into();
    rules.protect = Protect { roles: admins, keep_super_admins: 2, ..Protect::default() };
    let setup = Setup { rules, limit: 1_000_000, ..usual() };
    let plant = |sandbox: &okta_provisioner::sandbox::Sandbox| {
        for n in 0..PEOPLE {
            let id = sandbox.insert(settled(n), "ACTIVE");
            if n == 100 || n == 300 {
                sandbox.set_role(&id, "SUPER_ADMIN", true);
            }
        }
    };
    story_of(setup, plant, bad_day).await;
}

async fn bad_day(world: &mut World) {
    let people: Vec<Value> =
        (0..PEOPLE).map(|n| event("hired", &n.to_string(), "2026-11-20", &known(n))).collect();
    world.say_together(&people).await;
    assert_eq!(world.calls(), NONE, "everybody is found as HR knows them");
    world.until("2026-12-01T09:00").await;

    // The filter: everybody from 0 to 399. The three who do leave are 600, 601 and 602; 610 to 649 change; 2000 to
    // 2004 begin.
    let mut said: Vec<Value> = (0..400).map(leaves).collect();
    said.extend((600..603).map(leaves));
    let chef = json!({"work.title": "Chef"});
    said.extend((610..650).map(|n| event("changed", &n.to_string(), "2026-12-01T09:00", &chef)));
    let joiner = |n: usize| person(&name(n), "2026-12-01");
    said.extend((2000..2005).map(|n| event("hired", &n.to_string(), "2026-12-01T09:00", &joiner(n))));
    // In any order.
    said.sort_by_key(|event| {
        let n: usize = event["subject"].as_str().expect("an id").parse().expect("a number");
        n * 7919 % 2011
    });
    // It takes HR a minute, and longer than the people are counted once for.
    for event in &said {
        world.tell(event).await;
        world.clock.advance(TimeDelta::milliseconds(150));
    }
    world.quiet().await;

    let calls = world.calls();
    let cut = ids(&split(calls.clone(), true), "/lifecycle/deactivate");
    assert_eq!(cut.len(), LIMIT, "as many as the limit lets through, each once");
    let mut others = split(calls, false);
    let id_of = |world: &World, n: usize| world.id(&format!("p{n}@example.com"));
    let mut expected: Vec<Call> =
        (610..650).map(|n| update(&id_of(world, n), &json!({"title": "Chef"}))).collect();
    expected.extend((2000..2005).map(|n| create(&profile(&name(n), &n.to_string()))));
    others.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.to_string().cmp(&other.1.to_string())));
    expected.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.to_string().cmp(&other.1.to_string())));
    assert_eq!(others, expected, "every joiner and every change, and nothing else");
    for admin in [100, 300] {
        assert_eq!(world.status(&format!("p{admin}@example.com")), "ACTIVE");
        assert_eq!(world.block(&admin.to_string()), Some("protected"));
    }
    let held = world.held().await;
    assert_eq!(held.iter().filter(|(_, why)| why == "protected").count(), 2);
    assert_eq!(held.iter().filter(|(_, why)| why == "over_limit").count(), 403 - 2 - LIMIT);
    assert_eq!(held.len(), 403 - LIMIT);

    // The three are let through by name, whichever of them were held.
    let real: Vec<String> = held
        .iter()
        .map(|(id, _)| id.clone())
        .filter(|id| ["600", "601", "602"].contains(&id.as_str()))
        .collect();
    if !real.is_empty() {
        let named: Vec<&str> = real.iter().map(String::as_str).collect();
        let why = ["--why", "they did leave"];
        let outcome = world.approve(&[&named[..], &why[..]].concat(), real.len()).await;
        assert_eq!(outcome["decided"], json!(real));
    }
    let through: BTreeSet<String> = real.iter().map(|id| world.id(&format!("p{id}@example.com"))).collect();
    assert_eq!(ids(&world.calls(), "/lifecycle/deactivate"), through);

    // One command refuses the rest.
    let rest = 403 - 2 - LIMIT - real.len();
    let outcome = world.approve(&["--batch", "1", "--reject", "--why", "a filter was wrong"], rest).await;
    assert_eq!(outcome["decided"].as_array().map(Vec::len), Some(rest));
    assert_eq!(outcome["skipped"], json!({}));
    let held = world.held().await;
    assert_eq!(held.iter().filter(|(_, why)| why == "rejected").count(), rest);
    world.until("2026-12-03T09:00").await;
    world.ask(Verb::Retry, None, None).await;
    world.restart().await;
    assert_eq!(world.calls(), NONE, "nobody drips out of it, nor by a retry or a restart");
    assert_eq!(world.held().await.len(), rest + 2);

    // HR puts it right.
    let back: Vec<Value> = (0..400)
        .map(|n| {
            let none = json!({"employee.lastDayOfWork": null});
            event("changed", &n.to_string(), "2026-12-03T09:00", &none)
        })
        .collect();
    for event in &back {
        world.tell(event).await;
    }
    world.quiet().await;
    let wrongly: BTreeSet<String> = (0..400).map(|n| id_of(world, n)).filter(|id| cut.contains(id)).collect();
    let calls = world.calls();
    assert_eq!((calls.len(), ids(&calls, "/lifecycle/activate?sendEmail=true")), (wrongly.len(), wrongly));
    assert_eq!(world.held().await, []);
    for n in 600..603 {
        assert_eq!(world.status(&format!("p{n}@example.com")), "DEPROVISIONED");
    }
    let out = world.sandbox.users().into_iter().filter(|user| user["status"] == "DEPROVISIONED").count();
    assert_eq!(out, 3, "and nobody else");
    let last = world.entries("600");
    if real.contains(&"600".to_owned()) {
        let released = last.iter().find(|entry| entry.code == "employee.released").expect("a release");
        assert_eq!(released.operator.as_deref(), Some("kim"));
        assert!(released.reason.as_deref().is_some_and(|why| why.ends_with("they did leave")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_drips_away_is_held_once_half_of_it_is_gone_within_a_month() {
    let plant = |sandbox: &okta_provisioner::sandbox::Sandbox| {
        for n in 0..80 {
            let department = if n < 40 { "Sales" } else { "Rest" };
            let held = with(&profile(&name(n), &n.to_string()), &json!({"department": department}));
            sandbox.insert(held, "ACTIVE");
        }
    };
    story_of(usual(), plant, async |world| {
        let hired = |n: usize| {
            let department = if n < 40 { "Sales" } else { "Rest" };
            let fields = with(&person(&name(n), "2026-11-01"), &json!({"work.department": department}));
            event("hired", &n.to_string(), "2026-11-20", &fields)
        };
        world.say_together(&(0..80).map(hired).collect::<Vec<_>>()).await;
        assert_eq!(world.calls(), NONE);
        let start = world.clock.now();
        for day in 0..38 {
            let then = start + TimeDelta::days(day);
            let today = |n: usize| {
                let last = (then - TimeDelta::days(1)).format("%Y-%m-%d").to_string();
                let at = then.format("%Y-%m-%dT%H:%M").to_string();
                event("terminated", &n.to_string(), &at, &json!({"employee.lastDayOfWork": last}))
            };
            let n = usize::try_from(day).expect("a day");
            let id = world.id(&format!("p{n}@example.com"));
            world.say(&today(n)).await;
            // From day 30 on, each day one of the first twenty counts no more, neither among those who left within
            // the month nor among those who were there: half of 39 is 19, as many as left on the days 1 to 19; half
            // of 38 is one more than left on the days 2 to 19. And so on, every other day.
            if n < 20 || (n > 30 && n % 2 == 1) {
                assert_eq!(world.calls(), [lifecycle(&id, "deactivate")], "day {n}");
            } else {
                assert_eq!((world.calls(), world.block(&n.to_string())), (NONE.to_vec(), Some("over_limit")));
            }
            if n % 5 == 0 {
                let other = 40 + n;
                let id = world.id(&format!("p{other}@example.com"));
                world.say(&today(other)).await;
                assert_eq!(world.calls(), [lifecycle(&id, "deactivate")], "others go on");
            }
            world.pass(TimeDelta::days(1)).await;
        }
        // Nobody of those who were held before has dripped out of it.
        let expected: BTreeSet<String> =
            (20..=30).chain([32, 34, 36]).map(|n: usize| n.to_string()).collect();
        let held = world.held().await;
        assert_eq!(held.iter().map(|(id, _)| id.clone()).collect::<BTreeSet<_>>(), expected);
        // The whole of it under one number, and by a filter.
        let outcome = world.approve(&["--where", "work.department == \"Sales\""], 14).await;
        assert_eq!(outcome["decided"].as_array().map(Vec::len), Some(held.len()));
        assert_eq!(world.calls().len(), 14);
        assert_eq!(world.held().await, []);
    })
    .await;
}
