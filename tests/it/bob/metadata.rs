//! What is learnt of fields and lists, and when; the other small reads.

use std::time::Duration;

use axum::routing::get;
use chrono::TimeDelta;
use futures_util::future::join_all;
use okta_provisioner::bob::{Client, Field, Item, Options, Verdict};
use serde_json::{Value, json};

use super::{Clock, client, fields, ok, options, server};
use crate::support::server::{Asked, Says, Server};
use crate::support::soon;

fn lines(server: &Server) -> Vec<String> {
    server.asked().iter().map(Asked::line).collect()
}

fn list_field() -> Value {
    json!([{"id": "work.title", "categoryDisplayName": "Work", "name": "Job title", "type": "list", "typeData": {"listId": "title"}}, 7])
}

fn title(machine: &str, human: &Value) -> Says {
    ok(&json!({"id": "1", "work": {"title": machine}, "humanReadable": {"work": {"title": human}}}))
}

#[tokio::test]
async fn fields_and_lists_are_learnt_once_a_day() {
    let lists =
        json!({"title": {"name": "title", "values": [{"id": "5", "name": "Cook", "archived": true}]}});
    let says = [
        ok(&list_field()),
        ok(&lists),
        title("5", &json!("Chef")),
        title("5", &Value::Null),
        title("6", &Value::Null),
        fields(),
        title("6", &Value::Null),
    ];
    let (server, clock) = (Server::start(says).await, Clock::default());
    let client = Client::new(options(&server.origin, &clock)).unwrap();
    let mut titles = Vec::new();
    for hours in [0, 1, 22, 2] {
        clock.advance(TimeDelta::hours(hours));
        let reading = client.person("1").await.unwrap().unwrap();
        titles.push(reading.fields.get("work.title").cloned());
    }
    assert_eq!(
        titles,
        [Some(json!("Chef")), Some(json!("Cook")), None, Some(json!("6"))],
        "the last is a text"
    );
    let person = "POST /v1/people/1";
    let learnt = "GET /v1/company/people/fields";
    let expected =
        [learnt, "GET /v1/company/named-lists?includeArchived=true", person, person, person, learnt, person];
    assert_eq!(lines(&server), expected);
}

#[tokio::test]
async fn people_are_read_without_metadata_and_it_is_asked_for_again_later() {
    for (status, minutes) in [(500, 10), (403, 60), (200, 10)] {
        let says = || [title("5", &json!("Chef")), title("5", &Value::Null)];
        let failing = Says(status, vec![], "<html>".into());
        let says = [failing].into_iter().chain(says()).chain([fields()]).chain(says());
        let (server, clock) = (Server::start(says).await, Clock::default());
        let client = Client::new(options(&server.origin, &clock)).unwrap();
        let mut titles = Vec::new();
        for pass in [0, minutes - 1, 1, 1] {
            clock.advance(TimeDelta::minutes(pass));
            let reading = client.person("1").await.unwrap().unwrap();
            titles.push(reading.fields.get("work.title").cloned());
        }
        assert_eq!(titles, [Some(json!("Chef")), None, Some(json!("5")), Some(json!("5"))], "{status}");
        let asks = lines(&server).iter().filter(|line| line.starts_with("GET")).count();
        assert_eq!((asks, lines(&server).len()), (2, 6), "{status}");
        let body: Value = serde_json::from_str(&server.asked()[1].body).unwrap();
        assert!(body["fields"].as_array().unwrap().contains(&json!("work.reportsTo")), "{body}");
    }
}

#[tokio::test]
async fn where_the_credentials_are_not_accepted_people_are_not_asked_for() {
    let refusal = || Says(401, vec![], String::new());
    let server = Server::start([refusal(), refusal(), fields(), ok(&json!({"id": "1"}))]).await;
    let client = client(&server.origin);
    for fault in [client.person("1").await.unwrap_err(), client.everybody().await.unwrap_err()] {
        assert_eq!((fault.verdict, fault.status), (Verdict::Refused, Some(401)));
    }
    let learnt = "GET /v1/company/people/fields";
    assert_eq!(lines(&server), [learnt, learnt], "one call each");
    assert!(client.person("1").await.is_ok(), "and it is no secret once they are");
}

#[tokio::test]
async fn what_was_refused_is_asked_for_anew_when_somebody_has_mended_it() {
    let person = || title("5", &Value::Null);
    let refusal = Says(403, vec![], String::new());
    let server = Server::start([refusal, person(), fields(), person(), person()]).await;
    let client = client(&server.origin);
    let read = async || client.person("1").await.unwrap().unwrap().fields.get("work.title").cloned();
    assert_eq!(read().await, None);
    for _ in 0..2 {
        // What is known is not asked for again.
        client.forget_refusals().await;
        assert_eq!(read().await, Some(json!("5")));
    }
    assert_eq!(server.asked().len(), 5);
}

