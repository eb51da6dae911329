//! The double's own calls, and acts from a file.

use okta_provisioner::sandbox::bob::{Fate, act_times};
use serde_json::{Value, json};

use super::{Hr, ann};

impl Hr {
    /// One of the double's own calls; its body if it went well.
    async fn control(&self, method: &str, path: &str, body: impl Into<reqwest::Body>) -> Result<Value, u16> {
        let url = format!("{}{path}", self.bob.control());
        let request = self.http.request(method.parse().expect("a method"), url).body(body);
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let body = serde_json::from_str(&answer.text().await.expect("a body")).unwrap_or(Value::Null);
        if status.is_success() { Ok(body) } else { Err(status.as_u16()) }
    }

    async fn act(&self, act: Value) -> Result<Value, u16> {
        self.control("POST", "/hr", act.to_string()).await
    }
}

#[tokio::test]
async fn hr_is_driven_by_calls() {
    let hr = Hr::start().await;
    let hired = hr.act(json!({ "do": "hire", "id": "1001", "start": "2026-11-20", "fields": ann() })).await;
    assert_eq!(hired, Ok(json!({ "id": "1001" })));
    let who = "ann@x.example";
    for act in [
        json!({ "do": "change", "who": who, "fields": { "work.title": "Engineer" } }),
        json!({ "do": "leave", "who": "1001", "from": "2026-12-01", "status": "Parental leave", "until": "2027-02-01" }),
        json!({ "do": "back", "who": "1001", "from": "2027-02-01" }),
        json!({ "do": "terminate", "who": who, "on": "2027-06-30", "last_day": "2027-06-15", "reason": "Resigned" }),
        json!({ "do": "move_termination", "who": who, "on": "2027-07-31" }),
        json!({ "do": "cancel_termination", "who": who }),
        json!({ "do": "revoke", "who": who }),
        json!({ "do": "site", "name": "Berlin", "zone": "Europe/Berlin" }),
        json!({ "do": "line", "up": true }),
    ] {
        assert!(hr.act(act.clone()).await.is_ok(), "{act}");
    }
    for act in [
        json!({ "do": "dance", "who": who }),
        json!({ "do": "change", "who": "nobody", "fields": {} }),
        json!({ "do": "change", "who": who, "fields": {}, "form": "2026-01-01" }),
        json!({ "do": "change", "who": who, "fields": { "work.tilte": "x" } }),
        json!({ "do": "change", "who": who, "fields": { "internal.status": "Active" } }),
        json!({ "do": "change", "who": who, "fields": { "root.email": null } }),
        json!({ "do": "change", "who": who, "fields": { "work.reportsTo": "nobody" } }),
        json!({ "do": "change", "who": who, "from": "2026-12-01", "fields": { "root.firstName": "x" } }),
        json!({ "do": "hire", "fields": ann() }),
        json!({ "do": "hire", "fields": { "root.email": "b@x.example", "work.site": "Nowhere" } }),
        json!({ "do": "hire", "fields": { "root.firstName": "x" } }),
        json!({ "do": "terminate", "who": who, "on": "2026-01-01" }),
        json!({ "do": "rehire", "who": who, "start": "2027-12-01" }),
        json!({ "do": "cancel_hire", "who": who }),
        json!({ "do": "cancel_termination", "who": who }),
        json!({ "do": "site", "name": "Mars", "zone": "Mars/Olympus" }),
    ] {
        assert_eq!(hr.act(act.clone()).await, Err(400), "{act}");
    }
    let people = hr.control("GET", "/hr", "").await.expect("people");
    assert_eq!(people[0]["status"], "employed");
    let one = hr.control("GET", "/hr/ann@x.example", "").await.expect("a record");
    assert_eq!((&one["work"]["title"], &one["state"]), (&json!("Engineer"), &json!("uninvited")));
    hr.bob.deliver().await;
    let sent = hr.control("GET", "/webhooks", "").await.expect("webhooks");
    assert_eq!(sent[0]["type"], "employee.created");
    assert_eq!(sent[0]["attempts"], json!([{ "at": "2026-11-23T08:00:00Z", "status": 200 }]));
    let first = hr.control("GET", "/switches", "").await.expect("switches")[0]["name"].clone();
    assert_eq!(first, "slash_keys");
    assert_eq!(hr.control("PATCH", "/switches", r#"{"slash_keys": "no"}"#).await, Err(400));
    assert_eq!(hr.control("POST", "/faults", r#"{"fault": "hide_new_users", "gets": 1}"#).await, Err(400));
    assert_eq!(hr.control("POST", "/faults", r#"{"fault": "status", "status": 500}"#).await, Ok(Value::Null));
    assert_eq!(hr.call("POST", "/people/1001", json!({})).await.status, 500);
    let calls = hr.control("GET", "/calls", "").await.expect("calls");
    assert_eq!(calls.as_array().map(Vec::len), Some(1));
    assert_eq!(hr.control("GET", "/nothing", "").await, Err(404));
}

#[tokio::test]
async fn only_this_machine_drives_hr_and_no_web_page() {
    let hr = Hr::start().await;
    for (header, value) in [("origin", "https://page.example"), ("host", "page.example")] {
        let request = hr.http.post(format!("{}/hr", hr.bob.control())).header(header, value);
        assert_eq!(request.body("{}").send().await.expect("an answer").status(), 403);
    }
}

#[tokio::test]
async fn a_receiver_is_connected_and_pinged() {
    let hr = Hr::start().await;
    let url = hr.bob.webhooks().is_empty().then(|| format!("http://127.0.0.1:{}/", 1)).expect("a url");
    let webhook = json!({ "url": url, "secret": "other" }).to_string();
    assert_eq!(hr.control("POST", "/webhooks", webhook).await, Ok(json!({ "answers": [null, null] })));
    assert_eq!(hr.control("POST", "/webhooks", "{}").await, Err(400));
    hr.bob.hire("2026-12-01", ann());
    hr.bob.deliver().await;
    assert_eq!(hr.bob.webhooks()[0].attempts[0].1, None);
}

#[tokio::test]
async fn acts_of_a_file_happen_by_the_clock() {
    let hr = Hr::start().await;
    let acts = r#"
        // Not yet.
        {"at": "2026-12-24T09:12", "do": "terminate", "who": "1001", "on": "2026-12-31"}
        {"at": "2026-12-01T09:12:30", "do": "hire", "id": "1001", "start": "2026-12-10", "fields": {"root.email": "a@x.example"}}
        {"at": "2026-12-02T09:12:00+02:00", "do": "back", "who": "nobody"}
    "#;
    assert_eq!(hr.bob.play(acts), Ok(3));
    assert_eq!(hr.told().await, []);
    hr.to("2027-01-01T00:00:00Z");
    let told = hr.told().await;
    let told: Vec<_> = told.iter().map(|(kind, at)| (kind.as_str(), &at[..16])).collect();
    let expected = [
        ("employee.created", "2026-12-01T09:12"),
        ("employee.joined", "2026-12-10T00:00"),
        ("employee.activated", "2026-12-10T00:00"),
        ("employee.updated", "2026-12-10T00:00"),
        ("table.entry.created", "2026-12-24T09:12"),
        ("employee.updated", "2026-12-24T09:12"),
        ("employee.left", "2026-12-31T00:00"),
        ("employee.inactivated", "2026-12-31T00:00"),
        ("employee.updated", "2026-12-31T00:00"),
    ];
    assert_eq!(told, expected);
    assert_eq!(hr.bob.acts_refused(), ["2026-12-02T07:12: there is no employee nobody"]);
    assert_eq!(hr.bob.acts_left(), 0);
    assert!(hr.bob.play("{\"do\": \"revoke\", \"who\": \"1\"}").expect_err("no time").contains("line 1"));
    let one = r#"{"at": "2027-02-01T00:00", "do": "delete", "who": "1001"}"#;
    assert_eq!(hr.control("POST", "/acts", one).await, Ok(json!({ "acts": 1 })));
    assert_eq!(hr.control("POST", "/acts", format!("{one}\n{one}")).await, Ok(json!({ "acts": 2 })));
    assert_eq!(hr.bob.acts_left(), 3);
}

#[tokio::test]
async fn whoever_moves_the_clock_is_told_what_comes_next() {
    let hr = Hr::start().await;
    assert_eq!(hr.bob.next(), None);
    let acts = r#"
        {"at": "2026-12-01T09:12", "do": "hire", "id": "1001", "start": "2026-12-10", "fields": {"root.email": "a@x.example"}}
        {"at": "2026-12-05T10:00", "do": "line", "up": false}
        {"at": "2026-12-10T00:02", "do": "line", "up": true}
    "#;
    assert_eq!(act_times(acts).map(|times| times.len()), Ok(3));
    assert!(act_times("{}").is_err());
    hr.bob.play(acts).expect("three acts");
    let mut stops = Vec::new();
    while let Some(next) = hr.bob.next() {
        let next = next.format("%FT%TZ").to_string();
        hr.to(&next);
        hr.bob.deliver().await;
        stops.push(next);
    }
    let expected = [
        "2026-12-01T09:12:00Z",
        "2026-12-05T10:00:00Z",
        // A midnight, and the retries of its webhook, which two more of the same person wait behind.
        "2026-12-10T00:00:00Z",
        "2026-12-10T00:01:00Z",
        "2026-12-10T00:02:00Z",
        "2026-12-10T00:03:00Z",
    ];
    assert_eq!(stops, expected);
    assert!(hr.bob.webhooks().iter().all(|webhook| webhook.fate == Fate::Taken));
}
