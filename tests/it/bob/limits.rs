//! Limits: what Bob shows of them is heeded before it must refuse.

use std::time::Duration;

use chrono::TimeDelta;
use okta_provisioner::bob::{Client, Verdict};
use serde_json::json;

use super::{Clock, client, ok, options, server, start};
use crate::support::server::Says;

fn later(seconds: u64) -> Verdict {
    Verdict::Retry { after: Some(Duration::from_secs(seconds)) }
}

#[tokio::test]
async fn what_is_left_is_learnt_and_the_next_call_is_not_made() {
    let reset = (start() + TimeDelta::seconds(29)).timestamp().to_string();
    let headers = vec![
        ("x-ratelimit-limit", "9".to_owned()),
        ("x-ratelimit-remaining", "1".to_owned()),
        ("x-ratelimit-reset", reset),
        ("date", "Mon, 09 Mar 2026 14:10:00 GMT".to_owned()),
    ];
    let person = json!({"id": "1"}).to_string();
    let server = server([
        Says(200, headers, person.clone()),
        Says(200, vec![], person.clone()),
        Says(200, vec![], person),
    ])
    .await;
    let clock = Clock::default();
    let client = Client::new(options(&server.origin, &clock)).unwrap();
    assert!(client.person("1").await.is_ok() && client.person("1").await.is_ok());
    let fault = client.person("1").await.unwrap_err();
    assert_eq!((fault.verdict, fault.status, server.asked().len()), (later(30), None, 3));
    clock.advance(TimeDelta::seconds(30));
    assert!(client.person("1").await.is_ok());
}

#[tokio::test]
async fn a_429_is_waited_for_at_that_endpoint_only() {
    let limit = Says(429, vec![("retry-after", "20".into())], String::new());
    let server = server([limit, ok(&json!({"id": "1"}))]).await;
    let client = client(&server.origin);
    let ids = ["1".to_owned()];
    assert_eq!(client.people(&ids).await.unwrap_err().verdict, later(20));
    assert_eq!(client.everybody().await.unwrap_err().verdict, later(20));
    assert_eq!(server.asked().len(), 2, "the second search was not made");
    assert!(client.person("1").await.is_ok());
}

#[tokio::test]
async fn fifty_searches_a_minute_are_made_where_bob_shows_no_limit() {
    let server = server((0..60).map(|_| ok(&json!({"employees": []})))).await;
    let client = client(&server.origin);
    let ids = ["1".to_owned()];
    for _ in 0..50 {
        assert_eq!(client.people(&ids).await, Ok(vec![]));
    }
    assert_eq!(client.people(&ids).await.unwrap_err().verdict, later(60));
}

#[tokio::test]
async fn whoever_is_not_let_in_is_told_to_stop() {
    for (status, body, told) in
        [(401, "", "bob.token"), (403, "", "permission group"), (403, "<html>", "locked")]
    {
        let refusal = || Says(status, vec![], body.to_owned());
        let server = server([refusal(), refusal()]).await;
        let client = client(&server.origin);
        for fault in [client.person("1").await.unwrap_err(), client.everybody().await.unwrap_err()] {
            assert_eq!((fault.verdict, fault.status), (Verdict::Refused, Some(status)));
            assert!(fault.to_string().contains(told), "{fault}");
        }
        assert_eq!(server.asked().len(), 3, "one attempt each");
    }
}