/// Somebody may be about to be cut.
#[tokio::test]
async fn nobody_waits_long_for_metadata() {
    let app = axum::Router::new()
        .route("/v1/company/people/fields", get(std::future::pending::<()>))
        .fallback(async || r#"{"id":"1","work":{"title":"5"},"humanReadable":{"work":{"title":"Chef"}}}"#);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let slow = Options { timeout: Duration::from_mins(5), ..options(&origin, &Clock::default()) };
    let client = Client::new(slow).unwrap();
    let readings = join_all((0..4).map(|_| client.person("1")));
    for reading in soon("people without metadata", readings).await {
        assert_eq!(reading.unwrap().unwrap().fields["work.title"], "Chef");
    }
}

#[tokio::test]
async fn a_date_that_is_none_is_left_out_and_known() {
    let date = |date: &str| json!({"id": "1", "internal": {"terminationDate": date}});
    let people = |dates: &[&str]| ok(&json!({"employees": dates.iter().map(|d| date(d)).collect::<Value>()}));
    let server = server([people(&["2026-06-30T00:00:00"]), people(&["2026-06-30", "30/06/2026"])]).await;
    let client = client(&server.origin);
    let whole = client.people(&["1".to_owned()]).await.unwrap().remove(0);
    assert_eq!(whole.fields["internal.terminationDate"], "2026-06-30");
    assert_eq!(json!(client.probe().await.unwrap().odd), json!(["internal.terminationDate"]));
}

#[tokio::test]
async fn fields_are_told_by_id() {
    let server = Server::start([ok(&list_field()), ok(&json!({"fields": []}))]).await;
    let client = client(&server.origin);
    let title = Field {
        id: "work.title".into(),
        category: "Work".into(),
        name: "Job title".into(),
        kind: "list".into(),
        list: Some("title".into()),
    };
    assert_eq!(client.fields().await, Ok(vec![title]));
    assert!(client.fields().await.is_err());
}

#[tokio::test]
async fn lists_are_told_in_each_shape() {
    let item = |name: &str, archived| Item { name: name.to_owned(), archived };
    let site = json!({"name": "site", "items": [{"id": 20, "name": "Berlin"}, {"id": "x"}]});
    let tree = json!({"name": "dept", "values": [
        {"id": "1", "value": "Sales", "archived": true, "children": [{"id": "2", "name": "North", "value": "N", "children": []}]}
    ]});
    let (berlin, depts) = (
        [("20".to_owned(), item("Berlin", false))],
        [("1".to_owned(), item("Sales", true)), ("2".to_owned(), item("North", false))],
    );
    let all = [("site".to_owned(), berlin.into()), ("dept".to_owned(), depts.into())].into();
    let server = Server::start([
        ok(&json!([site, tree])),
        ok(&json!({"site": {"values": site["items"]}, "dept": tree, "odd": 7})),
        ok(&site),
        ok(&json!("x")),
    ])
    .await;
    let client = client(&server.origin);
    assert_eq!(client.lists().await.as_ref(), Ok(&all));
    assert_eq!(client.lists().await.as_ref(), Ok(&all));
    assert_eq!(client.lists().await.unwrap().keys().collect::<Vec<_>>(), ["site"]);
    assert!(client.lists().await.is_err());
}

#[tokio::test]
async fn a_lifecycle_is_told_row_by_row() {
    let rows = json!({"values": [
        {"id": 1, "effectiveDate": "2024-01-08", "status": "employed", "reason": null},
        {"id": 2, "effectiveDate": "2026-06-30", "status": "terminated", "reasonType": "x"},
        {"id": 3, "effectiveDate": "soon", "status": "leave"},
    ]});
    let server = Server::start([ok(&rows), Says(404, vec![], String::new()), ok(&json!([]))]).await;
    let client = client(&server.origin);
    let rows = client.lifecycle("7001").await.unwrap().unwrap();
    let told: Vec<_> = rows.iter().map(|row| format!("{} {}", row.effective_date, row.status)).collect();
    assert_eq!(told, ["2024-01-08 employed", "2026-06-30 terminated"]);
    assert_eq!(client.lifecycle("7001").await, Ok(None));
    assert_eq!(client.lifecycle("..").await, Ok(None));
    assert!(client.lifecycle("7001").await.is_err());
    assert_eq!(lines(&server)[0], "GET /v1/people/7001/lifecycle");
    assert_eq!(lines(&server).len(), 3);
}

#[tokio::test]
async fn a_probe_finds_what_nobody_shows() {
    let people = json!({"employees": [
        {"id": "1", "work": {"title": null}},
        {"id": "2", "email": "b@acme.example"},
    ]});
    let few = json!([{"id": "root.email"}, {"id": "work.title"}, {"id": "internal.terminationDate"}]);
    let server = Server::start([ok(&few), ok(&people), Says(403, vec![], String::new())]).await;
    let client = client(&server.origin);
    let probe = client.probe().await.unwrap();
    assert_eq!(probe.people, 2);
    assert_eq!(json!(probe.hidden), json!(["internal.terminationDate", "work.reportsTo.displayName"]));
    assert_eq!(json!(probe.unknown), json!(["work.reportsTo.displayName"]));
    assert_eq!(client.probe().await.unwrap_err().verdict, Verdict::Refused);
}

#[tokio::test]
async fn many_readers_learn_once() {
    let person = json!({"id": "1"});
    let server = server((0..8).map(|_| ok(&person))).await;
    let client = client(&server.origin);
    let readings = join_all((0..8).map(|_| client.person("1"))).await;
    assert!(readings.iter().all(Result::is_ok), "{readings:?}");
    assert_eq!(lines(&server).iter().filter(|line| line.starts_with("GET")).count(), 1);
}
