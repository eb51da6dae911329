//! Whom HR's list leaves out, and who was never in it.

use chrono::TimeDelta;
use okta_provisioner::domain::event::Event;
use okta_provisioner::sandbox::Fault;
use serde_json::json;

use super::reconcile::{SEARCH, both, company};
use super::{lifecycle, usual, with};
use crate::support::two::{Two, hired};
use crate::support::world::{NONE, event};

#[tokio::test(flavor = "multi_thread")]
async fn people_of_another_system_are_not_missing() {
    let mut two = Two::new(usual(), |bob, okta| {
        for name in ["Ann", "Ben"] {
            both(bob, okta, name);
        }
    })
    .await;
    // Of more people than HR has, CloudEvents alone tell.
    let ledger = two.ledger();
    for n in 0..4 {
        let fields = with(&hired(&format!("Zoe{n}")), &json!({"work.startDate": "2026-01-05"}));
        let body = event("hired", &format!("C-{n}"), "2026-11-20T10:00", &fields).to_string();
        let told = Event::decode(body.as_bytes(), two.clock.now()).expect("an event");
        ledger.merge(vec![told], two.clock.now()).await.expect("a ledger");
    }
    drop(ledger);
    two.run().await;
    two.settled().await;
    assert_eq!(two.okta_calls().len(), 4, "each has an account now");
    for day in ["2026-12-02", "2026-12-03", "2026-12-04"] {
        two.until(day).await;
        assert_eq!((two.outcome().missing, two.outcome().doubtful), (0, None));
    }
    assert_eq!((two.okta_calls(), two.outcome().gone), (NONE.to_vec(), 0));
    two.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_for_whom_hr_does_not_answer_as_it_should_ends_nothing() {
    for (fault, asked) in [(Fault::Status(403), 1), (Fault::Html(200), 5), (Fault::Status(500), 5)] {
        let (two, ids) = company(&["Ann", "Ben", "Cat", "Dan", "Eve"]).await;
        let dan = two.sandbox.user_by_login("dan@example.com").expect("a user");
        let dan = dan["id"].as_str().expect("an id");
        two.bob.delete(&ids[2]);
        two.bob.delete(&ids[3]);
        two.until("2026-12-02").await;
        assert_eq!(two.entries("employee.missing", None).len(), 2);
        two.bob_calls();
        two.bob.faults().fail_next_on(1000, fault, "POST", &format!("/v1/people/{}", ids[2]));
        let before = two.outcome().began;
        two.clock.advance(TimeDelta::days(1));
        two.read_since(before).await;
        let calls = two.bob_calls();
        let count = |path: String| calls.iter().filter(|call| **call == path).count();
        assert_eq!(count(SEARCH.to_owned()), 1, "{calls:?}");
        assert_eq!(count(format!("POST /v1/people/{}", ids[2])), asked, "{calls:?}");
        two.settled().await;
        assert_eq!((two.okta_calls(), two.outcome().gone), (vec![lifecycle(dan, "deactivate")], 1));
        two.end().await;
    }
}
