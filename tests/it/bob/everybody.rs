//! Everybody: one long answer, read person by person.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use futures_util::stream;
use okta_provisioner::bob::{Everybody, Fault, Verdict};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::Command;

use super::{client, ok, server};
use crate::support::raw::{End, Raw};
use crate::support::server::Says;

async fn all(mut everybody: Everybody) -> (Vec<String>, usize, Option<Fault>) {
    let mut ids = Vec::new();
    loop {
        match everybody.next().await {
            Ok(Some(reading)) => ids.push(reading.employee),
            Ok(None) => return (ids, everybody.left_out(), None),
            Err(fault) => {
                assert_eq!(everybody.next().await.as_ref(), Err(&fault), "an end that was no end stays none");
                return (ids, everybody.left_out(), Some(fault));
            }
        }
    }
}

#[tokio::test]
async fn odd_entries_are_passed_over_and_counted() {
    let huge = json!({"id": "3", "x": "x".repeat(1 << 20)});
    let people = json!({"employees": [{"id": "1"}, null, {"email": "x@acme.example"}, [], huge, "4", {"id": "5"}], "more": {}});
    let server = server([ok(&people), ok(&json!({"employees": []}))]).await;
    let client = client(&server.origin);
    let (ids, left_out, fault) = all(client.everybody().await.unwrap()).await;
    assert_eq!((ids, left_out, fault), (vec!["1".to_owned(), "5".to_owned()], 5, None));
    let body: Value = serde_json::from_str(&server.asked()[1].body).unwrap();
    assert_eq!((&body["showInactive"], &body["filters"]), (&json!(true), &Value::Null));
    assert_eq!(all(client.everybody().await.unwrap()).await, (vec![], 0, None));
}

#[tokio::test]
async fn what_is_no_list_of_people_is_not_taken_for_nobody() {
    for body in [
        "",
        "{}",
        "[]",
        "null",
        "<html></html>",
        r#"{"employees":null}"#,
        r#"{"employees":[]"#,
        r#"{"key":"x","error":"y"}"#,
    ] {
        let server = server([Says(200, vec![], body.to_owned())]).await;
        let (ids, _, fault) = all(client(&server.origin).everybody().await.unwrap()).await;
        let fault = fault.expect(body);
        assert_eq!((ids.len(), fault.verdict), (0, Verdict::Retry { after: None }), "{body}");
    }
}

/// However it is cut, and whether or not HTTP notices.
#[tokio::test]
async fn an_answer_that_breaks_off_is_no_end() {
    let half = r#"{"employees":[{"id":"1"},{"id":"2"},{"id":"#;
    let fields = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]".to_vec();
    let chunked =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{half}\r\n", half.len());
    for (head, end) in [
        (format!("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{half}"), End::Closed),
        (format!("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{half}"), End::Silent),
        (format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{half}", half.len()), End::Closed),
        (format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{half}"), End::Closed),
        (chunked.clone(), End::Closed),
        (format!("{chunked}0\r\n\r\n"), End::Closed),
    ] {
        let server = Raw::script(vec![(fields.clone(), End::Open), (head.clone().into_bytes(), end)]).await;
        let mut options = super::options(&server.origin(), &super::Clock::default());
        options.timeout = std::time::Duration::from_millis(500);
        let client = okta_provisioner::bob::Client::new(options).unwrap();
        let (ids, _, fault) = all(client.everybody().await.unwrap()).await;
        let fault = fault.expect(&head);
        assert_eq!(
            (ids, fault.verdict),
            (vec!["1".to_owned(), "2".to_owned()], Verdict::Retry { after: None }),
            "{head}"
        );
    }
}

/// The most memory that this process ever had, in KiB.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

const PEOPLE: usize = 20_000;

fn person(number: usize) -> Bytes {
    let (before, after) = match number {
        0 => (r#"{"employees":["#, ""),
        _ if number == PEOPLE - 1 => (",", "]}"),
        _ => (",", ""),
    };
    let person = json!({
        "id": number.to_string(), "email": format!("p{number}@acme.example"),
        "work": {"title": "9", "reportsTo": {"id": "1", "displayName": "Boss"}, "about": "x".repeat(500)},
        "/work/title": {"value": "9"}, "internal": {"terminationDate": null},
        "humanReadable": {"work": {"title": "Cook", "reportsTo": "Boss"}},
    });
    format!("{before}{person}{after}").into()
}

/// In a process of its own: this one may have other tests running, and a peak is for ever.
#[tokio::test]
async fn twenty_thousand_people_are_read_in_flat_memory() {
    const ALONE: &str = "READS_EVERYBODY_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let mut again = Command::new(std::env::current_exe().expect("a test binary"));
        let name = "bob::everybody::twenty_thousand_people_are_read_in_flat_memory";
        let output = again.args(["--exact", name, "--nocapture"]).env(ALONE, "1").output().await;
        let output = output.expect("the same program");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{output:?}");
        print!("{said}");
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let origin = format!("http://{}", listener.local_addr().expect("its address"));
    let search =
        || async { Body::from_stream(stream::iter((0..PEOPLE).map(person).map(Ok::<_, Infallible>))) };
    let app = axum::Router::new().route("/v1/people/search", axum::routing::post(search));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let mut everybody = client(&origin).everybody().await.expect("an answer");
    let before = peak();
    let mut read = 0;
    while let Some(reading) = everybody.next().await.expect("a person") {
        assert_eq!(reading.employee, read.to_string());
        assert_eq!((reading.fields.len(), &reading.fields["work.title"]), (4, &json!("Cook")));
        read += 1;
    }
    let more = peak() - before;
    println!("{read} people, {} MiB more memory at the peak", more / 1024);
    assert_eq!((read, everybody.left_out()), (PEOPLE, 0));
    assert!(more < 6 * 1024, "{more} KiB for an answer of some 16 MiB");
}
