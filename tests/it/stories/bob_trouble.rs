//! Days on which HR cannot be read as it should be.

use chrono::TimeDelta;
use okta_provisioner::sandbox::{Fate, Fault};
use serde_json::json;

use super::bob_news::{bobs, employed, hired};
use super::{create, profile, update};
use crate::support::world::{Call, NONE, World};

/// HR saves a new title, and Bob tells of it.
async fn title(world: &mut World, title: &str) {
    world.bob().change("1", json!({"work.title": title}));
    world.deliver().await;
}

fn titled(id: &str, title: &str) -> Vec<Call> {
    vec![update(id, &json!({"title": title}))]
}

/// The calls for somebody who cannot be read: a search tells whether anybody can.
fn once_and_searched(id: &str) -> Vec<String> {
    vec![format!("person {id}"), format!("people {id}")]
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_who_is_refused_closes_nothing_for_the_others() {
    bobs(async |world| {
        let id = employed(world).await;
        world.hire("2", "2026-11-02", &hired("Ben"));
        world.bob().hide_person("2");
        world.bob().faults().fail_next_on(1000, Fault::Status(403), "POST", "/v1/people/2");
        world.deliver().await;
        assert_eq!(world.bob_calls(), once_and_searched("2"));
        for n in 0..6 {
            title(world, &format!("Chef {n}")).await;
            assert_eq!(world.calls(), titled(&id, &format!("Chef {n}")));
            world.go(TimeDelta::minutes(10)).await;
        }
        let calls = world.bob_calls();
        let refused = calls.iter().filter(|call| *call == "person 2").count();
        assert!((3..=20).contains(&refused), "{calls:?}");
        assert_eq!((world.count("bob.halted"), world.count("bob.retrying")), (0, 0));
        // Once he may be read, he is.
        world.bob().faults().clear();
        world.bob().show_all();
        world.go(TimeDelta::hours(1)).await;
        assert_eq!(world.calls(), [create(&profile("Ben", "2"))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_read_alone_is_searched_for() {
    bobs(async |world| {
        let id = employed(world).await;
        world.bob().faults().fail_next_on(1000, Fault::Status(500), "POST", "/v1/people/1");
        title(world, "Chef").await;
        assert_eq!((world.bob_calls(), world.calls()), (once_and_searched("1"), titled(&id, "Chef")));
        world.go(TimeDelta::minutes(1)).await;
        assert_eq!(world.bob_calls(), once_and_searched("1"));
        assert_eq!((world.count("bob.retrying"), world.person("1").read_wanted), (0, None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_are_refused_are_asked_for_slowly() {
    bobs(async |world| {
        employed(world).await;
        for n in 200..260 {
            world.hire(&n.to_string(), "2026-11-02", &hired(&format!("Person{n}")));
            world.bob().hide_person(&n.to_string());
        }
        world.bob().faults().fail_next_on(1000, Fault::Status(403), "POST", "/v1/people/2");
        world.deliver().await;
        for _ in 0..4 {
            world.go(TimeDelta::seconds(5)).await;
        }
        let calls = world.bob_calls();
        let refused = calls.iter().filter(|call| call.starts_with("person 2")).count();
        assert!((1..=6).contains(&refused), "{refused} in 20 s");
        assert_eq!(world.count("bob.halted"), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_asks_once_an_hour() {
    bobs(async |world| {
        let id = employed(world).await;
        world.bob().set_credentials("SERVICE-1", "another token");
        title(world, "Chef").await;
        assert_eq!(world.bob_calls(), ["person 1"]);
        assert!(world.summary().bob.is_some_and(|bob| bob.contains("bob.token")));
        world.go(TimeDelta::minutes(30)).await;
        title(world, "Baker").await;
        world.go(TimeDelta::minutes(29)).await;
        assert_eq!((world.bob_calls(), world.calls()), (Vec::new(), NONE.to_vec()));
        world.go(TimeDelta::minutes(1)).await;
        assert_eq!(world.bob_calls(), ["person 1"]);
        world.go(TimeDelta::minutes(59)).await;
        assert_eq!(world.bob_calls(), [""; 0]);
        world.bob().set_credentials("SERVICE-1", "bobTokenOfTheTests");
        world.go(TimeDelta::minutes(1)).await;
        assert_eq!((world.bob_calls(), world.calls()), (vec!["person 1".to_owned()], titled(&id, "Baker")));
        assert_eq!((world.count("bob.halted"), world.count("bob.resumed")), (1, 1));
        assert_eq!(world.summary().bob.as_deref(), Some("people are read"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_has_put_it_right_need_not_wait() {
    bobs(async |world| {
        let id = employed(world).await;
        world.bob().permit(false);
        title(world, "Chef").await;
        assert_eq!((world.bob_calls(), world.count("bob.halted")), (once_and_searched("1"), 1));
        world.go(TimeDelta::minutes(59)).await;
        assert_eq!(world.bob_calls(), [""; 0]);
        world.bob().permit(true);
        world.retry_reading().await;
        assert_eq!((world.bob_calls(), world.calls()), (vec!["person 1".to_owned()], titled(&id, "Chef")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_limit_is_waited_for() {
    bobs(async |world| {
        let id = employed(world).await;
        world.bob().faults().fail_next_on(1, Fault::RateLimit, "POST", "/v1/people/1");
        title(world, "Chef").await;
        assert_eq!((world.bob_calls(), world.calls()), (vec!["person 1".to_owned()], NONE.to_vec()));
        world.go(TimeDelta::seconds(62)).await;
        assert_eq!(world.calls(), titled(&id, "Chef"));
        assert_eq!(world.bob_calls()[0], "person 1");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_while_hr_was_away_is_read_in_one_call() {
    bobs(async |world| {
        employed(world).await;
        world.bob().faults().down(true);
        for (id, name) in [("2", "Ben"), ("3", "Cat"), ("4", "Dan")] {
            world.hire(id, "2026-11-02", &hired(name));
            world.deliver().await;
        }
        world.go(TimeDelta::minutes(5)).await;
        assert_eq!((world.calls(), world.count("bob.retrying")), (NONE.to_vec(), 1));
        world.bob().faults().down(false);
        world.bob_calls();
        world.go(TimeDelta::minutes(1)).await;
        assert_eq!(world.bob_calls()[0], "people 2 3 4");
        let mut calls = world.calls();
        calls.sort_by_key(|(_, body)| body.to_string());
        assert_eq!(
            calls,
            [("Ben", "2"), ("Cat", "3"), ("Dan", "4")].map(|(name, id)| create(&profile(name, id)))
        );
        assert_eq!(world.count("bob.resumed"), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_answer_about_one_person_stops_nobody_else() {
    bobs(async |world| {
        employed(world).await;
        // Whoever asks for several at once is refused, and of Ben there are only web pages.
        world.bob().faults().fail_next_on(50, Fault::Html(200), "POST", "/v1/people/2");
        world.bob().faults().fail_next_on(50, Fault::Truncated, "POST", "/v1/people/search");
        for (id, name) in [("2", "Ben"), ("3", "Cat"), ("4", "Dan")] {
            world.hire(id, "2026-11-02", &hired(name));
        }
        world.deliver().await;
        world.go(TimeDelta::minutes(2)).await;
        let mut calls = world.calls();
        calls.sort_by_key(|(_, body)| body.to_string());
        assert_eq!(calls, [("Cat", "3"), ("Dan", "4")].map(|(name, id)| create(&profile(name, id))));
        world.bob().faults().clear();
        world.go(TimeDelta::hours(1)).await;
        assert_eq!(world.calls(), [create(&profile("Ben", "2"))]);
        assert_eq!(world.count("bob.retrying") + world.count("bob.halted"), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_of_ours_that_is_set_back_loses_no_news() {
    bobs(async |world| {
        let id = employed(world).await;
        title(world, "Chef").await;
        // The read that settles it is still to come, and Bob's webhooks may be so far ahead.
        world.set_clock(TimeDelta::minutes(-4));
        title(world, "Baker").await;
        world.go(TimeDelta::seconds(30)).await;
        let titles = ["Chef", "Baker"].map(|title| update(&id, &json!({"title": title})));
        assert_eq!((world.calls(), world.person("1").read_wanted), (titles.to_vec(), None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_of_ours_that_is_fast_lifts_no_revocation() {
    bobs(async |world| {
        let id = employed(world).await;
        world.sandbox.set_status(&id, "ACTIVE");
        world.set_clock(TimeDelta::minutes(4));
        world.bob().read_lag(std::time::Duration::from_secs(20));
        world.bob().terminate_at_once("1", "2026-12-31", None);
        world.deliver().await;
        world.go(TimeDelta::seconds(10)).await;
        world.calls();
        assert_eq!(world.status("ann@example.com"), "SUSPENDED");
        assert_eq!(world.count("user.unsuspended"), 0, "no read shows the termination yet");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_still_to_be_read_survives_the_daemon() {
    bobs(async |world| {
        let id = employed(world).await;
        world.bob().read_lag(std::time::Duration::from_secs(20));
        title(world, "Chef").await;
        assert_eq!((world.bob_calls(), world.calls()), (vec!["person 1".to_owned()], NONE.to_vec()));
        world.restart().await;
        assert_eq!(world.bob_calls(), [""; 0], "not before its time");
        world.go(TimeDelta::seconds(25)).await;
        assert_eq!((world.bob_calls(), world.calls()), (vec!["person 1".to_owned()], titled(&id, "Chef")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_bob_tells_while_the_broker_is_away_it_tells_again() {
    bobs(async |world| {
        let id = employed(world).await;
        let before = world.bob().webhooks().len();
        let told = |world: &World| {
            let webhooks = world.bob().webhooks().split_off(before);
            let answers =
                |attempts: &[(_, Option<u16>)]| attempts.iter().map(|(_, status)| *status).collect();
            webhooks.iter().map(|it| (it.fate, answers(&it.attempts))).collect::<Vec<(Fate, Vec<_>)>>()
        };
        world.broker_away().await;
        title(world, "Chef").await;
        // A row and a field of the same person, one after the other.
        assert_eq!(told(world), [(Fate::Waiting, vec![Some(503)]), (Fate::Waiting, vec![])]);
        world.go(TimeDelta::seconds(59)).await;
        assert_eq!((world.bob_calls(), world.calls()), (Vec::new(), NONE.to_vec()));
        world.broker_back().await;
        world.go(TimeDelta::seconds(1)).await;
        assert_eq!(told(world), [(Fate::Taken, vec![Some(503), Some(200)]), (Fate::Taken, vec![Some(200)])]);
        assert_eq!((world.bob_calls(), world.calls()), (vec!["person 1".to_owned()], titled(&id, "Chef")));
        world.go(TimeDelta::seconds(25)).await;
        assert_eq!((world.bob_calls(), world.calls()), (vec!["person 1".to_owned()], NONE.to_vec()));
        world.go(TimeDelta::hours(2)).await;
        assert_eq!((world.bob_calls(), world.calls()), (Vec::new(), NONE.to_vec()));
    })
    .await;
}
