use chrono::TimeZone;
use serde_json::json;

use super::*;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "reads better at the calls")]
fn envelope(kind: &str, fields: Value) -> Value {
    json!({
        "specversion": "1.0", "id": "e-1", "source": "/hr", "type": format!("hr.employee.{kind}"),
        "subject": "1001", "time": "2026-11-21T09:00:00Z", "data": {"fields": fields},
    })
}

fn decode(message: &Value) -> Result<Event, Rejection> {
    Event::decode(message.to_string().as_bytes(), now())
}

fn fields(fields: Value) -> BTreeMap<String, Value> {
    decode(&envelope("changed", fields)).unwrap().fields
}

#[test]
fn a_cloud_event_is_read_whole() {
    let event = decode(&envelope("hired", json!({"work.startDate": "2026-12-01"}))).unwrap();
    assert_eq!(event.employee, "1001");
    assert_eq!(event.kind, Kind::Hired);
    assert_eq!(event.stamp.at, Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap());
    assert_eq!((event.stamp.id.as_str(), event.stamp.source.as_str()), ("e-1", "/hr"));
    assert!(!event.read_wanted);
}

#[test]
fn every_way_to_write_a_field_is_the_same_field() {
    let expected = BTreeMap::from([("work.title".to_owned(), json!("Engineer"))]);
    for given in [
        json!({"work.title": "Engineer"}),
        json!({"work": {"title": " Engineer "}}),
        json!({"/work/title": {"value": "Engineer"}}),
        json!({"/work/title": "Engineer"}),
        json!({"/work/title": {"value": "Engineer"}, "work": {"title": "Engineer"}}),
    ] {
        assert_eq!(fields(given.clone()), expected, "{given}");
    }
    assert_eq!(fields(json!({"email": "a@x.com"})), fields(json!({"root": {"email": "a@x.com"}})));
    assert_eq!(
        fields(json!({"work": {"reportsTo": {"id": "7"}}})).keys().next().unwrap(),
        "work.reportsTo.id"
    );
    assert_eq!(fields(json!({"work.title": "  "}))["work.title"], Value::Null);
    assert_eq!(fields(json!({"work": {}})).len(), 0);
    let cleared = fields(json!({"work": null}));
    assert!(cleared["work"].is_null() && cleared["root.work"].is_null());
}

#[test]
fn bobs_whole_numbers_are_ids_too() {
    let (at, id) = ("2026-01-08T13:06:26.915906", 3_332_883_854_254_932_743_u64);
    let v2 = |id: Value| json!({"type": "employee.updated", "triggeredAt": at, "data": {"employeeId": id}});
    let v1 = |id: Value| json!({"type": "employee.updated", "creationDate": at, "employee": {"id": id}});
    for message in [v2(json!(id)), v1(json!(id)), v2(json!(id.to_string()))] {
        assert_eq!(decode(&message).unwrap().employee, "3332883854254932743");
    }
    for odd in [json!(1.5), json!(-1), json!(true), json!([])] {
        let reason = decode(&v2(odd.clone())).unwrap_err().reason;
        assert_eq!(reason, "data.employeeId is not a string", "{odd}");
    }
}

