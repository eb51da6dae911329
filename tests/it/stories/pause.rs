//! What operators pause waits, and nothing else does.

use okta_provisioner::ledger::Verb;
use serde_json::json;

use super::{create, leaving, lifecycle, person, profile, rules, story, story_of, update, usual};
use crate::support::world::{NONE, Setup, event};
use crate::support::{breath, soon};

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_kind_of_step_waits_and_the_others_go_on() {
    story(async |world| {
        let ann = leaving(world).await;
        world.ask(Verb::Pause, None, Some("step:deactivate\nHR cleans up")).await;
        world.until("2026-12-11").await;
        world.say(&event("hired", "2", "2026-12-01", &person("Ben", "2026-12-01"))).await;
        assert_eq!(world.calls(), [create(&profile("Ben", "2"))]);
        let summary = world.summary();
        assert_eq!(summary.paused_leavers, 1);
        let [pause] = summary.paused.as_slice() else { panic!("{summary:?}") };
        assert_eq!((pause.operator.as_deref(), pause.why.as_deref()), (Some("kim"), Some("HR cleans up")));

        // It is told once, and holds over a restart.
        world.restart().await;
        world.say(&event("changed", "1", "2026-12-01", &json!({"work.title": "Chef"}))).await;
        assert_eq!(world.calls(), NONE);
        let held: Vec<_> =
            world.entries("1").into_iter().filter(|entry| entry.code == "employee.held").collect();
        let [held] = held.as_slice() else { panic!("{held:?}") };
        assert_eq!(held.reason.as_deref(), Some("paused: deactivate is paused by kim"));
        assert_eq!(world.person("1").waiting.as_deref(), Some("paused"));

        world.ask(Verb::Resume, None, Some("step:deactivate")).await;
        assert_eq!(world.calls(), [lifecycle(&ann, "deactivate")]);
        assert_eq!((world.summary().paused_leavers, world.summary().paused.len()), (0, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_paused_and_what_is_right_by_then_is_done_afterwards() {
    story(async |world| {
        for (id, name) in [("1", "Ann"), ("2", "Ben")] {
            world.say(&event("hired", id, "2026-11-20", &person(name, "2026-12-01"))).await;
        }
        let (ann, ben) = (world.id("ann@example.com"), world.id("ben@example.com"));
        world.calls();
        world.ask(Verb::Pause, Some("1"), Some("employee:1")).await;
        for (at, title) in [("2026-12-01", "Chef"), ("2026-12-01T00:01", "Baker")] {
            for id in ["1", "2"] {
                world.say(&event("changed", id, at, &json!({"work.title": title}))).await;
            }
        }
        let changes = ["Chef", "Baker"].map(|title| update(&ben, &json!({"title": title})));
        assert_eq!(world.calls(), changes);
        let paused = world.decisions("1").into_iter().filter(|code| code == "employee.paused").count();
        assert_eq!(paused, 1);
        world.ask(Verb::Resume, Some("1"), Some("employee:1")).await;
        assert_eq!(world.calls(), [update(&ann, &json!({"title": "Baker"}))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_paused_while_nobody_ran_holds_from_the_first_call_on() {
    story(async |world| {
        let ann = leaving(world).await;
        world.kill().await;
        world.leave(Verb::Pause, None, Some("all"));
        world.clock.advance(chrono::TimeDelta::days(11));
        world.run().await;
        assert_eq!((world.calls(), world.count("operator.asked")), (NONE.to_vec(), 1));
        world.ask(Verb::Pause, Some("1"), Some("employee:1")).await;
        // Of two pauses one is left; `--all` ends both.
        world.ask(Verb::Resume, Some("1"), Some("employee:1")).await;
        assert_eq!(world.calls(), NONE);
        world.ask(Verb::Resume, None, Some("all")).await;
        assert_eq!(world.calls(), [lifecycle(&ann, "deactivate")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_first_day_because_updates_are_paused() {
    let setup = Setup { rules: rules(&json!({"provision_on": "creation"})), ..usual() };
    story_of(
        setup,
        |_| {},
        async |world| {
            world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-03"))).await;
            let ann = world.id("ann@example.com");
            world.ask(Verb::Pause, None, Some("step:update")).await;
            world.say(&event("changed", "1", "2026-12-01", &json!({"work.title": "Chef"}))).await;
            world.calls();
            // What is announced is what is done.
            let upcoming = world.upcoming(5);
            assert_eq!(upcoming["waiting"][0]["waits"]["for"], "paused", "{upcoming}");
            assert_eq!(upcoming["coming"][0]["waits"], json!(null), "{upcoming}");
            world.until("2026-12-03").await;
            assert_eq!(world.calls(), [lifecycle(&ann, "activate?sendEmail=true")]);
            world.ask(Verb::Resume, None, Some("step:update")).await;
            assert_eq!(world.calls(), [update(&ann, &json!({"title": "Chef"}))]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_turn_at_okta_heeds_what_is_said_meanwhile() {
    for (verb, word, waiting) in [(Verb::Pause, "all", "paused"), (Verb::Mode, "observe", "observe")] {
        story(async |world| {
            leaving(world).await;
            world.until("2026-12-05").await;
            world.calls();
            let calls = world.busy().await;
            let left = json!({"employee.lastDayOfWork": "2026-12-04"});
            world.tell(&event("terminated", "1", "2026-12-05", &left)).await;
            // Time to get there; nothing shows that somebody has.
            for _ in 0..300 {
                breath().await;
            }
            world.leave(verb, None, Some(word));
            let granted = async {
                while world.count("operator.asked") == 0 {
                    breath().await;
                }
            };
            soon("the wish", granted).await;
            // It is in force once the ledger answers again: the file shows it a moment sooner.
            world.meta("mode").await;
            drop(calls);
            world.quiet().await;
            assert_eq!(world.calls(), NONE);
            assert_eq!(world.person("1").waiting.as_deref(), Some(waiting));
        })
        .await;
    }
}
