use okta_provisioner::domain::account::Status;
use okta_provisioner::okta::Verdict;
use serde_json::json;

use super::{client, get, now, refusal, user};
use crate::support::server::{Says, Server};

#[tokio::test]
async fn a_key_is_one_segment_of_the_path() {
    for (key, path) in [
        ("00u1", "/api/v1/users/00u1"),
        ("ann@x.com", "/api/v1/users/ann@x.com"),
        ("a%b#c d@x.com", "/api/v1/users/a%25b%23c%20d@x.com"),
        ("zo\u{eb}@x.com", "/api/v1/users/zo%C3%AB@x.com"),
        ("a+b;c@x.com", "/api/v1/users/a+b;c@x.com"),
    ] {
        let server = Server::start([Says(200, vec![], user("00u9", key).to_string())]).await;
        let answer = get(&client(&server.origin), key).await.unwrap();
        assert_eq!(answer.account.map(|a| a.login).as_deref(), Some(key));
        assert_eq!(server.asked()[0].line(), format!("GET {path}"));
    }
}

#[tokio::test]
async fn a_login_that_no_path_can_hold_is_searched_for() {
    for (key, search) in [
        ("a/b@x.com", "profile.login+eq+%22a%2Fb%40x.com%22"),
        ("a?b@x.com", "profile.login+eq+%22a%3Fb%40x.com%22"),
        (r#"a/"b\@x.com"#, "profile.login+eq+%22a%2F%5C%22b%5C%5C%40x.com%22"),
        ("..", "profile.login+eq+%22..%22"),
        ("me", "profile.login+eq+%22me%22"),
        ("", "profile.login+eq+%22%22"),
    ] {
        let users = json!([user("00u8", "other@x.com"), user("00u9", key)]);
        let server = Server::start([Says(200, vec![], users.to_string())]).await;
        let answer = get(&client(&server.origin), key).await.unwrap();
        assert_eq!(answer.account.map(|a| a.id.0).as_deref(), Some("00u9"), "{key}");
        assert_eq!(server.asked()[0].line(), format!("GET /api/v1/users?search={search}"));
    }
    let twice = json!([user("00u8", "a/b@x.com"), user("00u9", "A/B@x.com")]);
    let server = Server::start([Says(200, vec![], twice.to_string()), Says(200, vec![], "[]".into())]).await;
    let client = client(&server.origin);
    let fault = get(&client, "a/b@x.com").await.unwrap_err();
    assert_eq!(fault.verdict, Verdict::Block);
    assert!(!fault.to_string().contains("x.com"));
    assert_eq!(get(&client, "a/b@x.com").await.unwrap().account, None);
}

#[tokio::test]
async fn who_is_not_there_is_an_answer_and_a_namesake_is_not_taken() {
    let server = Server::start([
        Says(404, vec![], refusal("E0000007", "")),
        Says(200, vec![], user("00u9", "ann@other.example").to_string()),
        Says(404, vec![], "<html>Page not found: ann@x.com</html>".into()),
    ])
    .await;
    let client = client(&server.origin);
    assert_eq!(get(&client, "ann@x.com").await.unwrap().account, None);
    assert_eq!(get(&client, "ann").await.unwrap().account, None);
    let fault = get(&client, "ann@x.com").await.unwrap_err();
    assert_eq!((fault.verdict, fault.unreachable), (Verdict::Retry { after: None }, true));
    assert!(!fault.to_string().contains("ann"));
}

#[tokio::test]
async fn pages_are_followed_to_the_end_and_never_off_the_host() {
    let link =
        |query: &str, rel: &str| format!("<https://elsewhere.example/api/v1/users?{query}>; rel=\"{rel}\"");
    let page = |id: &str| json!([user(id, &format!("{id}@x.com"))]).to_string();
    let (this, second, third) =
        (link("limit=200", "self"), link("after=2&limit=200", "next"), link("after=3", "next"));
    let server = Server::start([
        Says(200, vec![("link", this.clone()), ("link", second)], page("00u1")),
        Says(200, vec![("link", format!("{this}, {third}"))], "[]".into()),
        Says(200, vec![("link", this)], page("00u3")),
    ])
    .await;
    let client = client(&server.origin);
    let after = "2026-01-02T03:04:05.678Z".parse().unwrap();
    let (mut cursor, mut ids) = (None, Vec::new());
    loop {
        let page =
            client.list(Some(after), cursor.as_ref(), client.admit_list(now()).await.unwrap()).await.unwrap();
        ids.extend(page.accounts.into_iter().map(|a| a.id.0));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(ids, ["00u1", "00u3"]);
    let lines: Vec<_> = server.asked().iter().map(crate::support::server::Asked::line).collect();
    assert_eq!(
        lines,
        [
            "GET /api/v1/users?search=lastUpdated+gt+%222026-01-02T03%3A04%3A05.678Z%22&limit=200",
            "GET /api/v1/users?after=2&limit=200",
            "GET /api/v1/users?after=3",
        ]
    );
}

#[tokio::test]
async fn a_list_of_everybody_starts_at_the_epoch_and_one_that_goes_in_circles_is_left() {
    let next = vec![("link", "<https://acme.okta.com/api/v1/users?after=2>; rel=\"next\"".to_owned())];
    let server = Server::start([Says(200, next.clone(), "[]".into()), Says(200, next, "[]".into())]).await;
    let client = client(&server.origin);
    let page = client.list(None, None, client.admit_list(now()).await.unwrap()).await.unwrap();
    assert!(server.asked()[0].line().contains("search=lastUpdated+gt+%221970-01-01T00%3A00%3A00.000Z%22&"));
    assert!(client.list(None, page.next.as_ref(), client.admit_list(now()).await.unwrap()).await.is_err());
}

#[tokio::test]
async fn the_tokens_owner_and_the_schema_are_read() {
    let schema = json!({"definitions": {"base": {"properties": {"login": {"type": "string", "maxLength": 100}},
        "required": ["login"]}, "custom": {"properties": {}}}});
    let server = Server::start([
        Says(200, vec![], user("00uA", "admin@x.com").to_string()),
        Says(200, vec![], schema.to_string()),
        Says(401, vec![], refusal("E0000011", "")),
    ])
    .await;
    let client = client(&server.origin);
    let owner = client.me().await.unwrap();
    assert_eq!(
        (owner.id.0.as_str(), owner.login.as_str(), owner.status),
        ("00uA", "admin@x.com", Status::Active)
    );
    let attributes = client.schema().await.unwrap().value;
    assert!(attributes["login"].required && attributes["login"].max_length == Some(100));
    let fault = client.probe().await.unwrap_err();
    assert_eq!((fault.verdict, fault.code.as_deref()), (Verdict::Halt, Some("E0000011")));
    assert!(fault.to_string().contains("okta.api_token"));
}
