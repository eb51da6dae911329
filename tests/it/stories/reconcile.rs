//! What no event has told, and reading everybody finds.

use std::sync::Arc;

use chrono::TimeDelta;
use okta_provisioner::domain::decide::Rules;
use okta_provisioner::sandbox::{Bob, Fate, Fault, Sandbox};
use serde_json::json;

use super::bob_news::{self, bobs, employed};
use super::{lifecycle, mapping, profile, rules, update, usual, with};
use crate::support::two::{Two, hired};
use crate::support::world::NONE;

pub const SEARCH: &str = "POST /v1/people/search";

/// Somebody who has long been in both systems; returns the employee's id.
pub fn both(bob: &Bob, okta: &Sandbox, name: &str) -> String {
    let id = bob.insert("2026-01-05", hired(name));
    okta.insert(profile(name, &id), "ACTIVE");
    id
}

/// Everybody of these is in both systems; returns the employees' ids.
pub async fn company(names: &[&str]) -> (Two, Vec<String>) {
    let mut ids = Vec::new();
    let two = Two::start(usual(), |bob, okta| {
        ids.extend(names.iter().map(|name| both(bob, okta, name)));
    })
    .await;
    assert_eq!(two.okta_calls(), NONE, "both agree");
    two.bob_calls();
    (two, ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_joiner_whom_webhooks_missed_is_found() {
    bobs(async |world| {
        employed(world).await;
        world.bob().line(false);
        world.hire("2", "2026-12-09", &bob_news::hired("Ben"));
        world.go_until("2026-12-01T11:30").await;
        assert!(world.known("2").is_none(), "not before it is time to read everybody");
        world.go_until("2026-12-01T13:00").await;
        let found = world.entries("2");
        assert_eq!((found[0].code.as_str(), found[0].reason.as_deref()), ("reconcile.found", Some("joined")));
        assert!(found[0].fields.contains(&"work.startDate".to_owned()), "{found:?}");
        for day in 2..=5 {
            world.go_until(&format!("2026-12-0{day}T13:00")).await;
        }
        let told: Vec<_> = world.bob().webhooks().into_iter().filter(|it| it.employee == "2").collect();
        assert!(
            told.iter().all(|it| it.fate == Fate::GivenUp && it.attempts.iter().all(|at| at.1.is_none()))
        );
        assert!(!told.is_empty());
        // The receiver is back: nothing old comes, and nobody is read because of it.
        world.bob().line(true);
        world.go_until("2026-12-08T13:00").await;
        assert_eq!((world.bob_calls(), world.calls()), (Vec::new(), NONE.to_vec()));
        world.go_until("2026-12-09").await;
        assert_eq!(world.calls(), [super::create(&profile("Ben", "2"))]);
        world.go_until("2026-12-11").await;
        assert_eq!(world.calls(), NONE);
        let codes = world.decisions("2");
        assert_eq!(codes.iter().filter(|code| *code == "reconcile.found").count(), 1, "{codes:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_changed_left_or_was_taken_back_is_found() {
    let (two, ids) = company(&["Ann", "Ben", "Cat", "Dan"]).await;
    let id = |name: &str| {
        let user = two.sandbox.user_by_login(&format!("{name}@example.com")).expect("a user");
        user["id"].as_str().expect("an id").to_owned()
    };
    two.bob.terminate(&ids[2], "2026-12-20", None);
    two.until("2026-12-02").await;
    assert_eq!((two.news(), two.okta_calls()), ([0, 0, 1, 0], NONE.to_vec()));
    two.bob.change(&ids[0], json!({"work.title": "Chef"}));
    two.bob.terminate(&ids[1], "2026-12-04", None);
    two.bob.cancel_termination(&ids[2]);
    two.until("2026-12-03").await;
    assert_eq!(two.news(), [0, 1, 1, 1]);
    assert_eq!(two.okta_calls(), [update(&id("ann"), &json!({"title": "Chef"}))]);
    two.until("2026-12-06").await;
    assert_eq!(two.okta_calls(), [lifecycle(&id("ben"), "deactivate")]);
    two.until("2026-12-24").await;
    assert_eq!((two.okta_calls(), two.status("cat@example.com")), (NONE.to_vec(), Some("ACTIVE".into())));
    assert_eq!(two.entries("reconcile.found", Some(&ids[3])).len(), 1, "of the first time");
    two.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_two_lists_leave_out_is_asked_for_and_cut() {
    let (two, ids) = company(&["Ann", "Ben", "Cat"]).await;
    let cat =
        two.sandbox.user_by_login("cat@example.com").expect("a user")["id"].as_str().unwrap().to_owned();
    two.bob.delete(&ids[2]);
    two.until("2026-12-02").await;
    assert_eq!(two.entries("employee.missing", None).len(), 1);
    assert_eq!((two.okta_calls(), two.bob_calls()), (NONE.to_vec(), vec![SEARCH.to_owned()]));
    two.until("2026-12-03").await;
    let person = format!("POST /v1/people/{}", ids[2]);
    assert_eq!(two.bob_calls()[..2], [SEARCH.to_owned(), person]);
    assert_eq!(two.okta_calls(), [lifecycle(&cat, "deactivate")]);
    assert_eq!((two.outcome().gone, two.news()), (1, [0, 0, 1, 0]));
    two.until("2026-12-06").await;
    assert_eq!((two.okta_calls(), two.outcome().missing), (NONE.to_vec(), 0));
    two.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_missing_once_and_back_loses_nothing() {
    let (two, ids) = company(&["Ann", "Ben", "Cat"]).await;
    two.bob.hide_person(&ids[2]);
    two.until("2026-12-02").await;
    assert_eq!(two.entries("employee.missing", None).len(), 1);
    two.bob.show_all();
    two.until("2026-12-05").await;
    assert_eq!((two.okta_calls(), two.entries("employee.missing", None).len()), (NONE.to_vec(), 1));
    assert!(two.bob_calls().iter().all(|call| call == SEARCH));
    two.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_leaves_out_a_third_is_not_believed() {
    let names: Vec<String> = (0..40).map(|n| format!("P{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (two, ids) = company(&names).await;
    ids[..12].iter().for_each(|id| two.bob.hide_person(id));
    two.until("2026-12-05").await;
    assert_eq!(two.outcome().doubtful, Some((12, 40)));
    assert_eq!((two.okta_calls(), two.entries("employee.missing", None).len()), (NONE.to_vec(), 0));
    two.bob.show_all();
    two.until("2026-12-06").await;
    assert_eq!(two.outcome().doubtful, None);
    two.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_breaks_off_marks_nobody_and_is_read_again() {
    let (two, ids) = company(&["Ann", "Ben", "Cat"]).await;
    two.bob.delete(&ids[2]);
    two.bob.faults().fail_next_on(2, Fault::Torn, "POST", "/v1/people/search");
    two.clock.advance(TimeDelta::hours(6));
    two.seen(|summary| summary.syncing.as_ref().is_some_and(|how| how["stage"]["failed"].is_string())).await;
    assert_eq!(two.entries("employee.missing", None).len(), 0);
    // By its own delays it goes on until it works.
    two.read_since(two.clock.now() - TimeDelta::hours(5)).await;
    assert_eq!(two.entries("employee.missing", None).len(), 1);
    assert_eq!(two.bob_calls(), [SEARCH, SEARCH, SEARCH]);
    two.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_while_nobody_ran_is_made_up_for_at_the_start() {
    let (mut two, ids) = company(&["Ann"]).await;
    two.kill().await;
    two.bob.change(&ids[0], json!({"work.title": "Chef"}));
    two.clock.advance(TimeDelta::days(4));
    two.run().await;
    two.settled().await;
    assert_eq!(two.news(), [0, 1, 0, 0]);
    assert_eq!(two.bob_calls(), [SEARCH]);
    assert_eq!(two.okta_calls().len(), 1);
    // A start soon after reads nobody.
    two.kill().await;
    two.run().await;
    two.settled().await;
    assert!(two.bob_calls().is_empty());
    two.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_mapped_from_now_on_is_read_of_everybody_at_once() {
    let (mut two, ids) = company(&["Ann", "Ben"]).await;
    two.bob.change(&ids[0], json!({"address.city": "Oslo"}));
    two.until("2026-12-02").await;
    two.bob_calls();
    assert_eq!(two.okta_calls(), NONE);
    two.kill().await;
    let row = json!({"okta": "city", "bob": "address.city"});
    two.rules = Arc::new(Rules { mapping: mapping(&[row]), ..rules(&json!({})) });
    // The first daemon that knows of it does not come to reading.
    two.bob.faults().down(true);
    two.run().await;
    two.seen(|summary| summary.bob.as_ref().is_some_and(|bob| bob.contains("connection"))).await;
    two.kill().await;
    two.bob.faults().down(false);
    two.bob_calls();
    two.run().await;
    two.settled().await;
    assert_eq!(two.bob_calls(), [SEARCH]);
    let ann = two.sandbox.user_by_login("ann@example.com").expect("a user");
    let ann = ann["id"].as_str().expect("an id");
    assert_eq!(two.okta_calls(), [update(ann, &json!({"city": "Oslo"}))]);
    two.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_in_both_systems_are_shown_and_only_differences_are_written_when_told_to() {
    let setup = crate::support::world::Setup { apply: false, ..usual() };
    let mut two = Two::start(setup, |bob, okta| {
        for number in 0..4_996 {
            both(bob, okta, &format!("P{number}"));
        }
        let cat = bob.insert("2026-01-05", hired("Cat"));
        okta.insert(with(&profile("Cat", &cat), &json!({"title": "Intern"})), "ACTIVE");
        let dan = both(bob, okta, "Dan");
        bob.terminate(&dan, "2026-11-20", None);
        bob.insert("2026-01-05", hired("Eve"));
        // By login only.
        bob.insert("2026-01-05", hired("Fay"));
        okta.insert(with(&profile("Fay", "?"), &json!({"employeeNumber": null})), "ACTIVE");
    })
    .await;
    assert_eq!((two.okta_calls(), two.summary().mode.as_deref()), (NONE.to_vec(), Some("first_run")));
    assert_eq!((two.outcome().people, two.news()), (5_000, [5_000, 0, 0, 0]));
    two.until("2026-12-02").await;
    assert_eq!((two.okta_calls(), two.news()), (NONE.to_vec(), [0; 4]));
    two.kill().await;
    two.apply = true;
    two.run().await;
    two.settled().await;
    let mut calls: Vec<String> = two.okta_calls().into_iter().map(|(call, _)| call).collect();
    let user = |name: &str| {
        two.sandbox.user_by_login(&format!("{name}@example.com")).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let mut expected = vec![
        format!("POST /api/v1/users/{}", user("cat")),
        format!("POST /api/v1/users/{}/lifecycle/deactivate", user("dan")),
        "POST /api/v1/users?activate=true".to_owned(),
        format!("POST /api/v1/users/{}", user("fay")),
    ];
    calls.sort();
    expected.sort();
    assert_eq!(calls, expected);
    two.end().await;
}
