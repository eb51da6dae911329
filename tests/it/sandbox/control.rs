//! The sandbox's own calls: faults, switches, the record, and what an admin does by hand.

use serde_json::{Value, json};

use super::{Org, person, text};

impl Org {
    /// One of the sandbox's own calls, without a token; its body if it went well.
    async fn control(&self, method: &str, path: &str, body: Value) -> Result<Value, u16> {
        let url = format!("{}/sandbox{path}", self.sandbox.url());
        let request = self.http.request(method.parse().expect("a method"), url);
        let answer = request.json(&body).send().await.expect("an answer");
        let status = answer.status();
        let body = serde_json::from_str(&answer.text().await.expect("a body")).unwrap_or(Value::Null);
        if status.is_success() { Ok(body) } else { Err(status.as_u16()) }
    }
}

#[tokio::test]
async fn faults_are_ordered_and_taken_back() {
    let org = Org::start().await;
    let order = json!({
        "fault": "status", "status": 503, "after": true, "times": 2, "method": "POST", "path": "/api/v1/users",
    });
    assert_eq!(org.control("POST", "/faults", order).await, Ok(Value::Null));
    for (login, status) in [("a@x.com", 503), ("b@x.com", 503), ("c@x.com", 200)] {
        assert_eq!(org.get("/users/me").await.status, 200);
        let answer = org.call("POST", "/users", json!({ "profile": person(login) })).await;
        assert_eq!(answer.status, status);
        assert!(org.sandbox.user_by_login(login).is_some());
    }
    for (order, seen) in [
        (json!({ "fault": "html" }), Some(502)),
        (json!({ "fault": "drop" }), None),
        (json!({ "fault": "rate_limit" }), Some(429)),
        (json!({ "fault": "delay", "ms": 1 }), Some(200)),
        (json!({ "fault": "down" }), None),
    ] {
        assert_eq!(org.control("POST", "/faults", order.clone()).await, Ok(Value::Null));
        let answer = org.try_call("GET", "/users/me", Value::Null).await;
        assert_eq!(answer.ok().map(|answer| answer.status), seen, "{order}");
    }
    assert_eq!(org.control("DELETE", "/faults", Value::Null).await, Ok(Value::Null));
    assert_eq!(org.get("/users/me").await.status, 200);
    for order in [
        json!({ "fault": "flood" }),
        json!({ "fault": "status", "status": 7 }),
        json!({ "fault": "drop", "x": 1 }),
        json!({ "fault": "drop", "status": 500 }),
        json!({ "fault": "truncated", "after": true }),
        json!({ "fault": "down", "times": 2 }),
        json!({ "fault": "hide_new_users", "ms": 1, "gets": 1 }),
        json!({ "fault": "random", "rate": 2 }),
        json!({ "fault": "search_lag", "ms": 9_007_199_254_740_993_u64 }),
        json!({ "fault": "transitions_take", "ms": u64::MAX }),
    ] {
        assert_eq!(org.control("POST", "/faults", order.clone()).await, Err(400), "{order}");
    }
}

#[tokio::test]
async fn an_order_that_is_none_is_told_what_orders_are() {
    let org = Org::start().await;
    let url = format!("{}/sandbox/faults", org.sandbox.url());
    for (order, why) in [
        (json!([]), "an order is a JSON object with a `fault`"),
        (json!({}), "an order names its `fault`"),
        (json!({ "fault": "drop", "status": 500 }), "drop has no use for `status`"),
    ] {
        let answer = org.http.post(&url).json(&order).send().await.expect("an answer");
        let said: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
        assert_eq!(said, json!({ "error": why }));
    }
    let done = org.http.delete(&url).send().await.expect("an answer");
    assert_eq!((done.status().as_u16(), done.headers().get("content-type")), (204, None));
}

#[tokio::test]
async fn a_web_page_does_not_get_at_the_sandboxs_own_calls() {
    let org = Org::start().await;
    let url = format!("{}/sandbox/faults", org.sandbox.url());
    for (header, value, status) in [
        ("origin", "http://evil.example", 403),
        ("origin", "null", 403),
        ("host", "evil.example", 403),
        ("host", "evil.example:8080", 403),
        ("host", "127.0.0.1.evil.example", 403),
        ("host", "localhost", 204),
        ("host", "LOCALHOST:8080", 204),
        ("host", "[::1]:8080", 204),
        ("host", "127.0.0.1", 204),
    ] {
        let order = json!({ "fault": "html", "path": "/nowhere" }).to_string();
        let answer = org.http.post(&url).header(header, value).body(order).send().await;
        assert_eq!(answer.expect("an answer").status(), status, "{header}: {value}");
    }
    assert_eq!(org.sandbox.faults().pending(), 4);
}

