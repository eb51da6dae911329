//! Our decoders against what Bob has been seen to send, line by line.

use std::collections::BTreeMap;

use okta_provisioner::domain::event::Event;
use serde_json::{Value, json};

use super::{client, fields, ok, options, start};
use crate::support::reference::reference;
use crate::support::server::{Says, Server};

/// What became of a line.
enum Made {
    Of(String),
    Refused(String),
}

use Made::{Of, Refused};

/// A client of a server that says this, after it has told the fields.
async fn told(body: &Value) -> (Server, okta_provisioner::bob::Client) {
    let server = Server::start([fields(), ok(body)]).await;
    let mut options = options(&server.origin, &super::Clock::default());
    options.fields.insert("work.startDate".to_owned());
    let client = okta_provisioner::bob::Client::new(options).expect("a client");
    (server, client)
}

async fn person(payload: &Value) -> Made {
    let (_server, client) = told(payload).await;
    match client.person(payload["id"].as_str().unwrap_or("1")).await {
        Ok(reading) => {
            let reading = reading.expect("somebody");
            Of(format!("{} of the fields, {} unknown", reading.fields.len(), reading.omitted.len()))
        }
        Err(fault) => Refused(fault.message),
    }
}

async fn people(payload: &Value) -> Made {
    let (_server, client) = told(payload).await;
    let mut everybody = client.everybody().await.expect("an answer");
    let mut people = 0;
    loop {
        match everybody.next().await {
            Ok(Some(_)) => people += 1,
            Ok(None) => return Of(format!("{people} people, {} left out", everybody.left_out())),
            Err(fault) => return Refused(fault.message),
        }
    }
}

fn message(payload: &Value) -> Made {
    let body = payload.as_str().map_or_else(|| payload.to_string(), str::to_owned);
    match Event::decode(body.as_bytes(), start()) {
        Ok(event) => {
            Of(format!("{:?}, {} fields, read: {}", event.kind, event.fields.len(), event.read_wanted))
        }
        Err(rejection) => Refused(rejection.reason),
    }
}

async fn made(kind: &str, payload: &Value) -> Made {
    let client_of = |says: Says| async move {
        let server = Server::start([says]).await;
        let client = client(&server.origin);
        (server, client)
    };
    if kind.starts_with("api.people.list") {
        people(payload).await
    } else if kind.starts_with("api.people.one") || kind.starts_with("api.people (") {
        person(payload).await
    } else if kind.starts_with("api.company.people.fields") {
        let (_server, client) = client_of(ok(&json!([payload]))).await;
        Of(format!("{} field", client.fields().await.expect("fields").len()))
    } else if kind.starts_with("api.company.named-lists") {
        let (_server, client) = client_of(ok(payload)).await;
        let items: usize = client.lists().await.expect("lists").values().map(BTreeMap::len).sum();
        Of(format!("a list of {items}"))
    } else if kind.starts_with("api.error") {
        let (_server, client) = client_of(Says(400, vec![], payload.to_string())).await;
        Refused(client.fields().await.expect_err("a refusal").message)
    } else {
        message(payload)
    }
}

#[tokio::test]
async fn every_line_is_decoded_or_refused_with_a_reason_a_table() {
    for (variable, lines, good) in [("BOB_SAMPLES", 17, 9), ("BOB_INFERRED", 10, 10)] {
        let Some(material) = reference(variable) else { continue };
        let mut decoded = Vec::new();
        for (at, line) in material.lines().enumerate() {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let kind = line["kind"].as_str().expect("a kind");
            let short: String = kind.chars().take(44).collect();
            match made(kind, &line["payload"]).await {
                Of(what) => {
                    println!("{:>2} {short:44} {what}", at + 1);
                    decoded.push(at + 1);
                }
                Refused(reason) => {
                    println!("{:>2} {short:44} refused: {reason}", at + 1);
                    assert!(reason.len() > 10, "a reason");
                }
            }
        }
        assert_eq!((material.lines().count(), decoded.len()), (lines, good), "{variable}: {decoded:?}");
    }
}

/// The one recorded person, value by value.
#[tokio::test]
async fn the_recorded_person_is_read_as_people_and_rules_need_it() {
    let Some(material) = reference("BOB_SAMPLES") else { return };
    let recorded = material.lines().nth(1).expect("the second line");
    let payload = &serde_json::from_str::<Value>(recorded).expect("JSON")["payload"];
    let wanted = json!({
        "root.email": "victor.sample@example.com", "root.surname": "Sample", "root.secondName": "Ivan",
        "work.startDate": "2022-05-09", "work.title": "Business Development Manager", "work.department": "Accounting",
        "work.reportsTo.displayName": "Ingrid Boss", "work.reportsTo.id": "2693707360307774170",
        "work.siteId": 1_814_407, "work.site": "London (Demo)", "address.fullAddress": null,
        "work.customColumns.column_1639496202710": "Four4", "internal.status": "Active",
        "internal.lifecycleStatus": "employed", "internal.terminationDate": null, "personal.nationality": ["French", "German"],
    });
    let server = Server::start([Says(403, vec![], String::new()), ok(payload)]).await;
    let mut options = options(&server.origin, &super::Clock::default());
    options.fields = wanted
        .as_object()
        .expect("fields")
        .keys()
        .cloned()
        .chain(["employee.lastDayOfWork".into()])
        .collect();
    let client = okta_provisioner::bob::Client::new(options).expect("a client");
    let reading = client.person("2834190035467633537").await.expect("an answer").expect("a person");
    assert_eq!(json!(reading.fields), wanted);
    assert_eq!(reading.omitted, ["employee.lastDayOfWork".to_owned()].into());
}
