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
    ] {
        assert_eq!(org.control("POST", "/faults", order.clone()).await, Err(400), "{order}");
    }
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

    org.control("DELETE", &format!("/users/{id}"), Value::Null).await.expect("removed");
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
}
