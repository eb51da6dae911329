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

/// What is wrong, the message, how the reason begins, and whom it is about as far as that can be told.
type Case = (&'static str, Vec<u8>, &'static str, Option<&'static str>);

/// Tells that each is set aside, and that somebody else is served.
async fn set_aside(cases: Vec<Case>) {
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
        world.say(&event("hired", "1", "2026-11-20", &ann())).await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1"))]);
        world.end().await;
        rabbit.assert_empty(&rabbit.settings.dead_letter()).await;
        rabbit.assert_empty(&rabbit.settings.queue).await;
    })
    .await;
}

fn ann() -> Value {
    person("Ann", "2026-12-01")
}

/// Ann's hire with a part of its envelope replaced.
fn enveloped(key: &str, value: impl Into<Value>) -> Vec<u8> {
    wrong("hired", &ann(), &json!({key: value.into()}))
}

/// The same with a part left out.
fn without(key: &str) -> Vec<u8> {
    let mut message = event("hired", "1", "2026-11-20", &ann());
    message.as_object_mut().expect("an object").remove(key);
    message.to_string().into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_event_are_set_aside_with_the_reason() {
    let mut invalid = without("nothing");
    invalid.extend(b"\xff");
    let twice = br#"{"specversion": "1.0", "subject": "1", "subject": "2"}"#.to_vec();
    set_aside(vec![
        ("no JSON", b"Ann starts today".to_vec(), "not JSON (line 1, column 1)", None),
        ("half of it", b"{\"specversion\": \"1.0\"".to_vec(), "not JSON", None),
        ("nothing", Vec::new(), "not JSON", None),
        ("a list", b"[]".to_vec(), "not a JSON object", None),
        ("neither form", b"{\"hello\": 1}".to_vec(), "neither a CloudEvent", None),
        ("invalid UTF-8", invalid, "not UTF-8 (at byte ", None),
        ("a key twice", twice, "a key is given twice", None),
        ("a mebibyte", enveloped("note", "x".repeat(1 << 20)), "body over 256 KiB", None),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn envelopes_that_are_not_complete_are_set_aside_with_the_reason() {
    let long = "subject (the employee id) is longer than 128 bytes";
    let ahead = "its time is more than 5 minutes ahead of our clock";
    set_aside(vec![
        ("no employee id", without("subject"), "subject (the employee id) is missing", None),
        ("a blank one", enveloped("subject", " "), "subject (the employee id) is empty", None),
        ("a number", enveloped("subject", 1), "subject (the employee id) is not a string", None),
        ("10,000 characters", enveloped("subject", "1".repeat(10_000)), long, None),
        ("another version", enveloped("specversion", "0.3"), "specversion is not 1.0", Some("1")),
        ("no id", without("id"), "id is missing", Some("1")),
        ("no source", without("source"), "source is missing", Some("1")),
        ("no type", without("type"), "type is missing", Some("1")),
        ("an unknown type", wrong("promoted", &ann(), &json!({})), "unknown event type", Some("1")),
        ("no time", without("time"), "time is missing", Some("1")),
        ("a time without a zone", enveloped("time", "2026-11-20T00:00:00"), "time is not", Some("1")),
        ("a time to come", enveloped("time", "2026-12-01T00:05:01Z"), ahead, Some("1")),
        ("no data", without("data"), "data is missing", Some("1")),
        ("no fields", enveloped("data", json!({})), "data.fields is missing", Some("1")),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_cannot_be_meant_are_set_aside_with_the_reason() {
    let event = |kind: &str, fields: Value| wrong(kind, &fields, &json!({}));
    let hired = |name: &str, value: Value| wrong("hired", &with(&ann(), &json!({name: value})), &json!({}));
    let title = || json!({"work.title": "Cook"});
    let leaves = "employee.lastDayOfWork and internal.terminationDate are both missing";
    let last_day = json!({"employee.lastDayOfWork": "31.12.2026"});
    let shape = "work.startDate is not a date (YYYY-MM-DD)";
    set_aside(vec![
        ("no start date", event("hired", title()), "work.startDate is missing", Some("1")),
        ("none for a rehire", event("rehired", title()), "work.startDate is missing", Some("1")),
        ("no leave date", event("terminated", title()), leaves, Some("1")),
        ("no date", hired("work.startDate", "soon".into()), shape, Some("1")),
        ("no such day", hired("work.startDate", "2026-02-30".into()), shape, Some("1")),
        ("too many years", hired("work.startDate", "12026-02-01".into()), shape, Some("1")),
        (
            "no date in a change",
            event("changed", last_day),
            "employee.lastDayOfWork is not a date",
            Some("1"),
        ),
        ("two values", hired("work", json!({"title": "Chef"})), "work.title is given two values", Some("1")),
    ])
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
