//! The shapes of Bob's own examples.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::reference::reference;

use super::{Hr, ann};

/// The payload of a line of the examples, counted from 1.
fn sample(samples: &str, line: usize) -> Value {
    let line = samples.lines().nth(line - 1).expect("a line");
    serde_json::from_str::<Value>(line).expect("JSON")["payload"].take()
}

/// Every place of the example where an answer has nothing.
fn missing(example: &Value, answer: &Value, at: &str) -> Vec<String> {
    let (Value::Object(example), Value::Object(answer)) = (example, answer) else { return Vec::new() };
    let places = example.iter().flat_map(|(key, example)| {
        let at = format!("{at}/{key}");
        match answer.get(key) {
            Some(answer) => missing(example, answer, &at),
            None => vec![at],
        }
    });
    places.collect()
}

#[tokio::test]
async fn a_whole_record_has_what_a_recorded_one_has() {
    let Some(samples) = reference("BOB_SAMPLES") else { return };
    let recorded = sample(&samples, 2);
    let hr = Hr::start().await;
    let id = hr.bob.insert("2020-01-01", ann());
    let fields = hr.get("/company/people/fields").await.body;
    let ids: Vec<&Value> = fields.as_array().expect("fields").iter().map(|field| &field["id"]).collect();
    let body = json!({ "fields": ids, "humanReadable": "APPEND" });
    let answer = hr.call("POST", &format!("/people/{id}"), body).await.body;
    let mut machine = recorded.clone();
    // For humans there is only what has a value, which differs.
    machine.as_object_mut().expect("an object").remove("humanReadable");
    assert_eq!(missing(&machine, &answer, ""), [""; 0]);
    assert!(answer["humanReadable"]["work"]["site"].is_string());
    // What both have is of the same kind.
    for (place, value) in [("/work/siteId", 1), ("/internal/status", 2), ("/work/startDate", 2)] {
        let kinds = [&recorded, &answer].map(|record| {
            let value = record.pointer(place).expect("a value");
            if value.is_number() { 1 } else { i32::from(value.is_string()) * 2 }
        });
        assert_eq!(kinds, [value, value], "{place}");
    }
}

#[tokio::test]
async fn what_is_asked_for_is_shown_as_in_the_example() {
    let hr = Hr::start().await;
    let mut fields = ann();
    fields["work.department"] = json!("Finance");
    let id = hr.bob.insert("2020-01-01", fields);
    let asked = ["root.creationDate", "root.fullName", "work.department"];
    let body = json!({ "fields": asked, "humanReadable": "APPEND" });
    let answer = hr.call("POST", &format!("/people/{id}"), body).await.body;
    let department = &answer["work"]["department"];
    let expected = json!({
        "/root/creationDate": { "value": "2026-11-23" },
        "fullName": "Ann Smith",
        "creationDate": "2026-11-23",
        "work": { "department": department },
        "/root/fullName": { "value": "Ann Smith" },
        "/work/department": { "value": department },
        "humanReadable": {
            "fullName": "Ann Smith", "creationDate": "23/11/2026", "work": { "department": "Finance" },
        },
        "id": id,
    });
    assert_eq!(answer, expected);
    if let Some(samples) = reference("BOB_SAMPLES") {
        let example = sample(&samples, 7);
        let keys = |value: &Value| -> BTreeSet<String> {
            value.as_object().expect("an object").keys().cloned().collect()
        };
        assert_eq!(keys(&answer), keys(&example));
        assert_eq!(keys(&answer["humanReadable"]), keys(&example["humanReadable"]));
    }
}
