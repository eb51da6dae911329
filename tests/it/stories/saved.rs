//! Calls that are not made: what is so already, and what is undone before anybody has acted on it.

use chrono::TimeDelta;
use okta_provisioner::sandbox::Fault;
use serde_json::json;

use super::{create, lifecycle, person, profile, story, story_with, update, with};
use crate::support::world::{NONE, World, event};

/// Ann works here.
async fn hired(world: &mut World) -> String {
    world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
    world.calls();
    world.id("ann@example.com")
}

fn title(at: &str, title: &str) -> serde_json::Value {
    event("changed", "1", at, &json!({"work.title": title}))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_so_already_is_no_call() {
    let plant = |org: &okta_provisioner::sandbox::Sandbox| {
        org.insert(profile("Ann", "1"), "ACTIVE");
    };
    story_with(plant, async |world| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        assert_eq!(world.calls(), NONE, "an account that is as it should be is only linked");
        assert_eq!(world.decisions("1"), ["event.accepted", "user.adopted"]);
        world.say(&event("snapshot", "1", "2026-12-01", &person("Ann", "2026-12-01"))).await;
        world.restart().await;
        world.pass(TimeDelta::days(8)).await;
        assert_eq!(world.calls(), NONE);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_changed_is_one_update() {
    story(async |world| {
        let id = hired(world).await;
        let news =
            json!({"work.title": "Chef", "work.department": "Kitchen", "root.email": "ann.lee@example.com"});
        let more = event("changed", "1", "2026-12-01T00:01", &json!({"root.surname": "Low"}));
        world.say_together(&[event("changed", "1", "2026-12-01", &news), more]).await;
        let all = json!({
            "title": "Chef", "department": "Kitchen", "login": "ann.lee@example.com",
            "email": "ann.lee@example.com", "lastName": "Low",
        });
        assert_eq!(world.calls(), [update(&id, &all)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_one_batch_that_undo_each_other_are_no_call() {
    story(async |world| {
        hired(world).await;
        world.say_together(&[title("2026-12-01", "Chef"), title("2026-12-01T00:01", "Cook")]).await;
        let leaves =
            event("terminated", "1", "2026-12-01T00:02", &json!({"internal.terminationDate": "2026-11-30"}));
        let back = event("rehired", "1", "2026-12-01T00:03", &json!({"work.startDate": "2026-12-01"}));
        world.say_together(&[leaves, back]).await;
        let cut = event("access_revoked", "1", "2026-12-01T00:04", &json!({}));
        let given_back = event("access_restored", "1", "2026-12-01T00:05", &json!({}));
        world.say_together(&[cut, given_back]).await;
        let hired = event("hired", "2", "2026-11-20", &person("Ben", "2026-12-01"));
        let deleted = event("deleted", "2", "2026-11-21", &json!({}));
        world.say_together(&[hired, deleted]).await;
        assert_eq!(world.calls(), NONE);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_undo_each_other_while_calls_are_stopped_are_no_call() {
    story(async |world| {
        hired(world).await;
        // Others find out that Okta is down.
        world.sandbox.faults().down(true);
        for employee in 10..16 {
            let joiner = person(&format!("Joiner{employee}"), "2026-12-01");
            world.tell(&event("hired", &employee.to_string(), "2026-11-20", &joiner)).await;
        }
        world.halted().await;
        world.say(&title("2026-12-01", "Chef")).await;
        world.say(&event("access_revoked", "1", "2026-12-01", &json!({}))).await;
        world.say(&title("2026-12-01T00:01", "Cook")).await;
        world.say(&event("access_restored", "1", "2026-12-01T00:01", &json!({}))).await;
        world.sandbox.faults().down(false);
        world.calls();
        world.resumed().await;
        world.pass(TimeDelta::minutes(2)).await;
        let id = world.id("ann@example.com");
        let calls = world.calls();
        assert!(!calls.is_empty() && calls.iter().all(|(call, _)| !call.contains(&id)), "{calls:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_undo_each_other_while_the_person_is_parked_are_no_call() {
    story(async |world| {
        let id = hired(world).await;
        world.sandbox.faults().fail_next(1, Fault::RateLimit);
        world.say(&title("2026-12-01", "Chef")).await;
        assert_eq!(
            world.calls(),
            [update(&id, &json!({"title": "Chef"}))],
            "refused before it was looked at"
        );
        world.say(&title("2026-12-01T00:01", "Cook")).await;
        world.pass(TimeDelta::minutes(2)).await;
        assert_eq!(world.calls(), NONE);
        assert_eq!(world.person("1").account.expect("linked").profile["title"], "Cook");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_life_without_trouble_has_no_look_in_it() {
    story(async |world| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-02"))).await;
        assert_eq!(world.calls(), NONE, "she starts tomorrow");
        world.until("2026-12-02").await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1"))]);
        let id = world.id("ann@example.com");
        world.say(&title("2026-12-02", "Chef")).await;
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef"}))]);
        let leaves = json!({"employee.lastDayOfWork": "2026-12-05"});
        world.say(&event("terminated", "1", "2026-12-02", &leaves)).await;
        world.until("2026-12-06").await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
        let back =
            with(&person("Ann", "2026-12-10"), &json!({"work.title": "Chef", "work.department": "Kitchen"}));
        world.say(&event("rehired", "1", "2026-12-06", &back)).await;
        world.until("2026-12-10").await;
        assert_eq!(
            world.calls(),
            [lifecycle(&id, "activate?sendEmail=true"), update(&id, &json!({"department": "Kitchen"}))]
        );
    })
    .await;
}
