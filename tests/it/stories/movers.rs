//! People about whom something changes.

use chrono::TimeDelta;
use serde_json::json;

use super::{create, person, profile, story, update, with};
use crate::support::world::{NONE, World, event, instant};

/// Ann works here.
async fn hired(world: &mut World) -> String {
    world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
    world.calls();
    world.id("ann@example.com")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_one_mapped_field_is_one_call_with_that_attribute() {
    story(async |world| {
        let id = hired(world).await;
        let news = json!({"work.title": "Chef", "root.firstName": "Ann", "work.salary": 1000});
        world.say(&event("changed", "1", "2026-12-01", &news)).await;
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef"}))]);
        world.say(&event("changed", "1", "2026-12-01T00:01", &json!({"work": {"title": null}}))).await;
        assert_eq!(world.calls(), [update(&id, &json!({"title": null}))], "a null clears");
        assert_eq!(
            world.decisions("1")[2..],
            ["event.accepted", "user.updated", "event.accepted", "user.updated"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_an_unmapped_field_is_no_call() {
    story(async |world| {
        hired(world).await;
        world.say(&event("changed", "1", "2026-12-01", &json!({"work.salary": 1000}))).await;
        assert_eq!(world.calls(), NONE);
        assert_eq!(world.decisions("1")[2..], ["event.unchanged"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicate_and_older_events_are_no_call() {
    story(async |world| {
        let id = hired(world).await;
        let promoted = event("changed", "1", "2026-11-30", &json!({"work.title": "Chef"}));
        world.say(&promoted).await;
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef"}))]);
        world.say(&promoted).await;
        world.say(&event("changed", "1", "2026-11-29", &json!({"work.title": "Intern"}))).await;
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        assert_eq!(world.calls(), NONE);
        assert_eq!(world.decisions("1")[4..], ["event.unchanged"; 3]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_changes_while_okta_is_down_are_one_call_when_it_is_back() {
    story(async |world| {
        let id = hired(world).await;
        world.sandbox.faults().down(true);
        for minute in 0..10 {
            let title = format!("Cook, grade {minute}");
            let at = format!("2026-11-30T00:0{minute}");
            world.say(&event("changed", "1", &at, &json!({"work.title": title}))).await;
            world.pass(TimeDelta::seconds(10)).await;
        }
        assert!(world.summary().halted.is_some(), "it is known by now that nobody answers");
        world.sandbox.faults().down(false);
        world.calls();
        world.resumed().await;
        world.quiet().await;
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Cook, grade 9"}))]);
        assert_eq!(world.person("1").attempts, 0);
        world.pass(TimeDelta::hours(2)).await;
        assert_eq!(world.calls(), NONE);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_work_email_renames_the_login_of_the_same_account() {
    story(async |world| {
        let id = hired(world).await;
        let news = json!({"root.email": "ann.lee@example.com"});
        world.say(&event("changed", "1", "2026-12-01", &news)).await;
        let renamed = json!({"login": "ann.lee@example.com", "email": "ann.lee@example.com"});
        assert_eq!(world.calls(), [update(&id, &renamed)]);
        assert_eq!((world.id("ann.lee@example.com"), world.users()), (id, 1));
        assert_eq!(world.decisions("1")[2..], ["event.accepted", "user.renamed"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_onto_a_colleagues_login_waits_until_that_is_free() {
    story(async |world| {
        hired(world).await;
        world.say(&event("hired", "2", "2026-11-20", &person("Ben", "2026-12-01"))).await;
        world.calls();
        let (ann, ben) = (world.id("ann@example.com"), world.id("ben@example.com"));
        let news = json!({"root.email": "ann@example.com", "work.title": "Chef"});
        world.say(&event("changed", "2", "2026-12-01", &news)).await;
        assert_eq!((world.calls(), world.block("2")), (NONE.to_vec(), Some("login_taken")));

        let away = json!({"root.email": "ann.lee@example.com"});
        world.say(&event("changed", "1", "2026-12-01", &away)).await;
        let left = json!({"login": "ann.lee@example.com", "email": "ann.lee@example.com"});
        let taken = json!({"login": "ann@example.com", "email": "ann@example.com", "title": "Chef"});
        assert_eq!(world.calls(), [update(&ann, &left), update(&ben, &taken)]);
        assert_eq!(world.block("2"), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_okta_stores_otherwise_is_not_sent_again_until_it_changes() {
    story(async |world| {
        let id = hired(world).await;
        world.sandbox.ignore_writes_to("title");
        world.say(&event("changed", "1", "2026-12-01", &json!({"work.title": "Chef"}))).await;
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef"}))]);
        world.say(&event("changed", "1", "2026-12-01T00:01", &json!({"root.surname": "Low"}))).await;
        assert_eq!(world.calls(), [update(&id, &json!({"lastName": "Low"}))]);
        world.say(&event("changed", "1", "2026-12-01T00:02", &json!({"work.title": "Baker"}))).await;
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Baker"}))]);
        // A list that shows the old value again is no reason either.
        world.until("2026-12-01T02:00").await;
        assert_eq!(world.calls(), NONE);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_clears_what_it_does_not_mention() {
    story(async |world| {
        let id = hired(world).await;
        let all =
            with(&person("Ann", "2026-12-01"), &json!({"work.department": "Kitchen", "work.title": null}));
        world.say(&event("snapshot", "1", "2026-12-01", &all)).await;
        assert_eq!(world.calls(), [update(&id, &json!({"department": "Kitchen", "title": null}))]);
        world.say(&event("snapshot", "1", "2026-12-01T00:01", &person("Ann", "2026-12-01"))).await;
        assert_eq!(world.calls(), [update(&id, &json!({"department": null, "title": "Cook"}))]);
        assert_eq!(world.clock.now(), instant("2026-12-01"));
        world.say(&event("hired", "2", "2026-11-20", &person("Ben", "2026-12-01"))).await;
        assert_eq!(world.calls(), [create(&profile("Ben", "2"))]);
    })
    .await;
}
