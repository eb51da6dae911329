use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt;
use okta_provisioner::domain::account::Profile;
use okta_provisioner::domain::plan::Step;
use okta_provisioner::domain::urgency::Urgency;
use okta_provisioner::okta::{Client, Fault, Verdict};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{TOKEN, client, get, now, options, perform, refusal};
use crate::support::server::{Says, Server};

const LATER: Verdict = Verdict::Retry { after: None };

/// A server that reads one request a connection, says this, and either hangs up or stays silent.
async fn raw(says: &'static str, hang_up: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = socket.read(&mut buffer).await;
            let _ = socket.write_all(says.as_bytes()).await;
            if !hang_up {
                kept.push(socket);
            }
        }
    });
    origin
}

async fn faults(client: &Client) -> (Fault, Fault) {
    let write = perform(client, &Step::Deactivate).await.unwrap_err();
    (write, get(client, "secret.login@x.com").await.unwrap_err())
}

#[tokio::test]
async fn what_was_sent_and_not_answered_is_not_known() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{";
    for (says, hang_up) in [("", true), (cut, true), ("", false), (cut, false)] {
        let mut options = options(&raw(says, hang_up).await);
        options.timeout = Duration::from_millis(200);
        let client = Client::new(options).unwrap();
        let (write, read) = faults(&client).await;
        assert_eq!((write.verdict, read.verdict), (Verdict::Reread, LATER), "{says:?} {hang_up}");
        assert!(write.unreachable && read.unreachable);
        assert!(!format!("{read:?}{read}").contains("secret"), "{read:?}");
        assert_eq!(write.to_string().contains("in time"), !hang_up, "{write}");
        assert_eq!(client.slots_free(), 10);
    }
}

#[tokio::test]
async fn what_was_never_sent_is_simply_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (write, read) = faults(&client(&origin)).await;
    assert_eq!((write.verdict, read.verdict), (LATER, LATER));
    assert!(write.unreachable && write.to_string().contains("refused"), "{write}");
    assert!(!format!("{read:?}{read}").contains("secret"), "{read:?}");
    // No TLS where TLS should be.
    let plain = raw("HTTP/1.1 400 Bad Request\r\n\r\n", true).await.replace("http://", "https://");
    let (write, _) = faults(&client(&plain)).await;
    assert_eq!((write.verdict, write.unreachable), (LATER, true), "{write}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start([]).await;
    let to = vec![("location", format!("{}/api/v1/users", elsewhere.origin))];
    let server = Server::start([Says(302, to.clone(), String::new()), Says(307, to, String::new())]).await;
    let (write, read) = faults(&client(&server.origin)).await;
    assert_eq!((write.verdict, read.verdict), (Verdict::Reread, LATER));
    assert!(write.unreachable && write.to_string().contains("okta.org_url"));
    assert_eq!(elsewhere.asked().len(), 0);
}

#[tokio::test]
async fn no_failure_repeats_what_was_sent() {
    let profile: Profile = serde_json::from_value(
        json!({"login": "zebedee@x.com", "title": "Quokka Wrangler", "mobilePhone": "+49 30 5551234"}),
    )
    .unwrap();
    let echo =
        "title: Quokka Wrangler of zebedee@x.com (+49 30 5551234), token 00canary-Token_1234 is too long";
    let bodies = [
        refusal("E0000001", echo),
        refusal("zebedee@x.com", echo),
        format!("<html>{echo}</html>"),
        echo.to_owned(),
    ];
    for status in [200, 302, 400, 401, 403, 404, 409, 429, 500] {
        for body in &bodies {
            let headers = vec![("x-okta-request-id", "zebedee@x.com".to_owned())];
            let server = Server::start([Says(status, headers, body.clone())]).await;
            let client = client(&server.origin);
            let step = Step::Create { profile: profile.clone(), activate: true };
            let fault = perform(&client, &step).await.unwrap_err();
            let shown = format!("{fault} {fault:?} {client:?}").to_lowercase();
            for secret in ["zebedee", "quokka", "5551234", &TOKEN.to_lowercase()] {
                assert!(!shown.contains(secret), "{secret} in {shown}");
            }
        }
    }
}

fn window(limit: u32, remaining: u32) -> Vec<(&'static str, String)> {
    vec![
        ("date", "Mon, 09 Mar 2026 14:10:00 GMT".into()),
        ("x-rate-limit-limit", limit.to_string()),
        ("x-rate-limit-remaining", remaining.to_string()),
        ("x-rate-limit-reset", (now().timestamp() + 30).to_string()),
    ]
}

#[tokio::test]
async fn both_429s_are_obeyed() {
    let body = refusal("E0000047", "");
    let server =
        Server::start([Says(429, window(0, 0), body.clone()), Says(429, window(600, 0), body)]).await;
    let client = client(&server.origin);
    let fault = perform(&client, &Step::Deactivate).await.unwrap_err();
    assert_eq!(fault.verdict, LATER);
    assert_eq!(client.slots_free(), 5);
    let fault = perform(&client, &Step::Deactivate).await.unwrap_err();
    assert_eq!(fault.verdict, Verdict::Retry { after: Some(Duration::from_secs(31)) });
    let refused = client.admit(&Step::Deactivate, Urgency::Leaver, now()).await.unwrap_err();
    assert_eq!(refused.until, now() + TimeDelta::seconds(31));
    let update = Step::Update { changes: Profile::new() };
    assert!(client.admit(&update, Urgency::Change, now()).await.is_ok());
}

#[tokio::test]
async fn who_waits_for_the_first_answer_is_admitted_by_it() {
    let server = Server::start([Says(200, window(600, 599), "{}".into())]).await;
    let client = client(&server.origin);
    let first = client.admit(&Step::Suspend, Urgency::Change, now()).await.unwrap();
    let mut second = client.admit(&Step::Suspend, Urgency::Change, now());
    assert!((&mut second).now_or_never().is_none());
    let id = okta_provisioner::domain::account::OktaId("00u1".into());
    client.perform(&Step::Suspend, Some(&id), first).await.unwrap();
    drop(tokio::time::timeout(Duration::from_secs(5), second).await.expect("woken").unwrap());
}

#[tokio::test]
async fn a_call_given_up_frees_its_slot() {
    let client = client(&raw("", false).await);
    let permit = client.admit(&Step::Suspend, Urgency::Change, now()).await.unwrap();
    assert_eq!(client.slots_free(), 9);
    let id = okta_provisioner::domain::account::OktaId("00u1".into());
    let next = client.admit(&Step::Suspend, Urgency::Change, now());
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.perform(&Step::Suspend, Some(&id), permit).await.map(|_| ()) }
    });
    call.abort();
    drop(tokio::time::timeout(Duration::from_secs(5), next).await.expect("woken").unwrap());
    assert_eq!(client.slots_free(), 10);
}
