//! A token that is not used for 30 days dies: the daemon's own calls keep it alive, whatever else goes on.

use std::time::Duration;

use chrono::TimeDelta;
use okta_provisioner::sandbox::Fault;

use super::{person, profile, story, story_of, usual};
use crate::support::world::{Setup, World, event};
use crate::support::{breath, soon};

/// Longer than most calls take that come.
const BRIEFLY: Duration = Duration::from_millis(200);

/// As in Okta; other stories leap over weeks in which somebody would have called.
fn mortal(world: &World) {
    world.sandbox.set_switch("disuse_kills_tokens", true);
}

/// Lets forty days pass in steps of six hours, in each of which there is a call.
async fn forty_days(world: &World) {
    for _ in 0..40 * 4 {
        world.sandbox.take_calls();
        world.clock.advance(TimeDelta::hours(6));
        let called = async {
            // Who began to wait only now waits for the next minutes.
            while world.sandbox.calls_when(1, BRIEFLY).await.is_empty() {
                world.clock.advance(TimeDelta::minutes(2));
            }
        };
        soon("a call in six hours", called).await;
        let calls = world.sandbox.calls();
        assert!(calls.iter().all(|call| call.status != 401), "the token is dead: {:?}", calls.last());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_to_do_the_token_lives_and_left_alone_it_dies() {
    story(async |world| {
        mortal(world);
        for _ in 0..40 {
            world.pass(TimeDelta::days(1)).await;
        }
        assert!(world.summary().halted.is_none());
        // No daemon for a month: what it would be like without those calls.
        world.clock.advance(TimeDelta::days(31));
        world.halted().await;
        let said = async {
            while world.summary().halted.is_none_or(|reason| !reason.contains("token")) {
                breath().await;
            }
        };
        soon("the reason", said).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_costs_one_call_and_a_day_one_more() {
    story(async |world| {
        world.pass(TimeDelta::hours(1)).await;
        world.sandbox.take_calls();
        for _ in 0..48 {
            world.pass(TimeDelta::hours(1)).await;
        }
        let calls = world.sandbox.take_calls();
        let schema = calls.iter().filter(|call| call.path.contains("/meta/schemas/")).count();
        assert_eq!((calls.len(), schema), (48 + 2, 2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_only_observes_the_token_lives() {
    let setup = Setup { apply: false, ..usual() };
    let plant = |org: &okta_provisioner::sandbox::Sandbox| {
        org.insert(profile("Ann", "1"), "ACTIVE");
    };
    story_of(setup, plant, async |world| {
        mortal(world);
        assert_eq!(world.summary().mode.as_deref(), Some("first_run"));
        forty_days(world).await;
        assert!(world.summary().halted.is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_calls_are_stopped_the_probes_keep_the_token_alive() {
    story(async |world| {
        mortal(world);
        world.sandbox.faults().fail_next_on(10_000, Fault::Status(403), "POST", "");
        for (employee, name) in [("1", "Ann"), ("2", "Ben"), ("3", "Cat")] {
            world.tell(&event("hired", employee, "2026-11-20", &person(name, "2026-12-01"))).await;
        }
        world.halted().await;
        forty_days(world).await;
    })
    .await;
}
