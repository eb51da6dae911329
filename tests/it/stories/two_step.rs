//! Leavers who are suspended first, and deactivated after a grace.

use okta_provisioner::ledger::Verb;
use okta_provisioner::sandbox::Fault;
use serde_json::{Value, json};

use super::{clear_sessions, get, leaving, lifecycle, rules, story_of, usual};
use crate::support::world::{Call, NONE, Setup, World, event};

async fn story(tell: impl AsyncFnOnce(&mut World)) {
    let setup = Setup { rules: rules(&json!({"leaver": "suspend_first", "grace": "7d"})), ..usual() };
    story_of(setup, |_| {}, tell).await;
}

/// Ann leaves at the end of the 10th, and is at work until then.
async fn at_work(world: &mut World) -> String {
    let id = leaving(world).await;
    world.until("2026-12-02").await;
    world.sandbox.set_status(&id, "ACTIVE");
    world.until("2026-12-10T23:50").await;
    world.calls();
    id
}

/// HR takes the leave back.
fn stays(at: &str) -> Value {
    event("changed", "1", at, &json!({"employee.lastDayOfWork": null}))
}

/// The calls that change something. Whether it takes a look first depends on how far the hourly list is.
fn writes(world: &World) -> Vec<Call> {
    world.calls().into_iter().filter(|(call, _)| !call.starts_with("GET")).collect()
}

fn status(world: &World) -> String {
    world.status("ann@example.com")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leave_taken_back_within_the_grace_loses_nothing() {
    story(async |world| {
        let id = at_work(world).await;
        let cooks = world.sandbox.insert_group(json!({"name": "Cooks"}));
        world.sandbox.set_member(&cooks, &id, true);
        world.until("2026-12-11").await;
        assert_eq!(world.calls(), [get(&id), lifecycle(&id, "suspend"), clear_sessions(&id)]);
        world.until("2026-12-17T23:00").await;
        world.say(&stays("2026-12-17T22:00")).await;
        assert_eq!(world.calls(), [lifecycle(&id, "unsuspend")]);
        assert_eq!((&*status(world), world.sandbox.groups_of(&id)), ("ACTIVE", vec!["Cooks".to_owned()]));
        world.until("2026-12-31").await;
        assert_eq!((world.calls(), &*status(world)), (NONE.to_vec(), "ACTIVE"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restarts_in_between_change_nothing() {
    story(async |world| {
        let id = at_work(world).await;
        // The reply to the suspension is lost, and the daemon with it.
        world.sandbox.faults().fail_next_on(1, Fault::ReplyLost, "POST", "/api/v1/users/");
        world.sandbox.faults().fail_next_on(1, Fault::Status(503), "GET", &format!("/api/v1/users/{id}"));
        world.until("2026-12-11").await;
        world.restart().await;
        world.until("2026-12-11T00:05").await;
        assert_eq!(status(world), "SUSPENDED");
        let cleared = world.calls().into_iter().filter(|call| *call == clear_sessions(&id)).count();
        assert_eq!(cleared, 1);
        world.restart().await;
        world.until("2026-12-17T23:59").await;
        assert_eq!((world.calls(), &*status(world)), (NONE.to_vec(), "SUSPENDED"));
        world.kill().await;
        world.clock.advance(chrono::TimeDelta::days(1));
        world.run().await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_human_has_suspended_before_is_deactivated_after_the_grace_too() {
    story(async |world| {
        let id = at_work(world).await;
        world.sandbox.set_status(&id, "SUSPENDED");
        world.until("2026-12-11T01:00").await;
        world.until("2026-12-17T23:59").await;
        assert_eq!((writes(world), &*status(world)), (NONE.to_vec(), "SUSPENDED"));
        world.until("2026-12-18T01:00").await;
        assert_eq!(writes(world), [lifecycle(&id, "deactivate")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_humans_suspension_stays_where_the_leave_is_taken_back() {
    story(async |world| {
        let id = at_work(world).await;
        world.sandbox.set_status(&id, "SUSPENDED");
        world.until("2026-12-12").await;
        world.calls();
        world.say(&stays("2026-12-12")).await;
        world.until("2026-12-31").await;
        assert_eq!((world.calls(), &*status(world)), (NONE.to_vec(), "SUSPENDED"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_cannot_be_suspended_is_deactivated_at_the_leave_moment() {
    story(async |world| {
        let id = leaving(world).await;
        world.until("2026-12-10T23:50").await;
        world.calls();
        world.until("2026-12-11").await;
        assert_eq!(world.calls(), [get(&id), lifecycle(&id, "deactivate")]);
        world.until("2026-12-31").await;
        assert_eq!((world.calls(), &*status(world)), (NONE.to_vec(), "DEPROVISIONED"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_grace_begins_when_a_pause_ends() {
    story(async |world| {
        let id = at_work(world).await;
        world.ask(Verb::Pause, None, Some("step:suspend")).await;
        world.until("2026-12-13").await;
        assert_eq!((writes(world), &*status(world)), (NONE.to_vec(), "ACTIVE"));
        assert_eq!(world.summary().paused_leavers, 1);
        world.ask(Verb::Resume, None, Some("step:suspend")).await;
        assert_eq!(writes(world), [lifecycle(&id, "suspend"), clear_sessions(&id)]);
        world.ask(Verb::Mode, None, Some("observe")).await;
        world.until("2026-12-21").await;
        assert_eq!((world.calls(), &*status(world)), (NONE.to_vec(), "SUSPENDED"));
        world.ask(Verb::Mode, None, Some("apply")).await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
    })
    .await;
}
