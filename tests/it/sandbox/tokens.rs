//! Tokens: their share of the limits, their roles, their life.

use okta_provisioner::sandbox::{Role, Token};
use serde_json::{Value, json};

use super::{Org, START, TOKEN, person, text};

const DAY: i64 = 86_400;

#[tokio::test]
async fn each_token_has_its_share_of_the_limit_and_none_gets_more_than_the_org_has() {
    let org = Org::with_limit(10).await;
    for (secret, share) in [("half", 50), ("most", 80)] {
        org.sandbox.add_token(Token { share, ..Token::new(secret) });
    }
    let mut seen = Vec::new();
    for token in
        ["half", "half", "most", "most", "half", "half", "half", "half", "most", "most", "most", "most"]
    {
        let answer = org.call_as(token, "GET", "/users/me").await;
        seen.push((
            answer.status,
            answer.number("x-rate-limit-limit"),
            answer.number("x-rate-limit-remaining"),
        ));
    }
    // What others took is missed by all only when the org itself runs out.
    let expected = [
        (200, 5, 4),
        (200, 5, 3),
        (200, 8, 7),
        (200, 8, 6),
        (200, 5, 2),
        (200, 5, 1),
        (200, 5, 0),
        (429, 5, 0),
        (200, 8, 2),
        (200, 8, 1),
        (200, 8, 0),
        (429, 8, 0),
    ];
    assert_eq!(seen, expected);
    org.advance(60);
    assert_eq!(org.call_as("half", "GET", "/users/me").await.number("x-rate-limit-remaining"), 4);
}

#[tokio::test]
async fn a_token_does_what_its_role_allows() {
    let org = Org::start().await;
    let id = org.sandbox.insert(person("ann@x.com"), "ACTIVE");
    let denied = vec![("POST".to_owned(), "/api/v1/users/*/lifecycle/suspend".to_owned())];
    org.sandbox.add_token(Token { role: Role::ReadOnlyAdmin, ..Token::new("reader") });
    org.sandbox.add_token(Token { role: Role::Without(denied), ..Token::new("helper") });
    let nothing = vec![(String::new(), "/api/v1/users/*".to_owned())];
    org.sandbox.add_token(Token { role: Role::Without(nothing), ..Token::new("stranger") });
    let own = format!("/users/{id}");
    let suspend = format!("/users/{id}/lifecycle/suspend");
    let unsuspend = format!("/users/{id}/lifecycle/unsuspend");
    for (token, method, path, status) in [
        ("reader", "GET", &own, 200),
        ("reader", "DELETE", &own, 403),
        ("reader", "POST", &suspend, 403),
        ("helper", "POST", &suspend, 403),
        ("helper", "POST", &unsuspend, 400),
        ("stranger", "GET", &own, 403),
        ("stranger", "GET", &"/users/me".to_owned(), 200),
    ] {
        assert_eq!(org.call_as(token, method, path).await.status, status, "{token} {method} {path}");
    }
    let refused = org.call_as("reader", "POST", &suspend).await;
    let summary = "You do not have permission to perform the requested action";
    assert_eq!(refused.error(), (403, "E0000006", summary, vec![]));
    assert_eq!(org.status(&id).await, "ACTIVE");

    let roles = org.get("/users/me/roles").await.body;
    let kinds: Vec<_> = roles.as_array().expect("a list").iter().map(|role| text(&role["type"])).collect();
    assert_eq!(kinds, ["SUPER_ADMIN", "READ_ONLY_ADMIN", "CUSTOM"]);
    assert_eq!(org.get(&format!("/users/{id}/roles")).await.body, json!([]));
}

#[tokio::test]
async fn a_token_lives_thirty_days_after_its_last_use_and_tells_so() {
    let org = Org::start().await;
    org.advance(20 * DAY);
    let listed = org.get("/api-tokens").await.body;
    let mine = &listed[0];
    assert_eq!(
        (&mine["expiresAt"], &mine["tokenWindow"]),
        (&json!("2027-01-12T08:00:00.000Z"), &Value::Null)
    );
    assert_eq!(mine["userId"], org.get("/users/me").await.body["id"]);
    let path = format!("/api-tokens/{}", text(&mine["id"]));
    let shown = org.get(&path).await.body;
    assert_eq!(
        (&shown["tokenWindow"], &shown["created"]),
        (&json!("P30D"), &json!("2026-11-23T08:00:00.000Z"))
    );

    let missing = org.get("/api-tokens/current").await;
    assert_eq!(missing.error().2, "Not found: Resource not found: current (Token)");
    org.sandbox.set_switch("current_token_readable", true);
    assert_eq!(org.get("/api-tokens/current").await.body, shown);

    org.advance(30 * DAY - 1);
    assert_eq!(org.get("/users/me").await.status, 200);
    org.advance(30 * DAY);
    assert_eq!(org.get("/users/me").await.error(), (401, "E0000011", "Invalid token provided", vec![]));
    assert_eq!(org.clock.load(std::sync::atomic::Ordering::Relaxed), START + 80 * DAY - 1);
}

#[tokio::test]
async fn a_token_dies_with_its_owner_and_when_it_is_revoked() {
    let org = Org::start().await;
    let ann = org.sandbox.insert(person("ann@x.com"), "ACTIVE");
    org.sandbox.add_token(Token { owner: Some(ann.clone()), ..Token::new("anns") });
    assert_eq!(org.call_as("anns", "GET", "/users/me").await.body["id"], ann.as_str());
    org.post(&format!("/users/{ann}/lifecycle/deactivate")).await;
    assert_eq!(org.call_as("anns", "GET", "/users/me").await.error().1, "E0000011");

    org.sandbox.add_token(Token { outside_zone: true, ..Token::new("far") });
    assert_eq!(org.call_as("far", "GET", "/users/me").await.error().1, "E0000011");
    org.sandbox.set_switch("outside_zone_is_403", true);
    assert_eq!(org.call_as("far", "GET", "/users/me").await.error().1, "E0000006");

    assert_eq!(org.call("DELETE", "/api-tokens/current", Value::Null).await.status, 204);
    assert_eq!(org.call_as(TOKEN, "GET", "/users/me").await.status, 401);
}