#[test]
fn malformed_messages_are_refused_with_the_reason() {
    let hired = || envelope("hired", json!({"work.startDate": "2026-12-01"}));
    let with = |key: &str, value: Value| {
        let mut message = hired();
        message[key] = value;
        message
    };
    let without = |key: &str| {
        let mut message = hired();
        message.as_object_mut().unwrap().remove(key);
        message
    };
    let cases = [
        (json!([1]), "not a JSON object"),
        (json!({"a": 1}), "neither a CloudEvent"),
        (with("specversion", json!("0.3")), "specversion is not 1.0"),
        (without("subject"), "subject (the employee id) is missing"),
        (with("subject", json!("")), "is empty"),
        (with("subject", json!(7)), "is not a string"),
        (with("subject", json!("x".repeat(10_000))), "longer than 128 bytes"),
        (with("subject", json!("a\nb")), "control character"),
        (with("id", json!("x".repeat(10_000))), "longer than 512 bytes"),
        (with("type", json!("hr.employee.promoted")), "unknown event type"),
        (without("type"), "type is missing"),
        (without("time"), "time is missing"),
        (with("time", json!("2026-11-21T09:00:00")), "RFC 3339"),
        (with("time", json!("2026-11-21T12:05:01Z")), "ahead of our clock"),
        (without("data"), "data is missing"),
        (with("data", json!({})), "data.fields is missing"),
        (envelope("hired", json!({"work.title": "x"})), "work.startDate is missing"),
        (envelope("rehired", json!({"work.startDate": null})), "work.startDate is missing"),
        (envelope("terminated", json!({"work.title": "x"})), "are both missing"),
        (envelope("hired", json!({"work.startDate": "soon"})), "work.startDate is not a date"),
        (envelope("changed", json!({"internal.terminationDate": "2026-02-30"})), "is not a date"),
        (envelope("changed", json!({"internal.terminationDate": "10000-01-01"})), "is not a date"),
        (
            envelope("changed", json!({"work.title": "A", "work": {"title": "B"}})),
            "work.title is given two values",
        ),
        (envelope("changed", json!({"work": null, "work.title": "B"})), "work.title is given two values"),
    ];
    for (message, reason) in cases {
        let rejection = decode(&message).expect_err(reason);
        assert!(rejection.reason.contains(reason), "{} for {message}", rejection.reason);
    }
    assert_eq!(decode(&with("type", json!("x"))).unwrap_err().employee.as_deref(), Some("1001"));
}

#[test]
fn bodies_that_are_no_text_are_refused() {
    for (body, reason) in [
        (&b"{\"a\": \xff}"[..], "not UTF-8"),
        (b"Ping test", "not JSON"),
        (b"{\"specversion\":\"1.0\",\"subject\":\"1\",\"subject\":\"2\"}", "a key is given twice"),
        (&vec![b' '; MAX_BODY + 1], "body over 256 KiB"),
    ] {
        let rejection = Event::decode(body, now()).expect_err(reason);
        assert!(rejection.reason.contains(reason), "{}", rejection.reason);
    }
}

#[test]
fn the_last_day_of_the_year_9999_is_a_date() {
    assert!(decode(&envelope("terminated", json!({"internal.terminationDate": "9999-12-31"}))).is_ok());
}

#[test]
fn webhooks_of_both_versions_become_a_wish_to_read() {
    let v2 = |kind: &str| {
        json!({"companyId": 1, "type": kind, "triggeredBy": "system", "version": "v2",
               "triggeredAt": "2026-01-08T13:06:26.915906", "data": {"employeeId": "77"}})
    };
    let updated = decode(&v2("employee.updated")).unwrap();
    assert!(updated.read_wanted && updated.fields.is_empty());
    assert_eq!((updated.employee.as_str(), updated.kind), ("77", Kind::Changed));
    assert_eq!(updated.stamp.at.to_rfc3339(), "2026-01-08T13:06:26.915906+00:00");
    assert_eq!(updated.stamp.id.len(), 64);
    assert_eq!(decode(&v2("table.entry.updated")).unwrap().kind, Kind::Changed);
    assert_eq!(decode(&v2("employee.deleted")).unwrap().kind, Kind::Deleted);
    assert_eq!(decode(&v2("employee.access.revoked.immediately")).unwrap().kind, Kind::AccessRevoked);
    assert_eq!(decode(&v2("task.done")).unwrap_err().employee.as_deref(), Some("77"));

    let v1 = decode(&json!({
        "companyId": 1, "employee": {"id": "88", "email": "v@x.com"}, "type": "employee.created",
        "data": {"email": "v@x.com", "work": {"title": "Cook", "reportsTo": {"id": "5"}}, "fieldUpdates": []},
        "previous": null, "creationDate": "2026-05-09T07:36:42.486",
    }))
    .unwrap();
    assert!(v1.read_wanted);
    assert_eq!(v1.fields["root.email"], "v@x.com");
    assert_eq!(v1.fields["work.reportsTo.id"], "5");
}
