//! Days on which Okta, or the way there, is not as it should be.

use chrono::TimeDelta;
use okta_provisioner::sandbox::Fault;
use serde_json::json;

use super::{create, get, lifecycle, person, profile, story, story_of, update, usual, with};
use crate::support::world::{Call, NONE, Setup, TOKEN, World, event};

async fn hire(world: &mut World, name: &str, employee: &str) {
    world.say(&event("hired", employee, "2026-11-20", &person(name, "2026-12-01"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_whom_the_token_may_not_touch_is_blocked_alone() {
    story(async |world| {
        world.sandbox.faults().fail_next(1, Fault::Status(403));
        hire(world, "Ann", "1").await;
        hire(world, "Ben", "2").await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1")), create(&profile("Ben", "2"))]);
        assert_eq!((world.block("1"), world.block("2")), (Some("refused"), None));
        world.until("2026-12-02").await;
        assert_eq!(world.calls(), NONE, "it waits for news or an operator");
        world.say(&event("changed", "1", "2026-12-01", &json!({"work.title": "Chef"}))).await;
        assert_eq!(world.calls(), [create(&with(&profile("Ann", "1"), &json!({"title": "Chef"})))]);
        assert_eq!((world.block("1"), world.count("okta.halted")), (None, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_has_whoever_was_refused_tried_again() {
    story(async |world| {
        world.sandbox.faults().fail_next(1, Fault::Status(403));
        hire(world, "Ann", "1").await;
        assert_eq!((world.users(), world.block("1")), (0, Some("refused")));
        world.retry(1).await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1")), create(&profile("Ann", "1"))]);
        assert_eq!((world.block("1"), world.person("1").attempts), (None, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_people_in_a_row_whom_the_token_may_not_touch_are_a_lost_role() {
    story(async |world| {
        world.sandbox.faults().fail_next_on(3, Fault::Status(403), "POST", "");
        hire(world, "Ann", "1").await;
        hire(world, "Ben", "2").await;
        world.tell(&event("hired", "3", "2026-11-20", &person("Cat", "2026-12-01"))).await;
        world.halted().await;
        world.tell(&event("hired", "4", "2026-11-20", &person("Dan", "2026-12-01"))).await;
        // The halt holds from before it is written down.
        world.quiet().await;
        let tried =
            [create(&profile("Ann", "1")), create(&profile("Ben", "2")), create(&profile("Cat", "3"))];
        assert_eq!(world.calls(), tried);
        assert_eq!((world.count("okta.halted"), world.person("3").attempts), (1, 0));
        let reason = world.summary().halted.expect("a reason");
        assert!(reason.contains("3 people in a row") && reason.contains("E0000006"), "{reason}");

        world.resumed().await;
        world.quiet().await;
        // Those before the third, who were refused one by one, go on with the others.
        assert_eq!((world.users(), world.count("user.created"), world.summary().halted), (4, 4, None));
        assert_eq!((world.block("1"), world.block("2")), (None, None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_stops_all_calls_until_it_is_right_again() {
    story(async |world| {
        world.sandbox.set_token("another");
        world.tell(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        world.halted().await;
        world.tell(&event("hired", "2", "2026-11-20", &person("Ben", "2026-12-01"))).await;
        world.probed().await;
        world.probed().await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1"))], "one was tried, nobody after her");
        assert_eq!((world.count("okta.halted"), world.count("okta.resumed")), (1, 0));
        assert_eq!((world.person("1").attempts, world.person("1").block), (0, None));
        assert!(world.summary().halted.is_some_and(|reason| reason.contains("token")));

        world.sandbox.set_token(TOKEN);
        world.resumed().await;
        world.quiet().await;
        let mut calls = world.calls();
        calls.sort_by_key(|(_, body)| body.to_string());
        assert_eq!(calls, [create(&profile("Ann", "1")), create(&profile("Ben", "2"))]);
        assert_eq!((world.count("okta.halted"), world.count("okta.resumed")), (1, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_place_of_one_persons_answers_stops_nobody_else() {
    story(async |world| {
        hire(world, "Ann", "1").await;
        let id = world.id("ann@example.com");
        world.calls();
        world.sandbox.faults().fail_next_on(1000, Fault::Html(404), "POST", &format!("/api/v1/users/{id}"));
        world.say(&event("changed", "1", "2026-12-01", &json!({"work.title": "Chef"}))).await;
        let chef = update(&id, &json!({"title": "Chef"}));
        assert_eq!(world.calls(), [chef.clone(), get(&id), chef]);
        hire(world, "Ben", "2").await;
        assert_eq!(world.calls(), [create(&profile("Ben", "2"))]);
        world.pass(TimeDelta::minutes(10)).await;
        assert_eq!(world.count("okta.halted"), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_probes_succeed_and_calls_do_not_halts_follow_each_other_ever_more_slowly() {
    story(async |world| {
        world.sandbox.faults().fail_next_on(100_000, Fault::Status(500), "POST", "");
        for employee in 1..60 {
            let hired = person(&format!("Joiner{employee}"), "2026-12-01");
            world.tell(&event("hired", &employee.to_string(), "2026-11-20", &hired)).await;
        }
        for _ in 0..150 {
            world.pass(TimeDelta::seconds(2)).await;
        }
        let halts = world.count("okta.halted");
        assert!((2..=12).contains(&halts), "{halts} halts in five minutes");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_stops_all_calls_and_ends_without_a_storm() {
    story(async |world| {
        world.sandbox.faults().down(true);
        for employee in 1..20 {
            let hired = person(&format!("Joiner{employee}"), "2026-12-01");
            world.tell(&event("hired", &employee.to_string(), "2026-11-20", &hired)).await;
        }
        world.halted().await;
        for _ in 0..60 {
            world.probed().await;
        }
        // Those who were on their way when the fifth got no answer, and a look for each.
        let calls = world.calls();
        assert!((5..=40).contains(&calls.len()), "{} calls in an hour", calls.len());
        assert_eq!((world.count("okta.halted"), world.users()), (1, 0));

        world.sandbox.faults().down(false);
        world.resumed().await;
        world.quiet().await;
        world.pass(TimeDelta::minutes(1)).await;
        let created = world.calls().iter().filter(|(call, _)| call.starts_with("POST ")).count();
        assert_eq!((created, world.users(), world.count("okta.resumed")), (19, 19, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_window_is_waited_for_to_its_end() {
    story(async |world| {
        world.sandbox.faults().fail_next(1, Fault::RateLimit);
        hire(world, "Ann", "1").await;
        hire(world, "Ben", "2").await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1"))], "no call is wasted in a closed window");
        world.pass(TimeDelta::seconds(60)).await;
        assert_eq!(world.calls(), NONE);
        world.pass(TimeDelta::seconds(1)).await;
        assert_eq!((world.calls().len(), world.users()), (2, 2));
        world.pass(TimeDelta::minutes(5)).await;
        assert_eq!(world.calls(), NONE);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_calls_at_once_are_tried_again_soon_whatever_the_reset_says() {
    story(async |world| {
        world.sandbox.faults().fail_next(1, Fault::ConcurrencyLimit);
        hire(world, "Ann", "1").await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1"))]);
        world.pass(TimeDelta::seconds(2)).await;
        assert_eq!((world.calls(), world.users()), (vec![create(&profile("Ann", "1"))], 1));
        assert_eq!(world.decisions("1"), ["event.accepted", "okta.retrying", "user.created"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_clocks_apart_nobody_is_cut_until_they_agree() {
    story(async |world| {
        hire(world, "Ann", "1").await;
        hire(world, "Ben", "2").await;
        let (ann, ben) = (world.id("ann@example.com"), world.id("ben@example.com"));
        let leaves = json!({"employee.lastDayOfWork": "2026-12-01"});
        world.say(&event("terminated", "1", "2026-12-01", &leaves)).await;
        world.until("2026-12-01T23:50").await;
        world.set_okta_ahead(TimeDelta::minutes(-6));
        world.say(&event("changed", "2", "2026-12-01T00:05", &json!({"work.title": "Chef"}))).await;
        world.calls();
        world.until("2026-12-02").await;
        world.pass(TimeDelta::minutes(2)).await;
        let calls = world.calls();
        assert!(calls.iter().all(|call| *call == get(&ann)) && calls.len() <= 3, "{calls:?}");
        assert_eq!(world.status("ann@example.com"), "PROVISIONED");
        world.say(&event("changed", "2", "2026-12-01T00:06", &json!({"work.title": "Baker"}))).await;
        assert_eq!(world.calls(), [update(&ben, &json!({"title": "Baker"}))], "everybody else is served");

        world.set_okta_ahead(TimeDelta::zero());
        world.pass(TimeDelta::minutes(1)).await;
        assert_eq!(world.calls(), [get(&ann), lifecycle(&ann, "deactivate")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaver_overtakes_everybody_who_waits_for_the_budget() {
    let setup = Setup { limit: 10, ..usual() };
    story_of(
        setup,
        |_| {},
        async |world| {
            hire(world, "Ann", "1").await;
            let id = world.id("ann@example.com");
            world.pass(TimeDelta::minutes(2)).await;
            world.calls();
            for joiner in 10..25 {
                hire(world, &format!("Joiner{joiner}"), &joiner.to_string()).await;
            }
            let created =
                |calls: &[Call]| calls.iter().filter(|(call, _)| call.ends_with("activate=true")).count();
            let calls = world.calls();
            assert_eq!((created(&calls), calls.len()), (9, 9), "a tenth is kept for leavers");
            world.say(&event("deleted", "1", "2026-12-01", &json!({}))).await;
            assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
            world.pass(TimeDelta::minutes(2)).await;
            let calls = world.calls();
            assert_eq!((created(&calls), calls.len(), world.users()), (6, 6, 16));
            assert_eq!(world.count("okta.retrying"), 0, "no call met a limit");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaver_is_in_the_next_window_however_many_wait_for_it() {
    let setup = Setup { limit: 10, ..usual() };
    story_of(
        setup,
        |_| {},
        async |world| {
            hire(world, "Ann", "1").await;
            let id = world.id("ann@example.com");
            world.pass(TimeDelta::minutes(2)).await;
            world.calls();
            world.sandbox.faults().fail_next(1, Fault::RateLimit);
            for joiner in 10..40 {
                hire(world, &format!("Joiner{joiner}"), &joiner.to_string()).await;
            }
            world.say(&event("deleted", "1", "2026-12-01", &json!({}))).await;
            assert_eq!(world.calls().len(), 1, "the window is closed to all");
            world.pass(TimeDelta::seconds(61)).await;
            let calls = world.calls();
            assert!(calls.contains(&lifecycle(&id, "deactivate")), "{calls:?}");
            assert!(calls.len() <= 10 && world.users() < 31, "{calls:?}");
            for _ in 0..3 {
                world.pass(TimeDelta::seconds(61)).await;
            }
            assert_eq!((world.users(), world.count("okta.retrying")), (31, 1), "and nobody is forgotten");
        },
    )
    .await;
}