#[tokio::test]
async fn the_record_holds_no_password_and_no_answer() {
    let org = Org::start().await;
    let body = json!({
        "profile": person("ann@x.com"),
        "credentials": {
            "password": { "value": "s3cret", "hash": { "salt": "s3cret", "workFactor": 10 } },
            "recovery_question": { "question": "Whose?", "answer": "s3cret" },
        },
    });
    let created = org.call("POST", "/users", body).await;
    let change = json!({ "oldPassword": { "value": "s3cret" }, "newPassword": { "value": "s3cret2" } });
    let path = format!("/users/{}/credentials/change_password", text(&created.body["id"]));
    assert_eq!(org.call("POST", &path, change).await.status, 200);
    let calls = org.sandbox.calls();
    assert!(!format!("{calls:?}").contains("s3cret"), "{calls:?}");
    assert_eq!(calls[0].body["profile"], person("ann@x.com"));
    assert_eq!(calls[0].body["credentials"]["password"]["value"], "");
    assert_eq!(calls[0].body["credentials"]["recovery_question"]["question"], "Whose?");
}

#[tokio::test]
async fn switches_are_listed_with_what_is_not_known() {
    let org = Org::start().await;
    let listed = org.control("GET", "/switches", Value::Null).await.expect("a list");
    let listed = listed.as_array().expect("a list");
    assert!(
        listed
            .iter()
            .all(|switch| !text(&switch["decides"]).is_empty() && !text(&switch["unknown"]).is_empty())
    );
    let value = |listed: &Value| {
        let found = listed.as_array()?.iter().find(|switch| switch["name"] == "suspend_provisioned")?.clone();
        found["value"].as_bool()
    };
    let turned = org.control("PATCH", "/switches", json!({ "suspend_provisioned": true })).await;
    assert_eq!((value(&json!(listed)), value(&turned.expect("a list"))), (Some(false), Some(true)));
    let id = org.create("ann@x.com").await;
    assert_eq!(org.post(&format!("/users/{id}/lifecycle/suspend")).await.status, 200);
    for bad in [json!({ "nothing": true }), json!({ "suspend_provisioned": 1 }), json!([])] {
        assert_eq!(org.control("PATCH", "/switches", bad).await, Err(400));
    }
    // All or none.
    let half = json!({ "suspend_provisioned": false, "unknown": true });
    assert_eq!(org.control("PATCH", "/switches", half).await, Err(400));
    assert_eq!(value(&org.control("GET", "/switches", Value::Null).await.expect("a list")), Some(true));
}

#[tokio::test]
async fn an_admin_can_be_played_and_the_record_read() {
    let org = Org::start().await;
    let planted = json!({ "profile": person("ann@x.com"), "status": "DEPROVISIONED" });
    let id = text(&org.control("POST", "/users", planted.clone()).await.expect("an id")["id"]);
    assert_eq!(org.status(&id).await, "DEPROVISIONED");
    let status = format!("/users/{id}/status");
    assert_eq!(org.control("PUT", &status, json!({ "status": "SUSPENDED" })).await, Ok(Value::Null));
    assert_eq!(org.status(&id).await, "SUSPENDED");
    assert_eq!(org.control("PUT", &status, json!({ "status": "ASLEEP" })).await, Err(400));
    assert_eq!(org.control("POST", "/users", planted).await, Err(400));

    // Its own calls are no calls of Okta's.
    let calls = org.control("GET", "/calls", Value::Null).await.expect("a list");
    assert_eq!(calls.as_array().map(Vec::len), Some(2));
    assert_eq!((&calls[0]["method"], &calls[0]["status"]), (&json!("GET"), &json!(200)));
    assert_eq!(calls[0]["path"], format!("/api/v1/users/{id}"));
    org.control("DELETE", "/calls", Value::Null).await.expect("forgotten");
    assert_eq!(org.control("GET", "/calls", Value::Null).await, Ok(json!([])));

    org.control("DELETE", "/users/ann@x.com", Value::Null).await.expect("removed");
    assert_eq!(org.control("DELETE", "/users/ann@x.com", Value::Null).await, Err(404));
    assert_eq!(org.control("PUT", &status, json!({ "status": "ACTIVE" })).await, Err(404));
    assert_eq!(org.get(&format!("/users/{id}")).await.status, 404);
    assert_eq!(org.control("GET", "/weather", Value::Null).await, Err(404));
}

#[test]
fn the_command_lists_the_switches() {
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
    let output = program.args(["sandbox", "--switches"]).output().expect("a program");
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    for about in okta_provisioner::sandbox::SWITCHES {
        let state = if about.default { "on" } else { "off" };
        assert!(
            printed.contains(&format!("{} ({state})\n    on: {}", about.name, about.decides)),
            "{printed}"
        );
    }
    assert!(printed.contains("Guesses that are no switch"), "{printed}");
}
