//! What takes its time: the index of lists, new users, activations; and what comes spoilt.

use std::time::Duration;

use okta_provisioner::sandbox::Fault;
use serde_json::{Value, json};

use super::{Org, START, TOKEN, person, text};

/// The logins and titles that a search finds.
async fn found(org: &Org) -> Vec<(String, Value)> {
    let listed = org.get("/users?search=profile.lastName+eq+%22Smith%22").await.body;
    let users = listed.as_array().expect("a list").iter();
    users.map(|user| (text(&user["profile"]["login"]), user["profile"]["title"].clone())).collect()
}

#[tokio::test]
async fn a_search_shows_each_write_only_after_its_lag() {
    let org = Org::start().await;
    let ann = org.create("ann@x.com").await;
    org.sandbox.faults().search_lag(Duration::from_secs(10));
    let title = |title: &str| json!({ "profile": { "title": title } });
    let path = format!("/users/{ann}");
    org.call("POST", &path, title("Clerk")).await;
    org.advance(4);
    org.call("POST", &path, title("Boss")).await;
    let bob = org.create("bob@x.com").await;
    assert_eq!(org.get(&path).await.body["profile"]["title"], "Boss");
    assert_eq!(found(&org).await, [("ann@x.com".to_owned(), Value::Null)]);
    org.advance(6);
    assert_eq!(found(&org).await, [("ann@x.com".to_owned(), json!("Clerk"))]);
    org.advance(4);
    assert_eq!(
        found(&org).await,
        [("ann@x.com".to_owned(), json!("Boss")), ("bob@x.com".to_owned(), Value::Null)]
    );
    // One who was deleted is still found.
    org.sandbox.remove(&bob);
    assert_eq!(org.get(&format!("/users/{bob}")).await.status, 404);
    assert_eq!(found(&org).await.len(), 2);
    org.sandbox.faults().clear();
    org.advance(10);
    assert_eq!(found(&org).await.len(), 1);
}

#[tokio::test]
async fn a_new_user_cannot_be_read_at_once() {
    let org = Org::start().await;
    org.sandbox.faults().hide_new_users(Duration::from_secs(5));
    let ann = org.create("ann@x.com").await;
    for key in [ann.as_str(), "ann@x.com"] {
        assert_eq!(org.get(&format!("/users/{key}")).await.error().1, "E0000007");
    }
    // The login is taken all the same, and others are there.
    let again = org.call("POST", "/users", json!({ "profile": person("ann@x.com") })).await;
    assert_eq!((again.status, org.get("/users/me").await.status), (400, 200));
    org.advance(5);
    assert_eq!(org.get(&format!("/users/{ann}")).await.status, 200);

    org.sandbox.faults().clear();
    org.sandbox.faults().hide_new_users_from(2);
    let bob = org.create("bob@x.com").await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(org.get(&format!("/users/{bob}")).await.status);
    }
    assert_eq!(seen, [404, 404, 200]);
}

#[tokio::test]
async fn an_activation_takes_its_time_and_updates_must_wait_for_it() {
    let org = Org::start().await;
    let created = org.call("POST", "/users?activate=false", json!({ "profile": person("ann@x.com") })).await;
    let path = format!("/users/{}", text(&created.body["id"]));
    assert!(created.body.get("transitioningToStatus").is_none());
    org.sandbox.faults().transitions_take(Duration::from_secs(90));
    let activate = format!("{path}/lifecycle/activate");
    assert_eq!(org.post(&activate).await.body, json!({}));
    let shown = org.get(&path).await.body;
    assert_eq!(
        (&shown["status"], &shown["transitioningToStatus"]),
        (&json!("STAGED"), &json!("PROVISIONED"))
    );
    let change = json!({ "profile": { "title": "Boss" } });
    for answer in [
        org.call("POST", &path, change.clone()).await,
        org.call("PUT", &path, json!({ "profile": person("ann@x.com") })).await,
        org.post(&format!("{path}/lifecycle/deactivate")).await,
    ] {
        assert_eq!((answer.status, answer.error().1), (409, "E0000112"));
    }
    org.advance(89);
    assert_eq!(org.get(&path).await.body["status"], "STAGED");
    org.advance(1);
    let shown = org.get(&path).await.body;
    assert_eq!((&shown["status"], shown.get("transitioningToStatus")), (&json!("PROVISIONED"), None));
    assert_eq!(shown["activated"], "2026-11-23T08:01:30.000Z");
    assert_eq!(org.call("POST", &path, change).await.status, 200);

    // A create activates as well; a deactivation takes its time only where that was asked for.
    let bob = org.create("bob@x.com").await;
    assert_eq!(org.status(&bob).await, "STAGED");
    org.sandbox.set_switch("activating_refuses_lifecycle", false);
    let url = format!("{}/api/v1/users/{bob}/lifecycle/deactivate", org.sandbox.url());
    let request = org.http.post(url).header("authorization", format!("SSWS {TOKEN}"));
    let answer = request.header("prefer", "respond-async").header("content-length", "0").send().await;
    assert_eq!(answer.expect("an answer").status(), 200);
    assert_eq!(org.get(&format!("/users/{bob}")).await.body["transitioningToStatus"], "DEPROVISIONED");
    org.advance(90);
    assert_eq!(org.status(&bob).await, "DEPROVISIONED");
    assert_eq!(org.post(&format!("{path}/lifecycle/deactivate")).await.status, 200);
    assert_eq!(text(&org.get(&path).await.body["status"]), "DEPROVISIONED");
}

