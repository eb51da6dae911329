//! Few people, and limits that they reach.

use chrono::TimeDelta;
use okta_provisioner::domain::decide::Rules;
use okta_provisioner::domain::guard::{Guard, Limit};
use okta_provisioner::ledger::Verb;
use okta_provisioner::sandbox::{Fault, Sandbox};
use serde_json::{Value, json};

use super::{clear_sessions, get, lifecycle, person, profile, rules, story_of, update, usual};
use crate::support::world::{NONE, Setup, World, event};

/// Rules under which so many cuts, revocations and renames each go through.
fn limited(policy: &Value, most: u32) -> Setup {
    let few = Limit { count: most, share: 0.0 };
    let guard = Guard { cuts: few, revocations: few, renames: few, field: None, ..Guard::default() };
    Setup { rules: Rules { guard, ..rules(policy) }, ..usual() }
}

/// Ann, Bea and Cleo work here.
async fn three(world: &mut World) -> [String; 3] {
    for (id, name) in [("1", "Ann"), ("2", "Bea"), ("3", "Cleo")] {
        world.say(&event("hired", id, "2026-11-20", &person(name, "2026-12-01"))).await;
    }
    world.until("2026-12-01T03:00").await;
    world.calls();
    ["ann", "bea", "cleo"].map(|name| {
        let id = world.id(&format!("{name}@example.com"));
        world.sandbox.set_status(&id, "ACTIVE");
        id
    })
}

fn left(id: &str) -> Value {
    event("terminated", id, "2026-12-01T01:00", &json!({"employee.lastDayOfWork": "2026-11-30"}))
}

