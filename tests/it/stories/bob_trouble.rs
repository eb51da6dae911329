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
        assert_eq!((world.bob_calls().len(), world.count("bob.halted")), (1, 1));
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
