//! Rate limits, the headers of every answer, and faults.

use std::collections::BTreeSet;
use std::time::Duration;

use okta_provisioner::sandbox::Fault;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Org, START, TOKEN, person};

#[tokio::test]
async fn each_bucket_has_a_window_that_its_first_call_begins() {
    let org = Org::with_limit(2).await;
    org.advance(7);
    let first = org.get("/users/me").await;
    assert_eq!(first.headers["date"], "Mon, 23 Nov 2026 08:00:07 GMT");
    assert_eq!((first.number("x-rate-limit-limit"), first.number("x-rate-limit-remaining")), (2, 1));
    assert_eq!(first.number("x-rate-limit-reset"), START + 67);

    org.advance(50);
    assert_eq!(org.get("/users/me").await.number("x-rate-limit-remaining"), 0);
    let refused = org.get("/users/me").await;
    let summary = "API call exceeded rate limit due to too many requests.";
    assert_eq!(refused.error(), (429, "E0000047", summary, vec![]));
    assert_eq!((refused.number("x-rate-limit-limit"), refused.number("x-rate-limit-remaining")), (2, 0));
    assert_eq!(refused.number("x-rate-limit-reset"), START + 67);

    // Updates are another bucket; creates, lists, sessions and lifecycle calls share a third.
    let update = org.call("POST", "/users/me", json!({ "profile": { "title": "x" } })).await;
    assert_eq!((update.status, update.number("x-rate-limit-remaining")), (200, 1));
    org.create("ann@x.com").await;
    assert_eq!(org.post("/users/ann@x.com/lifecycle/deactivate").await.number("x-rate-limit-remaining"), 0);
    assert_eq!(org.get("/users").await.status, 429);
    assert_eq!(org.call("DELETE", "/users/me/sessions", Value::Null).await.status, 429);
    assert_eq!(org.get("/meta/schemas/user/default").await.status, 200);

    org.advance(10);
    let fresh = org.get("/users/me").await;
    assert_eq!((fresh.status, fresh.number("x-rate-limit-reset")), (200, START + 127));
    let ids: BTreeSet<_> = [&first, &refused, &update, &fresh]
        .map(|answer| answer.headers["x-okta-request-id"].to_str().expect("ASCII"))
        .into();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn the_other_429_shows_a_limit_of_zero_and_a_reset_far_away() {
    let org = Org::with_limit(9).await;
    org.sandbox.faults().fail_next(1, Fault::ConcurrencyLimit);
    org.sandbox.faults().fail_next(1, Fault::RateLimit);
    let seen = |answer: &super::Answer| {
        ["limit", "remaining", "reset"].map(|part| answer.number(&format!("x-rate-limit-{part}")))
    };
    for shown in [[0, 0, START + 127], [9, 0, START + 60]] {
        let answer = org.get("/users/me").await;
        assert_eq!((answer.status, answer.error().1), (429, "E0000047"));
        assert_eq!(seen(&answer), shown);
    }
    assert_eq!(seen(&org.get("/users/me").await), [9, 8, START + 60]);
}

#[tokio::test]
async fn a_stranger_is_shown_no_quota_unless_the_org_is_an_old_one() {
    let org = Org::with_limit(9).await;
    for (fault, status) in [(Fault::RateLimit, 429), (Fault::Status(500), 500), (Fault::Html(502), 502)] {
        org.sandbox.faults().fail_next(1, fault);
        let answer = org.call_as("00wrong", "GET", "/users/me").await;
        assert_eq!(answer.status, status);
        assert!(!answer.headers.contains_key("x-rate-limit-limit"), "{fault:?}: {:?}", answer.headers);
    }
    org.sandbox.set_switch("limits_on_401", true);
    for remaining in [8, 7] {
        let answer = org.call_as("00wrong", "GET", "/users/me").await;
        assert_eq!(answer.status, 401);
        assert_eq!(
            (answer.number("x-rate-limit-limit"), answer.number("x-rate-limit-remaining")),
            (9, remaining)
        );
    }
}

#[tokio::test]
async fn a_fault_comes_before_or_after_the_deed() {
    let org = Org::start().await;
    for (number, (fault, status, done)) in [
        (Fault::Status(500), Some(500), false),
        (Fault::Status(503), Some(503), false),
        (Fault::Dropped, None, false),
        (Fault::Html(404), Some(404), false),
        (Fault::StatusAfter(500), Some(500), true),
        (Fault::ReplyLost, None, true),
        (Fault::Delay(Duration::from_millis(1)), Some(200), true),
    ]
    .into_iter()
    .enumerate()
    {
        let login = format!("user{number}@x.com");
        org.sandbox.faults().fail_next_on(1, fault, "POST", "/api/v1/users");
        assert_eq!(org.get("/users/me").await.status, 200, "another call is not touched");
        let answer = org.try_call("POST", "/users", json!({ "profile": person(&login) })).await;
        assert_eq!(answer.ok().map(|answer| answer.status), status, "{fault:?}");
        assert_eq!(org.sandbox.user_by_login(&login).is_some(), done, "{fault:?}");
        let recorded = org.sandbox.take_calls();
        assert_eq!(recorded.last().map(|call| call.status), Some(status.unwrap_or(0)), "{fault:?}");
    }
}

#[tokio::test]
async fn down_means_no_answer_and_nothing_done() {
    let org = Org::start().await;
    org.get("/users/me").await;
    org.sandbox.faults().down(true);
    for _ in 0..3 {
        assert!(org.try_call("POST", "/users", json!({ "profile": person("a@x.com") })).await.is_err());
    }
    org.sandbox.faults().down(false);
    org.create("a@x.com").await;
    let statuses: Vec<u16> = org.sandbox.calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [200, 0, 0, 0, 200]);
}

#[tokio::test]
async fn a_post_must_say_how_long_it_is() {
    let org = Org::start().await;
    for (length, status) in [("", "411"), ("content-length: 0\r\n", "200")] {
        let address = org.sandbox.url().replace("http://", "");
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
        let head = format!(
            "POST /api/v1/users/me/lifecycle/suspend HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             authorization: SSWS {TOKEN}\r\n{length}\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
}