#[tokio::test]
async fn an_answer_can_come_spoilt_after_the_deed() {
    let org = Org::start().await;
    for (number, fault) in
        [Fault::Truncated, Fault::Empty, Fault::BadGzip, Fault::Torn, Fault::HtmlAfter(502)]
            .into_iter()
            .enumerate()
    {
        org.sandbox.faults().fail_next(1, fault);
        let login = format!("user{number}@x.com");
        let request = org.http.post(format!("{}/api/v1/users", org.sandbox.url()));
        let request = request
            .header("authorization", format!("SSWS {TOKEN}"))
            .json(&json!({ "profile": person(&login) }));
        // Whether a broken answer fails with its head or its body depends on how far the head had come.
        let body = match request.send().await {
            Err(_) => None,
            Ok(answer) => {
                assert_eq!(
                    answer.status(),
                    if fault == Fault::HtmlAfter(502) { 502 } else { 200 },
                    "{fault:?}"
                );
                assert_eq!(answer.headers().contains_key("content-encoding"), fault == Fault::BadGzip);
                answer.bytes().await.ok()
            }
        };
        let json = body.as_ref().map(|body| serde_json::from_slice::<Value>(body).is_ok());
        let expected = (fault != Fault::Torn).then_some(false);
        assert_eq!(json, expected, "{fault:?}: {body:?}");
        if fault == Fault::BadGzip {
            // This client does not unpack. One that does finds the head of a gzip file, and then none.
            assert!(body.as_ref().is_some_and(|body| body.starts_with(&[0x1F, 0x8B, 8])), "{body:?}");
        }
        assert_eq!(body.is_some_and(|body| body.is_empty()), fault == Fault::Empty);
        assert!(org.sandbox.user_by_login(&login).is_some(), "{fault:?}");
    }
}

#[tokio::test]
async fn an_answer_can_stop_half_way_and_stay_so() {
    let org = Org::start().await;
    org.sandbox.faults().fail_next(1, Fault::Held);
    let request = org.http.get(format!("{}/api/v1/users/me", org.sandbox.url()));
    let request = request.header("authorization", format!("SSWS {TOKEN}"));
    let mut answer = request.send().await.expect("a head");
    let first = answer.chunk().await.expect("a part").expect("half of the answer");
    assert!(!first.is_empty() && serde_json::from_slice::<Value>(&first).is_err(), "{first:?}");
    let more = tokio::time::timeout(Duration::from_millis(200), answer.chunk());
    assert!(more.await.is_err(), "neither more nor an end");
}

#[tokio::test]
async fn one_call_too_many_at_once_gets_the_other_429() {
    let org = Org::start().await;
    // Longer than any patience: the test ends first.
    org.sandbox.faults().fail_next(75, Fault::Delay(Duration::from_mins(10)));
    let mut held = tokio::task::JoinSet::new();
    for _ in 0..75 {
        let request = org.http.get(format!("{}/api/v1/users/me", org.sandbox.url()));
        held.spawn(request.header("authorization", format!("SSWS {TOKEN}")).send());
    }
    assert_eq!(org.sandbox.calls_when(75, Duration::from_mins(1)).await.len(), 75);
    let refused = org.call("POST", "/users", json!({ "profile": person("ann@x.com") })).await;
    assert_eq!((refused.status, refused.error().1), (429, "E0000047"));
    assert_eq!((refused.number("x-rate-limit-limit"), refused.number("x-rate-limit-remaining")), (0, 0));
    let ahead = refused.number("x-rate-limit-reset") - START;
    assert!((111..=140).contains(&ahead), "{ahead}");
    assert!(org.sandbox.user_by_login("ann@x.com").is_none());
    // Who does not come in uses up no fault; and where the org is down there is nobody to count.
    org.sandbox.faults().fail_next(1, Fault::Html(404));
    assert_eq!(org.get("/users/me").await.status, 429);
    assert_eq!(org.sandbox.faults().pending(), 1);
    org.sandbox.faults().down(true);
    assert!(org.try_call("GET", "/users/me", Value::Null).await.is_err());
}

#[tokio::test]
async fn a_password_that_expires_at_once_is_expired_when_the_activation_is_over() {
    let org = Org::start().await;
    org.sandbox.faults().transitions_take(Duration::from_secs(90));
    let body = json!({ "profile": person("ann@x.com"), "credentials": { "password": { "value": "p" } } });
    let created = org.call("POST", "/users?nextLogin=changePassword", body).await.body;
    assert_eq!((&created["status"], &created["transitioningToStatus"]), (&json!("STAGED"), &json!("ACTIVE")));
    org.advance(90);
    assert_eq!(org.status(&text(&created["id"])).await, "PASSWORD_EXPIRED");
}

#[tokio::test]
async fn what_takes_for_ever_is_never_over_and_breaks_nothing() {
    let org = Org::start().await;
    let faults = org.sandbox.faults();
    faults.search_lag(Duration::MAX);
    faults.hide_new_users(Duration::MAX);
    faults.transitions_take(Duration::MAX);
    let ann = org.create("ann@x.com").await;
    assert_eq!(org.get(&format!("/users/{ann}")).await.status, 404);
    assert_eq!(found(&org).await, []);
    let shown = org.sandbox.user_by_login("ann@x.com").expect("a user");
    assert_eq!(
        (&shown["status"], &shown["transitioningToStatus"]),
        (&json!("STAGED"), &json!("PROVISIONED"))
    );
}
