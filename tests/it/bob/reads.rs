//! Reading one person, and a few.

use chrono::{DateTime, Utc};
use okta_provisioner::bob::Verdict;
use serde_json::{Value, json};

use super::{TOKEN, client, ok, server, start};
use crate::support::server::Says;

fn ann() -> Value {
    json!({"id": "7001", "email": "ann@acme.example", "work": {"title": null, "reportsTo": {"displayName": "Boss"}}})
}

#[tokio::test]
async fn one_person_is_asked_for_by_id_and_read() {
    let server = server([dated("Mon, 09 Mar 2026 14:10:00 GMT", &ann())]).await;
    let reading = client(&server.origin).person("7001").await.unwrap().unwrap();
    assert_eq!((reading.employee.as_str(), reading.asked), ("7001", start()));
    let shown =
        json!({"root.email": "ann@acme.example", "work.title": null, "work.reportsTo.displayName": "Boss"});
    assert_eq!(json!(reading.fields), shown);
    assert_eq!(reading.omitted, ["internal.terminationDate".to_owned()].into());

    let asked = server.asked();
    assert_eq!(asked[0].line(), "GET /v1/company/people/fields");
    assert_eq!(asked[1].line(), "POST /v1/people/7001");
    // `SERVICE-7:canary-Token_1234`.
    assert_eq!(asked[1].header("authorization"), Some("Basic U0VSVklDRS03OmNhbmFyeS1Ub2tlbl8xMjM0"));
    assert_eq!(asked[1].header("accept-encoding"), Some("identity"));
    let body: Value = serde_json::from_str(&asked[1].body).unwrap();
    let fields = ["internal.terminationDate", "root.email", "root.id", "work.reportsTo", "work.title"];
    assert_eq!(body, json!({"fields": fields, "humanReadable": "APPEND"}));
}

/// An answer that shows when it was made.
fn dated(date: &'static str, body: &Value) -> Says {
    Says(200, vec![("date", date.to_owned())], body.to_string())
}

#[tokio::test]
async fn a_read_is_of_its_time_by_bobs_clock() {
    let list = json!({"employees": [ann()]});
    for (date, sent) in [
        // Of whole seconds, so ours may be finer, and both right.
        ("Mon, 09 Mar 2026 14:09:58 GMT", "2026-03-09T14:10:00Z"),
        ("Mon, 09 Mar 2026 14:09:57 GMT", "2026-03-09T14:09:57Z"),
        ("Mon, 09 Mar 2026 14:10:01 GMT", "2026-03-09T14:10:01Z"),
        ("Mon, 09 Mar 2026 15:10:00 GMT", "2026-03-09T15:10:00Z"),
        ("yesterday", "2026-03-09T14:10:00Z"),
    ] {
        let sent: DateTime<Utc> = sent.parse().unwrap();
        let server = server([dated(date, &ann()), dated(date, &list)]).await;
        let client = client(&server.origin);
        assert_eq!(client.person("7001").await.unwrap().unwrap().asked, sent, "{date}");
        assert_eq!(client.people(&["7001".into()]).await.unwrap()[0].asked, sent, "{date}");
    }
}

#[tokio::test]
async fn nobody_is_an_answer_only_if_bob_gives_it() {
    let bobs =
        [Says(404, vec![], String::new()), Says(404, vec![], json!({"key": "x", "error": "no"}).to_string())];
    let server = server(bobs.into_iter().chain([Says(404, vec![], "<html>".into())])).await;
    let client = client(&server.origin);
    assert_eq!(client.person("7001").await, Ok(None));
    assert_eq!(client.person("7001").await, Ok(None));
    let fault = client.person("7001").await.unwrap_err();
    assert!(fault.to_string().contains("bob.url"), "{fault}");
    let calls = server.asked().len();
    for nobody in ["", ".", "..", "search"] {
        assert_eq!(client.person(nobody).await, Ok(None), "{nobody:?}");
    }
    assert_eq!(server.asked().len(), calls, "no address is theirs");
}

#[tokio::test]
async fn an_answer_that_is_not_about_this_person_says_nothing_of_them() {
    for body in [
        "{}",
        "[]",
        "null",
        "",
        "<html>",
        r#"{"id":"7001","email":"#,
        r#"{"id":"7002"}"#,
        r#"{"email":"a@x.example"}"#,
    ] {
        let server = server([Says(200, vec![], body.to_owned())]).await;
        let fault = client(&server.origin).person("7001").await.unwrap_err();
        assert_eq!(fault.verdict, Verdict::Retry { after: None }, "{body}");
    }
    let huge = json!({"id": "7001", "work": {"title": "x".repeat(1 << 20)}});
    let server = server([ok(&huge), Says(204, vec![], String::new())]).await;
    let client = client(&server.origin);
    assert!(client.person("7001").await.unwrap_err().to_string().contains("larger"));
    assert!(client.person("7001").await.is_err());
}

#[tokio::test]
async fn several_are_asked_for_in_one_call_and_only_they_are_read() {
    let listed = json!({"employees": [ann(), {"id": "7002", "email": null}, {"id": "9999"}]});
    let odd = json!({"employees": [ann(), {"email": "nobody@acme.example"}]});
    let server = server([ok(&listed), ok(&odd)]).await;
    let client = client(&server.origin);
    assert_eq!(client.people(&[]).await, Ok(vec![]));
    let ids = ["7001", "7002", "7003"].map(str::to_owned);
    let readings = client.people(&ids).await.unwrap();
    assert_eq!(readings.iter().map(|reading| &*reading.employee).collect::<Vec<_>>(), ["7001", "7002"]);
    let asked = server.asked();
    assert_eq!((asked.len(), asked[1].line().as_str()), (2, "POST /v1/people/search"));
    let body: Value = serde_json::from_str(&asked[1].body).unwrap();
    assert_eq!(body["showInactive"], true, "whoever has not started, or has left, is inactive");
    assert_eq!(body["filters"], json!([{"fieldPath": "root.id", "operator": "equals", "values": ids}]));
    let fault = client.people(&ids).await.unwrap_err();
    assert!(fault.to_string().contains("cannot be read"), "whoever that was must not be missing: {fault}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = server([]).await;
    let to = vec![("location", format!("{}/v1/people/7001", elsewhere.origin))];
    let server = server([Says(307, to, String::new())]).await;
    let fault = client(&server.origin).person("7001").await.unwrap_err();
    assert_eq!((fault.status, elsewhere.asked().len()), (Some(307), 0));
}

#[tokio::test]
async fn nothing_that_bob_holds_or_that_we_hide_is_told_of_a_failure() {
    let canary = "zebedee@acme.example";
    let error = json!({"key": canary, "error": format!("no {canary} and {TOKEN}")}).to_string();
    let broken = format!(r#"{{"id":"7001","email":"{canary}","x":"#);
    for says in [
        Says(400, vec![], error.clone()),
        Says(403, vec![], error),
        Says(500, vec![], canary.to_owned()),
        Says(200, vec![], broken),
        Says(200, vec![], json!({"id": canary}).to_string()),
    ] {
        let server = server([says]).await;
        let client = client(&server.origin);
        let fault = client.person("7001").await.unwrap_err();
        let told = format!("{fault} {fault:?} {client:?}");
        assert!(!told.contains("zebedee") && !told.contains("canary"), "{told}");
    }
}