#[tokio::test(flavor = "multi_thread")]
async fn revocations_have_a_limit_of_their_own_and_who_is_held_is_not_looked_at_again() {
    story_of(
        limited(&json!({}), 1),
        |_| {},
        async |world| {
            let [ann, bea, cleo] = three(world).await;
            world.pass(TimeDelta::hours(2)).await;
            world.calls();
            let revoked = |id: &str, at: &str| event("access_revoked", id, at, &json!({}));
            world.say(&revoked("1", "2026-12-01T02:00")).await;
            assert_eq!(world.calls().last(), Some(&clear_sessions(&ann)));
            world.say(&revoked("2", "2026-12-01T02:00")).await;
            world.calls();
            assert_eq!(world.block("2"), Some("over_limit"));
            assert!(world.decisions("2").contains(&"employee.held".to_owned()));
            world.say(&left("3")).await;
            assert_eq!(world.calls(), [lifecycle(&cleo, "deactivate")], "a leave is something else");
            world.pass(TimeDelta::days(3)).await;
            world.say(&revoked("2", "2026-12-04T01:00")).await;
            world.ask(Verb::Retry, Some("2"), None).await;
            assert_eq!(world.calls().iter().filter(|call| **call != get(&bea)).count(), 0);
            world.say(&revoked("2", "2026-12-04T01:30")).await;
            assert_eq!((world.calls(), world.block("2")), (NONE.to_vec(), Some("over_limit")));
            world.approve(&["2"], 1).await;
            assert_eq!(world.calls().last(), Some(&clear_sessions(&bea)));
            assert_eq!(world.status("bea@example.com"), "SUSPENDED");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_over_the_limit_waits_for_a_word_about_that_name() {
    story_of(
        limited(&json!({}), 0),
        |_| {},
        async |world| {
            let [ann, ..] = three(world).await;
            let named = |email: &str, at: &str| event("changed", "1", at, &json!({"root.email": email}));
            world.say(&named("ann.ray@example.com", "2026-12-01T01:00")).await;
            assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("over_limit")));
            let outcome = world.approve(&["--all"], 1).await;
            assert_eq!(outcome["decided"], json!(["1"]));
            let to = json!({"login": "ann.ray@example.com", "email": "ann.ray@example.com"});
            assert_eq!(world.calls(), [update(&ann, &to)]);
            assert_eq!((world.block("1"), world.held().await), (None, vec![]));
            world.say(&named("ann.roy@example.com", "2026-12-01T02:00")).await;
            assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("over_limit")));
            // HR takes it back.
            world.say(&named("ann.ray@example.com", "2026-12-01T03:00")).await;
            assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), None));
            assert_eq!(world.decisions("1").last().map(String::as_str), Some("employee.released"));
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_is_for_both_steps_of_a_leave() {
    let setup = limited(&json!({"leaver": "suspend_first"}), 0);
    story_of(
        setup,
        |_| {},
        async |world| {
            let [ann, ..] = three(world).await;
            world.pass(TimeDelta::minutes(90)).await;
            world.say(&left("1")).await;
            world.calls();
            assert_eq!(world.block("1"), Some("over_limit"));
            world.approve(&["1"], 1).await;
            assert_eq!(world.status("ann@example.com"), "SUSPENDED");
            world.calls();
            world.pass(TimeDelta::days(8)).await;
            assert_eq!(world.calls(), [lifecycle(&ann, "deactivate")]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_okta_refuses_leaves_room_for_somebody_else() {
    story_of(
        limited(&json!({}), 1),
        |_| {},
        async |world| {
            let [ann, bea, _] = three(world).await;
            world.sandbox.faults().fail_next(1, Fault::Status(403));
            world.say(&left("1")).await;
            assert_eq!(
                (world.calls(), world.block("1")),
                (vec![lifecycle(&ann, "deactivate")], Some("refused"))
            );
            world.say(&left("2")).await;
            assert_eq!(world.calls(), [lifecycle(&bea, "deactivate")]);
            // Tried again in an hour, and one too many by then.
            world.pass(TimeDelta::hours(2)).await;
            assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("over_limit")));
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn observing_tells_what_would_be_held() {
    let setup = Setup { apply: false, ..limited(&json!({}), 1) };
    let plant = |sandbox: &Sandbox| {
        for (id, name) in [("1", "Ann"), ("2", "Bea")] {
            sandbox.insert(profile(name, id), "ACTIVE");
        }
    };
    story_of(setup, plant, async |world| {
        world.until("2026-12-01T03:00").await;
        for (id, name) in [("1", "Ann"), ("2", "Bea")] {
            world.say(&event("hired", id, "2026-11-20", &person(name, "2026-11-01"))).await;
            world.say(&left(id)).await;
        }
        let observed = |id: &str| {
            let entries = world.entries(id).into_iter().filter(|entry| entry.observed);
            entries.map(|entry| entry.code).collect::<Vec<_>>()
        };
        assert_eq!(
            (observed("1"), observed("2")),
            (vec!["user.deactivated".into()], vec!["employee.held".into()])
        );
        assert_eq!(world.calls(), NONE);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_overturned_by_name_only() {
    story_of(
        limited(&json!({}), 0),
        |_| {},
        async |world| {
            let [ann, bea, _] = three(world).await;
            world.say(&left("1")).await;
            world.say(&left("2")).await;
            world.calls();
            world.approve(&["1", "--reject"], 1).await;
            let (done, why) = world.command(&["approve", "--batch", "1", "--count", "2"]).await;
            assert!(!done && why.as_str().is_some_and(|why| why.contains("about 1, not 2")), "{why}");
            let outcome = world.approve(&["--batch", "1", "--count", "1"], 1).await;
            assert_eq!(outcome, json!({"decided": ["2"], "skipped": {}}));
            assert_eq!(
                (world.calls(), world.block("1")),
                (vec![lifecycle(&bea, "deactivate")], Some("rejected"))
            );
            for all in [&["--all"][..], &["--where", "root.firstName == \"Ann\""]] {
                assert_eq!(world.approve(all, 0).await["decided"], json!([]));
            }
            world.approve(&["1"], 1).await;
            assert_eq!(world.calls(), [lifecycle(&ann, "deactivate")]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_held_and_paused_can_be_decided_about() {
    story_of(
        limited(&json!({}), 0),
        |_| {},
        async |world| {
            let [ann, ..] = three(world).await;
            world.say(&left("1")).await;
            world.ask(Verb::Pause, None, Some("step:deactivate")).await;
            world.ask(Verb::Retry, Some("1"), None).await;
            assert_eq!(world.person("1").waiting.as_deref(), Some("paused"));
            assert_eq!(world.held().await, [("1".to_owned(), "over_limit".to_owned())]);
            world.approve(&["1", "--reject"], 1).await;
            assert_eq!(world.held().await, [("1".to_owned(), "rejected".to_owned())]);
            world.approve(&["1"], 1).await;
            assert_eq!((world.held().await, world.calls()), (vec![], NONE.to_vec()));
            world.ask(Verb::Resume, None, Some("all")).await;
            assert_eq!(world.calls(), [lifecycle(&ann, "deactivate")]);
        },
    )
    .await;
}
