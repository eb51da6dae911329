//! Credentials, permissions, limits, the ban, faults.

use chrono::TimeDelta;
use okta_provisioner::sandbox::Fault;
use serde_json::{Value, json};

use super::{Hr, TOKEN, ann, at_site};

#[tokio::test]
async fn fifty_searches_a_minute_and_the_headers_tell() {
    let hr = Hr::start().await;
    let search = || hr.call("POST", "/people/search", json!({}));
    for left in (0..50).rev() {
        let answer = search().await;
        assert_eq!(answer.status, 200);
        let seen = ["limit", "remaining", "reset"].map(|name| answer.number(&format!("x-ratelimit-{name}")));
        assert_eq!(seen, [50, left, 1_795_420_860]);
    }
    let refused = search().await;
    assert_eq!((refused.status, refused.number("x-ratelimit-remaining")), (429, 0));
    assert!(refused.body["key"].is_string() && refused.body["error"].is_string());
    assert_eq!(refused.headers.get("retry-after"), None);
    // Metadata has a window of its own.
    assert_eq!(hr.get("/company/people/fields").await.number("x-ratelimit-limit"), 50);
    assert_eq!(hr.get("/people/1/work").await.number("x-ratelimit-limit"), 100);
    hr.bob.set_switch("retry_after", true);
    assert_eq!(search().await.number("retry-after"), 60);
    hr.advance(TimeDelta::seconds(60));
    assert_eq!(search().await.status, 200);
}

#[tokio::test]
async fn fifty_refusals_lead_to_a_ban() {
    let hr = Hr::start().await;
    let stranger = || hr.send("wrong", "POST", "/people/search", json!({}));
    for _ in 0..49 {
        assert_eq!(stranger().await.expect("an answer").status, 401);
    }
    // Slowly enough it goes on for ever.
    hr.advance(TimeDelta::seconds(11));
    for _ in 0..50 {
        assert_eq!(stranger().await.expect("an answer").status, 401);
    }
    let banned = hr.call("POST", "/people/search", json!({})).await;
    assert_eq!((banned.status, banned.body), (403, Value::Null));
    hr.advance(TimeDelta::seconds(300));
    assert_eq!(hr.call("POST", "/people/search", json!({})).await.status, 200);

    hr.bob.permit(false);
    for _ in 0..50 {
        let refused = hr.call("POST", "/people/search", json!({})).await;
        assert_eq!((refused.status, &refused.body["key"]), (403, &json!("forbidden")));
    }
    hr.bob.permit(true);
    assert_eq!(hr.call("POST", "/people/search", json!({})).await.status, 403);
    // The header is banned, not the host.
    assert_eq!(stranger().await.expect("an answer").status, 401);
    hr.advance(TimeDelta::seconds(300));
    assert_eq!(hr.call("POST", "/people/search", json!({})).await.status, 200);
}

#[tokio::test]
async fn what_is_not_permitted_is_not_there() {
    let hr = Hr::start().await;
    let [seen, hidden] = [ann(), at_site("b", "London")].map(|fields| hr.bob.insert("2020-01-01", fields));
    hr.bob.hide("internal");
    hr.bob.hide("work.title");
    hr.bob.hide_person(&hidden);
    let fields = ["work.title", "work.site", "internal.status", "employee.lastDayOfWork", "no.such"];
    let read = hr.read(&seen, &fields).await;
    assert_eq!(
        read,
        json!({ "id": seen, "work": { "site": "London" }, "/work/site": { "value": "London" } })
    );
    assert_eq!(hr.search(json!({})).await, [seen]);
    assert_eq!(hr.call("POST", &format!("/people/{hidden}"), json!({})).await.status, 404);
    hr.bob.show_all();
    assert_eq!(hr.search(json!({})).await.len(), 2);

    hr.bob.change_from(&hidden, "2026-01-01", json!({ "work.title": "Lead" }));
    let rows = || async { hr.get(&format!("/people/{hidden}/work")).await.body["values"].clone() };
    assert_eq!(rows().await.as_array().map(Vec::len), Some(2));
    hr.bob.permit_histories(false);
    assert_eq!(rows().await.as_array().map(Vec::len), Some(1));
    assert_eq!(rows().await[0]["title"], "Lead");
}

#[tokio::test]
async fn reads_lag_behind_writes() {
    let hr = Hr::start().await;
    let old = hr.bob.insert("2020-01-01", ann());
    let gone = hr.bob.insert("2020-01-01", at_site("g", "London"));
    hr.bob.read_lag(std::time::Duration::from_secs(20));
    hr.bob.change(&old, json!({ "work.title": "Lead", "root.email": "new@x.example" }));
    let new = hr.bob.hire("2020-01-01", at_site("n", "London"));
    hr.bob.delete(&gone);
    hr.advance(TimeDelta::seconds(19));
    assert_eq!(hr.read("ann@x.example", &["work.title"]).await["work"]["title"], json!(null));
    assert_eq!(hr.call("POST", "/people/new@x.example", json!({})).await.status, 404);
    let mut before = vec![old.clone(), gone.clone()];
    before.sort();
    assert_eq!(hr.search(json!({})).await, before);
    assert_eq!(hr.call("POST", &format!("/people/{new}"), json!({})).await.status, 404);
    hr.advance(TimeDelta::seconds(1));
    assert_eq!(hr.read("new@x.example", &["work.title"]).await["work"]["title"], "Lead");
    let mut now = vec![old, new];
    now.sort();
    assert_eq!(hr.search(json!({})).await, now);
}

#[tokio::test]
async fn bad_days_are_ordered_like_oktas() {
    let hr = Hr::start().await;
    let id = hr.bob.insert("2020-01-01", ann());
    let path = format!("/people/{id}");
    for (fault, seen) in [
        (Fault::Status(500), Some(500)),
        (Fault::Html(502), Some(502)),
        (Fault::RateLimit, Some(429)),
        (Fault::Dropped, None),
        (Fault::ReplyLost, None),
        (Fault::Torn, None),
        (Fault::Delay(std::time::Duration::from_millis(1)), Some(200)),
    ] {
        hr.bob.faults().fail_next_on(1, fault, "POST", "/v1/people/");
        let answer = hr.send(TOKEN, "POST", &path, json!({})).await;
        assert_eq!(answer.ok().map(|answer| answer.status), seen, "{fault:?}");
        assert_eq!(hr.bob.faults().pending(), 0);
    }
    let calls = hr.bob.take_calls();
    assert_eq!(calls.iter().map(|call| call.status).collect::<Vec<_>>(), [500, 502, 429, 0, 0, 200, 200]);
    assert_eq!((calls[0].method.as_str(), calls[0].path.as_str()), ("POST", format!("/v1{path}").as_str()));
    assert!(!format!("{calls:?}").contains(TOKEN));
    hr.bob.faults().fail_next(1, Fault::Truncated);
    let cut = hr.call("POST", "/people/search", json!({})).await;
    assert_eq!((cut.status, cut.body), (200, Value::Null));
}
