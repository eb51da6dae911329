//! Messages that nobody can use: set aside with the reason, and everybody else is served.

use lapin::types::AMQPValue;
use serde_json::{Value, json};

use super::{create, person, profile, usual, with};
use crate::support::rabbit::{self, Rabbit};
use crate::support::world::{NONE, World, event};

/// Sends a message, and sees it in the dead-letter queue as it was; gives the reason and the employee.
async fn rejected(rabbit: &Rabbit, world: &mut World, body: &[u8]) -> (String, Option<String>) {
    world.say_raw(body).await;
    assert_eq!(world.calls(), NONE);
    let letter = rabbit.pop(&rabbit.settings.dead_letter()).await;
    assert_eq!(letter.data, body);
    let headers = letter.properties.headers().clone().expect("headers");
    let header = |name: &str| match headers.inner().get(name) {
        Some(AMQPValue::LongString(text)) => Some(text.to_string()),
        _ => None,
    };
    (header("x-reason").expect("a reason"), header("x-employee"))
}

/// A message of which one thing is wrong.
fn wrong(kind: &str, fields: &Value, envelope: &Value) -> Vec<u8> {
    with(&event(kind, "1", "2026-11-20", fields), envelope).to_string().into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_malformed_message_is_set_aside_with_its_reason() {
    let ann = person("Ann", "2026-12-01");
    let none = json!({});
    let without = |key: &str| {
        let mut message = event("hired", "1", "2026-11-20", &ann);
        message.as_object_mut().expect("an object").remove(key);
        message.to_string().into_bytes()
    };
    let field = |name: &str, value: Value| wrong("hired", &with(&ann, &json!({name: value})), &none);
    let mut invalid = wrong("hired", &ann, &none);
    invalid.extend(b"\xff");
    let twice = br#"{"specversion": "1.0", "subject": "1", "subject": "2"}"#.to_vec();
    let cases: Vec<(&str, Vec<u8>, &str, Option<&str>)> = vec![
        ("no JSON", b"Ann starts today".to_vec(), "not JSON (line 1, column 1)", None),
        ("half of it", b"{\"specversion\": \"1.0\"".to_vec(), "not JSON", None),
        ("nothing", Vec::new(), "not JSON", None),
        ("a list", b"[]".to_vec(), "not a JSON object", None),
        ("neither form", b"{\"hello\": 1}".to_vec(), "neither a CloudEvent", None),
        ("invalid UTF-8", invalid, "not UTF-8 (at byte ", None),
        ("a key twice", twice, "a key is given twice", None),
        (
            "a mebibyte",
            wrong("hired", &json!({"note": "x".repeat(1 << 20)}), &none),
            "body over 256 KiB",
            None,
        ),
        ("no employee id", without("subject"), "subject (the employee id) is missing", None),
        (
            "a blank one",
            wrong("hired", &ann, &json!({"subject": " "})),
            "subject (the employee id) is empty",
            None,
        ),
        (
            "a number",
            wrong("hired", &ann, &json!({"subject": 1})),
            "subject (the employee id) is not a string",
            None,
        ),
        (
            "one of 10,000 characters",
            wrong("hired", &ann, &json!({"subject": "1".repeat(10_000)})),
            "subject (the employee id) is longer than 128 bytes",
            None,
        ),
        (
            "another version",
            wrong("hired", &ann, &json!({"specversion": "0.3"})),
            "specversion is not 1.0",
            Some("1"),
        ),
        ("no id", without("id"), "id is missing", Some("1")),
        ("no source", without("source"), "source is missing", Some("1")),
        ("no type", without("type"), "type is missing", Some("1")),
        ("an unknown type", wrong("promoted", &ann, &none), "unknown event type", Some("1")),
        ("no time", without("time"), "time is missing", Some("1")),
        (
            "a time of no zone",
            wrong("hired", &ann, &json!({"time": "2026-11-20T00:00:00"})),
            "time is not",
            Some("1"),
        ),
        (
            "a time to come",
            wrong("hired", &ann, &json!({"time": "2026-12-01T00:05:01Z"})),
            "its time is more than 5 minutes ahead of our clock",
            Some("1"),
        ),
        ("no data", without("data"), "data is missing", Some("1")),
        ("no fields", wrong("hired", &ann, &json!({"data": {}})), "data.fields is missing", Some("1")),
        (
            "no start date",
            wrong("hired", &json!({"work.title": "Cook"}), &none),
            "work.startDate is missing",
            Some("1"),
        ),
        ("none for a rehire", wrong("rehired", &none, &none), "work.startDate is missing", Some("1")),
        (
            "no leave date",
            wrong("terminated", &json!({"work.title": "Cook"}), &none),
            "employee.lastDayOfWork and internal.terminationDate are both missing",
            Some("1"),
        ),
        (
            "no date",
            field("work.startDate", json!("soon")),
            "work.startDate is not a date (YYYY-MM-DD)",
            Some("1"),
        ),
        ("no day", field("work.startDate", json!("2026-02-30")), "work.startDate is not a date", Some("1")),
        (
            "no date in a change",
            wrong("changed", &json!({"employee.lastDayOfWork": "31.12.2026"}), &none),
            "employee.lastDayOfWork is not a date",
            Some("1"),
        ),
        (
            "one field, two values",
            field("work", json!({"title": "Chef"})),
            "work.title is given two values",
            Some("1"),
        ),
    ];
    rabbit::with(async |rabbit| {
        let mut world = World::start(rabbit, usual(), |_| {}).await;
        let count = cases.len();
        for (what, body, reason, employee) in cases {
            let (said, whom) = rejected(rabbit, &mut world, &body).await;
            assert!(said.starts_with(reason), "{what}: {said}");
            assert_eq!(whom.as_deref(), employee, "{what}");
        }
        assert_eq!(world.count("event.rejected"), count);
        assert_eq!(world.summary().employees, 0, "nothing of them is remembered");
        world.say(&event("hired", "1", "2026-11-20", &ann)).await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1"))], "everybody else is served");
        world.end().await;
        rabbit.assert_empty(&rabbit.settings.dead_letter()).await;
        rabbit.assert_empty(&rabbit.settings.queue).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_holds_no_value_of_the_message() {
    rabbit::with(async |rabbit| {
        let mut world = World::start(rabbit, usual(), |_| {}).await;
        let canary = "canary-7f3a";
        for fields in [
            with(&person("Ann", canary), &json!({"root.surname": canary})),
            with(&person("Ann", "2026-12-01"), &json!({"work": {"title": canary}})),
        ] {
            let (reason, _) = rejected(rabbit, &mut world, &wrong("hired", &fields, &json!({}))).await;
            assert!(!reason.contains(canary), "{reason}");
        }
        let half = format!("{{\"specversion\": \"{canary}");
        let (reason, _) = rejected(rabbit, &mut world, half.as_bytes()).await;
        assert!(!reason.contains(canary), "{reason}");
        world.end().await;
    })
    .await;
}
