//! Calls that did what they should, and whose answers never came.

use std::time::Duration;

use chrono::TimeDelta;
use okta_provisioner::sandbox::Fault;
use serde_json::{Value, json};

use super::{clear_sessions, create, get, lifecycle, person, profile, story, update};
use crate::support::PATIENCE;
use crate::support::world::{NONE, World, event};

/// Ann works here, and has logged in.
async fn at_work(world: &mut World) -> String {
    world.say(&hired()).await;
    let id = world.id("ann@example.com");
    world.pass(TimeDelta::minutes(5)).await;
    world.sandbox.set_status(&id, "ACTIVE");
    world.calls();
    id
}

fn hired() -> Value {
    event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_without_a_reply_is_found_by_its_login() {
    story(async |world| {
        world.sandbox.faults().fail_next(1, Fault::ReplyLost);
        world.say(&hired()).await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1")), get("ann@example.com")]);
        assert_eq!(
            (world.users(), world.decisions("1")),
            (1, vec!["event.accepted".into(), "user.created".into()])
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_without_a_reply_and_then_a_rename_is_one_account() {
    story(async |world| {
        world.sandbox.faults().fail_next(1, Fault::ReplyLost);
        world.sandbox.faults().fail_next(1, Fault::Dropped);
        world.say(&hired()).await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1")), get("ann@example.com")]);
        let id = world.id("ann@example.com");
        // Nothing is sent for her until that login has answered.
        let news = json!({"root.email": "ann.lee@example.com"});
        world.say(&event("changed", "1", "2026-12-01", &news)).await;
        let renamed = json!({"login": "ann.lee@example.com", "email": "ann.lee@example.com"});
        assert_eq!(world.calls(), [get("ann@example.com"), update(&id, &renamed)]);
        assert_eq!((world.id("ann.lee@example.com"), world.users()), (id, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_never_arrived_is_made_again_after_two_looks() {
    story(async |world| {
        world.sandbox.faults().fail_next(1, Fault::Dropped);
        world.say(&hired()).await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1")), get("ann@example.com")]);
        world.pass(TimeDelta::minutes(1)).await;
        assert_eq!(world.calls(), [get("ann@example.com"), create(&profile("Ann", "1"))]);
        assert_eq!(world.users(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_without_a_reply_is_looked_at_and_not_sent_again() {
    story(async |world| {
        let id = at_work(world).await;
        world.sandbox.faults().fail_next(1, Fault::StatusAfter(500));
        world.say(&event("changed", "1", "2026-12-01", &json!({"work.title": "Chef"}))).await;
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef"})), get(&id)]);
        assert_eq!(world.decisions("1")[2..], ["event.accepted", "user.updated"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_never_arrived_is_sent_again_after_a_look() {
    story(async |world| {
        let id = at_work(world).await;
        world.sandbox.faults().fail_next(1, Fault::Dropped);
        world.say(&event("changed", "1", "2026-12-01", &json!({"work.title": "Chef"}))).await;
        let title = update(&id, &json!({"title": "Chef"}));
        assert_eq!(world.calls(), [title.clone(), get(&id), title]);
        assert_eq!(world.decisions("1")[2..], ["event.accepted", "user.updated"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_taken_back_while_its_outcome_is_unknown_is_looked_at_first() {
    story(async |world| {
        let id = at_work(world).await;
        world.sandbox.faults().fail_next_on(1, Fault::ReplyLost, "POST", "");
        world.sandbox.faults().fail_next_on(1, Fault::Status(500), "GET", "");
        world.say(&event("changed", "1", "2026-12-01", &json!({"work.title": "Chef"}))).await;
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef"})), get(&id)]);
        // As far as the mirror knows that is what Okta holds.
        world.say(&event("changed", "1", "2026-12-01T00:01", &json!({"work.title": "Cook"}))).await;
        assert_eq!(world.calls(), [get(&id), update(&id, &json!({"title": "Cook"}))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_is_made_though_nobody_can_look_what_became_of_an_update() {
    story(async |world| {
        let id = at_work(world).await;
        world.sandbox.faults().fail_next_on(1, Fault::Status(500), "POST", "");
        world.sandbox.faults().fail_next_on(1000, Fault::Status(500), "GET", "/api/v1/users/");
        world.say(&event("changed", "1", "2026-12-01", &json!({"work.title": "Chef"}))).await;
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef"})), get(&id)]);
        world
            .say(&event(
                "terminated",
                "1",
                "2026-12-01T00:01",
                &json!({"internal.terminationDate": "2026-11-30"}),
            ))
            .await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
        assert_eq!(world.decisions("1").last().map(String::as_str), Some("user.deactivated"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_that_failed_is_made_again_though_nobody_can_look_at_the_account() {
    story(async |world| {
        let id = at_work(world).await;
        world.sandbox.faults().fail_next_on(1, Fault::Status(500), "POST", "");
        world.sandbox.faults().fail_next_on(1000, Fault::Status(500), "GET", "/api/v1/users/");
        world
            .say(&event("terminated", "1", "2026-12-01", &json!({"internal.terminationDate": "2026-11-30"})))
            .await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate"), get(&id)]);
        world.pass(TimeDelta::minutes(1)).await;
        assert_eq!(world.calls(), [get(&id)]);
        world.pass(TimeDelta::minutes(1)).await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
        assert_eq!(world.decisions("1").last().map(String::as_str), Some("user.deactivated"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_without_a_reply_is_ours_and_its_sessions_are_still_ended() {
    story(async |world| {
        let id = at_work(world).await;
        world.sandbox.faults().fail_next_on(1, Fault::ReplyLost, "POST", "");
        world.sandbox.faults().fail_next_on(1, Fault::Dropped, "DELETE", "");
        world.say(&event("access_revoked", "1", "2026-12-01", &json!({}))).await;
        let cut = [get(&id), lifecycle(&id, "suspend"), get(&id)];
        assert_eq!(
            world.calls(),
            [cut.as_slice(), &[clear_sessions(&id), get(&id), clear_sessions(&id)]].concat()
        );
        assert_eq!(world.decisions("1")[2..], ["event.accepted", "user.suspended", "user.sessions_cleared"]);
        world.say(&event("access_restored", "1", "2026-12-01T00:01", &json!({}))).await;
        assert_eq!(world.calls(), [lifecycle(&id, "unsuspend")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_suspension_without_a_reply_leaves_the_next_one_to_whoever_made_it() {
    story(async |world| {
        let id = at_work(world).await;
        world.say(&event("access_revoked", "1", "2026-12-01", &json!({}))).await;
        world.calls();
        world.sandbox.faults().fail_next(1, Fault::ReplyLost);
        world.say(&event("access_restored", "1", "2026-12-01T00:01", &json!({}))).await;
        assert_eq!(world.calls(), [lifecycle(&id, "unsuspend"), get(&id)]);
        assert_eq!(world.decisions("1").last().map(String::as_str), Some("user.unsuspended"));
        world.pass(TimeDelta::minutes(1)).await;
        world.sandbox.set_status(&id, "SUSPENDED");
        world.pass(TimeDelta::hours(2)).await;
        world.say(&event("changed", "1", "2026-12-01T00:02", &json!({"work.title": "Chef"}))).await;
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef"}))]);
        assert_eq!(world.status("ann@example.com"), "SUSPENDED");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivation_without_a_reply_is_ours_and_undone_by_a_rehire() {
    story(async |world| {
        let id = at_work(world).await;
        world.sandbox.faults().fail_next(1, Fault::ReplyLost);
        world.say(&event("deleted", "1", "2026-12-01", &json!({}))).await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate"), get(&id)]);
        let last = world.entries("1").pop().expect("a decision");
        assert_eq!(
            (last.code.as_str(), last.reason.as_deref()),
            ("user.deactivated", Some("employee file deleted (found done when read again)"))
        );
        world.sandbox.faults().fail_next(1, Fault::ReplyLost);
        world.say(&event("rehired", "1", "2026-12-01T00:01", &json!({"work.startDate": "2026-12-01"}))).await;
        assert_eq!(world.calls(), [lifecycle(&id, "activate?sendEmail=true"), get(&id)]);
        assert_eq!(world.decisions("1").last().map(String::as_str), Some("user.reactivated"));
        // What is ours no longer: a later deactivation by hand.
        world.pass(TimeDelta::minutes(1)).await;
        world.sandbox.set_status(&id, "DEPROVISIONED");
        world.pass(TimeDelta::hours(2)).await;
        world.say(&event("changed", "1", "2026-12-01T00:02", &json!({"work.title": "Chef"}))).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("cut_in_okta")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_killed_in_the_middle_of_a_create_looks_before_it_goes_on() {
    story(async |world| {
        world.sandbox.faults().fail_next(1, Fault::Delay(Duration::from_secs(5)));
        world.tell(&hired()).await;
        world.sandbox.calls_when(1, PATIENCE).await;
        world.restart().await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1")), get("ann@example.com")]);
        assert_eq!((world.users(), world.person("1").account.is_some()), (1, true));
        world.restart().await;
        assert_eq!(world.calls(), NONE);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_killed_in_the_middle_of_a_cut_knows_that_it_meant_it() {
    story(async |world| {
        let id = at_work(world).await;
        world.sandbox.faults().fail_next(1, Fault::Delay(Duration::from_secs(5)));
        world.tell(&event("deleted", "1", "2026-12-01", &json!({}))).await;
        world.sandbox.calls_when(1, PATIENCE).await;
        world.restart().await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate"), get(&id)], "it looks before it cuts again");
        assert_eq!(world.decisions("1").last().map(String::as_str), Some("user.deactivated"));
        world.say(&event("rehired", "1", "2026-12-01T00:01", &json!({"work.startDate": "2026-12-01"}))).await;
        assert_eq!(world.calls(), [lifecycle(&id, "activate?sendEmail=true")]);
    })
    .await;
}
