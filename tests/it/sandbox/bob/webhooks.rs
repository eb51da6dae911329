//! Webhooks: bodies, signature, order, retries.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use okta_provisioner::sandbox::bob::{Fate, Webhook};
use serde_json::{Value, json};
use sha2::Sha512;

use super::{Hr, SECRET, ann, at_site, text};
use crate::support::soon;

fn signature(body: &str) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(body.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

#[tokio::test]
async fn a_body_of_version_2_is_signed_and_holds_ids_only() {
    let hr = Hr::start().await;
    let id = hr.bob.insert("2020-01-01", ann());
    hr.bob.change(&id, json!({ "work.title": "Engineer", "root.firstName": "Anna" }));
    assert_eq!(hr.bob.deliver().await, 2);
    let raw = hr.receiver.take_raw();
    for (head, body) in &raw {
        assert_eq!(head["bob-signature"], signature(body).as_str());
        assert_eq!(head["content-type"], "application/json");
        assert!(!body.contains("Anna") && !body.contains("Engineer"), "{body}");
    }
    let bodies: Vec<Value> = raw.iter().map(|(_, body)| serde_json::from_str(body).expect("JSON")).collect();
    let envelope = |kind: &str, data: Value| {
        json!({
            "companyId": 636_192, "type": kind, "triggeredBy": "3332883804594373380",
            "triggeredAt": "2026-11-23T08:00:00.000000", "version": "v2", "data": data,
        })
    };
    let row = json!({ "employeeId": id, "tableId": "work", "effectiveDate": "2020-01-01" });
    let fields = json!([{ "id": "root.firstName" }, { "id": "work.title" }]);
    let updated = json!({ "employeeId": id, "fieldUpdates": fields });
    assert_eq!(bodies, [envelope("table.entry.updated", row), envelope("employee.updated", updated)]);

    hr.bob.set_switch("field_updates_are_text", true);
    hr.bob.set_switch("calculated_are_told", true);
    hr.bob.change(&id, json!({ "root.surname": "Jones" }));
    hr.bob.deliver().await;
    let fields = json!(["root.surname", "root.fullName", "root.displayName"]);
    assert_eq!(hr.receiver.take()[0]["data"]["fieldUpdates"], fields);
    // Nothing changed: nothing to tell.
    hr.bob.change(&id, json!({ "root.surname": "Jones" }));
    assert_eq!(hr.bob.deliver().await, 0);
}

#[tokio::test]
async fn a_body_of_version_1_carries_values() {
    let hr = Hr::start().await;
    hr.bob.set_switch("webhooks_v1", true);
    let id = hr.bob.hire("2026-12-01", ann());
    hr.bob.terminate_at_once(&id, "2027-01-31", None);
    hr.bob.deliver().await;
    let told = hr.receiver.take();
    let kinds: Vec<String> = told.iter().map(|body| text(&body["type"])).collect();
    assert_eq!(kinds, ["employee.created", "employee.updated"]);
    let (employee, data) = (&told[0]["employee"], &told[0]["data"]);
    assert_eq!((&employee["id"], &employee["site"]), (&json!(id), &json!("London")));
    assert_eq!((&data["firstName"], &data["work"]["startDate"]), (&json!("Ann"), &json!("2026-12-01")));
    assert_eq!(data.get("home"), None);
    assert_eq!(told[0]["creationDate"], "2026-11-23T08:00:00.000");
    assert_eq!(told[1]["data"]["internal"]["terminationDate"], "2027-01-31");
}

#[tokio::test]
async fn what_is_not_taken_is_tried_for_three_days_in_order_and_given_up() {
    let hr = Hr::start().await;
    let [one, other] = [ann(), at_site("b", "London")].map(|fields| hr.bob.insert("2020-01-01", fields));
    hr.receiver.answers(503);
    hr.bob.change(&one, json!({ "root.surname": "First" }));
    hr.bob.change(&one, json!({ "root.surname": "Second" }));
    hr.bob.change(&other, json!({ "root.surname": "Other" }));
    // One each: the second change of the same person waits.
    assert_eq!(hr.bob.deliver().await, 2);
    assert_eq!(hr.bob.deliver().await, 0);
    hr.receiver.answers(200);
    hr.advance(TimeDelta::seconds(59));
    assert_eq!(hr.bob.deliver().await, 0);
    hr.advance(TimeDelta::seconds(1));
    hr.receiver.take();
    assert_eq!(hr.bob.deliver().await, 3);
    assert!(hr.bob.webhooks().iter().all(|webhook| webhook.fate == Fate::Taken));

    hr.receiver.answers(500);
    hr.bob.change(&one, json!({ "root.surname": "Third" }));
    let mut attempts = 0;
    for _ in 0..(80 * 60) {
        attempts += hr.bob.deliver().await;
        hr.advance(TimeDelta::minutes(1));
    }
    assert_eq!(attempts, 13);
    let given_up = hr.bob.webhooks().pop().expect("the last webhook");
    assert_eq!((given_up.fate, given_up.attempts.len()), (Fate::GivenUp, 13));
    assert!(given_up.attempts.iter().all(|(_, status)| *status == Some(500)));
    let tried = given_up.attempts[12].0 - given_up.attempts[0].0;
    assert!(tried < TimeDelta::days(3) && tried > TimeDelta::days(2), "{tried}");
    // What comes after it is sent.
    hr.receiver.answers(200);
    hr.bob.change(&one, json!({ "root.surname": "Fourth" }));
    assert_eq!(hr.bob.deliver().await, 1);
}

#[tokio::test]
async fn without_a_line_there_is_no_answer() {
    let hr = Hr::start().await;
    hr.bob.line(false);
    let id = hr.bob.hire("2026-12-01", ann());
    hr.bob.deliver().await;
    assert_eq!(hr.bob.webhooks()[0].attempts.iter().map(|(_, status)| *status).collect::<Vec<_>>(), [None]);
    hr.advance(TimeDelta::days(4));
    // Four days in one leap: what was tried once and could not be tried for so long is given up, and what
    // happened meanwhile is tried.
    hr.bob.line(true);
    assert!(hr.kinds().await.is_empty(), "{id} starts later");
    assert_eq!(hr.bob.webhooks()[0].fate, Fate::GivenUp);
}

#[tokio::test]
async fn a_receiver_is_tested_with_a_text_and_then_with_json() {
    let hr = Hr::start().await;
    assert_eq!(hr.bob.ping().await, [Some(200)]);
    hr.receiver.answers(415);
    assert_eq!(hr.bob.ping().await, [Some(415), Some(415)]);
    let raw = hr.receiver.take_raw();
    let seen: Vec<_> = raw.iter().map(|(head, body)| (&head["content-type"], body.as_str())).collect();
    assert_eq!(seen[0], (&"text/plain".parse().expect("a type"), "Ping test"));
    assert_eq!(seen[2], (&"application/json".parse().expect("a type"), "{\"text\":\"Ping test\"}"));
    assert!(raw.iter().all(|(head, body)| head["bob-signature"] == signature(body).as_str()));
    hr.bob.connect(Webhook { url: "http://127.0.0.1:1/".into(), secret: String::new() });
    assert_eq!(hr.bob.ping().await, [None, None]);
}

#[tokio::test]
async fn with_a_clock_of_its_own_nobody_has_to_ask() {
    let hr = Hr::start().await;
    hr.bob.live();
    hr.bob.hire("2026-12-01", ann());
    soon("a webhook", hr.receiver.came.notified()).await;
    assert_eq!(hr.receiver.take()[0]["type"], "employee.created");
}
