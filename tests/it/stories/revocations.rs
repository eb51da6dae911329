//! Access that is cut at once, and given back.

use serde_json::json;

use super::{clear_sessions, get, lifecycle, person, rules, story, story_of, update, usual};
use crate::support::world::{NONE, Setup, World, event};

/// Ann works here, and has logged in; it is five past.
async fn at_work(world: &mut World) -> String {
    world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
    let id = world.id("ann@example.com");
    world.until("2026-12-01T00:05").await;
    world.sandbox.set_status(&id, "ACTIVE");
    world.calls();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_suspends_and_ends_all_sessions_after_a_look_at_the_status() {
    story(async |world| {
        let id = at_work(world).await;
        world.say(&event("access_revoked", "1", "2026-12-01T00:05", &json!({}))).await;
        assert_eq!(world.calls(), [get(&id), lifecycle(&id, "suspend"), clear_sessions(&id)]);
        assert_eq!(world.status("ann@example.com"), "SUSPENDED");
        assert_eq!(world.decisions("1")[2..], ["event.accepted", "user.suspended", "user.sessions_cleared"]);

        world.say(&event("changed", "1", "2026-12-01T00:06", &json!({"work.title": "Chef"}))).await;
        assert_eq!(world.calls(), NONE, "changes wait");
        world.say(&event("access_restored", "1", "2026-12-01T00:07", &json!({}))).await;
        assert_eq!(world.calls(), [lifecycle(&id, "unsuspend"), update(&id, &json!({"title": "Chef"}))]);
        assert_eq!(world.status("ann@example.com"), "ACTIVE");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_seen_within_the_minute_needs_no_look() {
    story(async |world| {
        let id = at_work(world).await;
        world.say(&event("changed", "1", "2026-12-01T00:05", &json!({"work.title": "Chef"}))).await;
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef"}))]);
        world.say(&event("access_revoked", "1", "2026-12-01T00:05", &json!({}))).await;
        assert_eq!(world.calls(), [lifecycle(&id, "suspend"), clear_sessions(&id)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_of_an_account_that_is_not_active_deactivates_it() {
    story(async |world| {
        let id = at_work(world).await;
        world.sandbox.set_status(&id, "PASSWORD_EXPIRED");
        world.say(&event("access_revoked", "1", "2026-12-01T00:05", &json!({}))).await;
        assert_eq!(world.calls(), [get(&id), lifecycle(&id, "deactivate")]);
        world.say(&event("access_restored", "1", "2026-12-01T00:06", &json!({}))).await;
        assert_eq!(world.calls(), [lifecycle(&id, "activate?sendEmail=true")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_humans_suspension_is_not_undone() {
    story(async |world| {
        let id = at_work(world).await;
        world.sandbox.set_status(&id, "SUSPENDED");
        world.until("2026-12-01T01:00").await;
        world.say(&event("changed", "1", "2026-12-01T00:05", &json!({"work.title": "Chef"}))).await;
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef"}))]);
        world.say(&event("access_restored", "1", "2026-12-01T00:06", &json!({}))).await;
        world.until("2026-12-03").await;
        assert_eq!((world.calls(), world.status("ann@example.com")), (NONE.to_vec(), "SUSPENDED".to_owned()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leave_of_absence_suspends_where_the_policy_says_so() {
    let policy = json!({"on_leave": "suspend", "leave_statuses": ["Parental leave"]});
    let setup = Setup { rules: rules(&policy), ..usual() };
    story_of(
        setup,
        |_| {},
        async |world| {
            let id = at_work(world).await;
            // The hourly list has seen that she is active.
            world.until("2026-12-01T01:10").await;
            world.until("2026-12-01T01:15").await;
            let leave = json!({"internal.lifecycleStatus": "parental leave", "internal.status": "Inactive"});
            world.say(&event("changed", "1", "2026-12-01T00:05", &leave)).await;
            assert_eq!(world.calls(), [get(&id), lifecycle(&id, "suspend"), clear_sessions(&id)]);
            let back = json!({"internal.lifecycleStatus": "employed", "internal.status": "Active"});
            world.say(&event("changed", "1", "2026-12-01T00:06", &back)).await;
            assert_eq!(world.calls(), [lifecycle(&id, "unsuspend")]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_before_the_first_day_cuts_nothing_and_creates_nothing() {
    story(async |world| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-03"))).await;
        world.say(&event("access_revoked", "1", "2026-11-21", &json!({}))).await;
        world.until("2026-12-02T23:59").await;
        assert_eq!((world.calls(), world.users()), (NONE.to_vec(), 0));
    })
    .await;
}
