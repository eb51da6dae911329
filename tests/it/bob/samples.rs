//! Our decoders against what Bob has been seen to send, line by line.

use std::collections::BTreeMap;

use okta_provisioner::domain::event::{Event, Kind};
use okta_provisioner::domain::facts::Facts;
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

/// What each line comes to: a word of it, or of the reason why it is refused. Requests are lines too, and are
/// taken for messages that they are not.
const SAMPLES: [(&str, &str); 17] = [
    ("webhook.v1/employee.created", "Changed, 51 fields, read: true"),
    ("api.people.one", "5 of the fields, 0 unknown"),
    ("api.people.list", "2 people, 0 left out"),
    ("webhook.v2/table.entry.created (historical", "Changed, 0 fields, read: true"),
    ("webhook.v2/table.entry.created (non-historical", "refused: data is missing"),
    ("api.people (machine format", "refused: names no person"),
    ("api.people (humanReadable=APPEND", "0 of the fields, 5 unknown"),
    ("api.company.people.fields", "1 field"),
    ("api.company.named-lists", "a list of 2"),
    ("api.company.named-lists", "a list of 1"),
    ("api.company.named-lists", "a list of 1"),
    ("api.employees.{id}.terminate request", "refused: neither a CloudEvent"),
    ("api.error", "refused: Invalid reason"),
    ("webhook.test (first", "refused: not JSON"),
    ("webhook.test (second", "refused: neither a CloudEvent"),
    ("api.people.search request", "refused: neither a CloudEvent"),
    ("api.people.search request", "refused: neither a CloudEvent"),
];

const INFERRED: [(&str, &str); 10] = [
    ("webhook.v2/employee.created", "Changed, 0 fields, read: true"),
    ("webhook.v2/employee.updated", "Changed, 0 fields, read: true"),
    ("webhook.v2/employee.deleted", "Deleted, 0 fields, read: true"),
    ("webhook.v2/employee.joined", "Changed, 0 fields, read: true"),
    ("webhook.v2/employee.left", "Changed, 0 fields, read: true"),
    ("webhook.v2/employee.activated", "Changed, 0 fields, read: true"),
    ("webhook.v2/employee.inactivated", "Changed, 0 fields, read: true"),
    ("webhook.v2/employee.temporaryLeave", "Changed, 0 fields, read: true"),
    ("webhook.v2/employee.access.revoked.immediately", "AccessRevoked, 0 fields, read: true"),
    ("webhook.v2/table.entry.updated", "Changed, 0 fields, read: true"),
];

#[tokio::test]
async fn every_line_is_decoded_or_refused_with_a_reason_a_table() {
    for (variable, expected) in [("BOB_SAMPLES", SAMPLES.as_slice()), ("BOB_INFERRED", &INFERRED)] {
        let Some(material) = reference(variable) else { continue };
        assert_eq!(material.lines().count(), expected.len(), "{variable}");
        for (line, (begins, comes_to)) in material.lines().zip(expected) {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let kind = line["kind"].as_str().expect("a kind");
            let made = made(kind, &line["payload"]).await;
            let (text, right) = match (&made, comes_to.strip_prefix("refused: ")) {
                (Of(what), None) => (what.clone(), what == comes_to),
                (Refused(reason), Some(word)) => (format!("refused: {reason}"), reason.contains(word)),
                (Of(text) | Refused(text), _) => (text.clone(), false),
            };
            println!("{kind:44.44} {text}");
            assert!(kind.starts_with(begins) && right, "{kind}: {text}; expected {begins}: {comes_to}");
        }
    }
}

/// The one recorded webhook of the first version, value by value.
#[test]
fn the_recorded_webhook_carries_the_facts() {
    let Some(material) = reference("BOB_SAMPLES") else { return };
    let recorded = material.lines().next().expect("the first line");
    let payload = &serde_json::from_str::<Value>(recorded).expect("JSON")["payload"];
    let expected = json!({
        "root.email": "victor.sample@example.com", "root.firstName": "Victor", "root.surname": "Sample",
        "root.displayName": "Victor Ivan Sample", "work.startDate": "2022-05-09", "work.site": "London (Demo)",
        "work.title": "Business Development Manager", "work.department": "Accounting", "work.siteId": 1_814_407,
        "work.reportsTo.displayName": "Ingrid Boss", "work.reportsTo.id": "2693707360307774170",
        "work.workPhone": null, "work.custom.field_1644932887286": null, "personal.nationality": ["French", "German"],
        "work.customColumns.column_1639496202710": "228075491",
    });
    let event = Event::decode(payload.to_string().as_bytes(), start()).expect("an event");
    assert_eq!((event.employee.as_str(), event.kind), ("2834190035467633537", Kind::Changed));
    assert_eq!(event.stamp.at.to_rfc3339(), "2022-05-09T07:36:42.486+00:00");
    // What it says nothing of stays unknown.
    let unsaid = ["internal.terminationDate", "internal.lifecycleStatus", "root.secondName"];
    let tracked = expected.as_object().expect("fields").keys().map(String::as_str).chain(unsaid);
    let mut facts = Facts::default();
    facts.merge(&event, &tracked.map(str::to_owned).collect());
    let known: Value = facts.iter().map(|(name, fact)| (name, fact.value.clone())).collect();
    assert_eq!(known, expected);
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
