//! Facts that Okta would not take, or that make no sense: the right person waits, with a clear reason.

use serde_json::{Value, json};

use super::{create, lifecycle, person, profile, story, with};
use crate::support::world::{NONE, World, event};

/// Says something of Ann that cannot be used, then hires Ben; gives the reason why Ann waits.
async fn blocked(world: &mut World, what: &Value) -> String {
    let ann = with(&person("Ann", "2026-12-01"), what);
    world.say(&event("hired", "1", "2026-11-20", &ann)).await;
    assert_eq!((world.calls(), world.users()), (NONE.to_vec(), 0));
    world.say(&event("hired", "2", "2026-11-20", &person("Ben", "2026-12-01"))).await;
    assert_eq!(world.calls(), [create(&profile("Ben", "2"))], "everybody else is served");
    assert_eq!(world.decisions("1"), ["event.accepted", "employee.blocked"]);
    world.person("1").block.expect("a reason").to_string()
}

/// What is wrong is put right.
async fn released(world: &mut World, what: &Value) {
    world.say(&event("changed", "1", "2026-12-01", what)).await;
    assert_eq!(world.calls(), [create(&profile("Ann", "1"))]);
    assert_eq!(world.block("1"), None);
    assert_eq!(world.decisions("1")[2..], ["event.accepted", "user.created", "employee.released"]);
}

/// Ann works here; then something that cannot be used is said of her, and then she leaves.
async fn cut_all_the_same(world: &mut World, what: &Value, block: &str) {
    world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
    let id = world.id("ann@example.com");
    world.calls();
    world.say(&event("changed", "1", "2026-12-01", what)).await;
    assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some(block)));
    world
        .say(&event("terminated", "1", "2026-12-01", &json!({"employee.lastDayOfWork": "2026-12-01"})))
        .await;
    assert_eq!(world.calls(), NONE);
    world.until("2026-12-02").await;
    assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emoji_in_a_name_blocks_until_it_is_gone() {
    story(async |world| {
        let reason = blocked(world, &json!({"root.surname": "Lee 🦊"})).await;
        let rule = "lastName: has a character that Okta does not store";
        assert!(reason.starts_with("bad_profile: ") && reason.contains(rule), "{reason}");
        released(world, &json!({"root.surname": "Lee"})).await;
    })
    .await;
    story(async |world| cut_all_the_same(world, &json!({"root.surname": "🦊"}), "bad_profile").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_with_a_space_blocks_until_it_is_gone() {
    story(async |world| {
        let reason = blocked(world, &json!({"root.email": "ann lee@example.com"})).await;
        assert!(reason.contains("login") && reason.contains("not an e-mail address"), "{reason}");
        assert!(!reason.contains("ann lee"), "{reason}");
        released(world, &json!({"root.email": "ann@example.com"})).await;
    })
    .await;
    story(async |world| {
        cut_all_the_same(world, &json!({"root.email": "a b@example.com"}), "bad_profile").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_time_zone_blocks_until_it_is_known() {
    story(async |world| {
        let reason = blocked(world, &json!({"work.custom.zone": "Mars/Olympus"})).await;
        assert_eq!(reason, "unknown_zone: work.custom.zone is not an IANA time zone");
        released(world, &json!({"work.custom.zone": "Etc/UTC"})).await;
    })
    .await;
    let zone = json!({"work.custom.zone": "Mars/Olympus"});
    story(async |world| cut_all_the_same(world, &zone, "unknown_zone").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_a_name_or_an_email_waits_for_them() {
    story(async |world| {
        let reason = blocked(world, &json!({"root.email": null, "root.firstName": ""})).await;
        for attribute in ["login", "email", "firstName"] {
            assert!(reason.contains(attribute), "{reason}");
        }
        released(world, &json!({"root.email": "ann@example.com", "root.firstName": "Ann"})).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_a_start_date_waits_for_it() {
    story(async |world| {
        let unknown = with(&person("Ann", "2026-12-01"), &json!({"work.startDate": null}));
        world.say(&event("changed", "1", "2026-11-20", &unknown)).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("no_start_date")));
        world.say(&event("hired", "1", "2026-11-21", &json!({"work.startDate": "2026-12-01"}))).await;
        assert_eq!((world.calls(), world.block("1")), (vec![create(&profile("Ann", "1"))], None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_value_of_an_optional_attribute_is_left_out_and_reported() {
    story(async |world| {
        let ann = with(&person("Ann", "2026-12-01"), &json!({"work.title": "Cook 🦊"}));
        world.say(&event("hired", "1", "2026-11-20", &ann)).await;
        let mut without = profile("Ann", "1");
        without.as_object_mut().expect("an object").remove("title");
        assert_eq!(world.calls(), [create(&without)]);
        assert_eq!(world.decisions("1"), ["event.accepted", "employee.incomplete", "user.created"]);
        assert!(world.person("1").omitted.is_some_and(|omitted| omitted.contains("title")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_year_9999_is_far_away_and_nothing_worse() {
    story(async |world| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "9999-12-31"))).await;
        let ben = with(&person("Ben", "2026-12-01"), &json!({"employee.lastDayOfWork": "9999-12-31"}));
        world.say(&event("hired", "2", "2026-11-20", &ben)).await;
        assert_eq!(world.calls(), [create(&profile("Ben", "2"))]);
        assert_eq!(world.decisions("1"), ["event.accepted", "employee.scheduled"]);
        world.until("2027-12-01").await;
        assert_eq!(world.calls(), NONE);
        assert_eq!(world.person("2").until.map(|at| at.timestamp()), Some(253_402_300_800));
    })
    .await;
}
