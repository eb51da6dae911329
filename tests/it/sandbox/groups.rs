//! Groups and their members.

use serde_json::{Value, json};

use super::lists::link;
use super::{Answer, Org, person, text};

async fn group(org: &Org, name: &str) -> String {
    let answer = org.call("POST", "/groups", json!({ "profile": { "name": name } })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    text(&answer.body["id"])
}

/// The names of the groups, or the logins of the users, of a list.
fn names(answer: &Answer) -> Vec<String> {
    let all = answer.body.as_array().expect("a list");
    all.iter().map(|one| text(one["profile"].get("login").unwrap_or(&one["profile"]["name"]))).collect()
}

#[tokio::test]
async fn the_life_of_a_group() {
    let org = Org::start().await;
    let profile = json!({ "name": "Engineers", "description": null });
    let created = org.call("POST", "/groups", json!({ "profile": profile })).await;
    assert_eq!(created.status, 200);
    let id = text(&created.body["id"]);
    assert!(id.starts_with("00g") && id.len() == 20, "{id}");
    assert_eq!(created.body["type"], "OKTA_GROUP");
    assert_eq!(created.body["profile"], profile);
    assert_eq!(created.body["objectClass"], json!(["okta:user_group"]));
    for time in ["created", "lastUpdated", "lastMembershipUpdated"] {
        assert_eq!(created.body[time], "2026-11-23T08:00:00.000Z");
    }
    let path = format!("/groups/{id}");
    assert_eq!(org.get(&path).await.body, created.body);

    org.advance(10);
    let profile = json!({ "name": "Builders", "description": "They build" });
    let replaced = org.call("PUT", &path, json!({ "profile": profile })).await;
    assert_eq!((replaced.status, &replaced.body["profile"]), (200, &profile));
    assert_eq!(replaced.body["lastUpdated"], "2026-11-23T08:00:10.000Z");
    assert_eq!(replaced.body["lastMembershipUpdated"], created.body["lastMembershipUpdated"]);
    // What a PUT does not say is gone.
    let replaced = org.call("PUT", &path, json!({ "profile": { "name": "Builders" } })).await;
    assert_eq!(replaced.body["profile"], json!({ "name": "Builders", "description": null }));

    let deleted = org.call("DELETE", &path, Value::Null).await;
    assert_eq!((deleted.status, deleted.body), (204, Value::Null));
    let gone = format!("Not found: Resource not found: {id} (UserGroup)");
    for (method, path) in
        [("GET", path.clone()), ("PUT", path.clone()), ("DELETE", path.clone()), ("GET", path + "/users")]
    {
        let answer = org.call(method, &path, json!({ "profile": { "name": "x" } })).await;
        assert_eq!(answer.error(), (404, "E0000007", &*gone, vec![]), "{method} {path}");
    }
}

#[tokio::test]
async fn bad_groups_are_refused() {
    let org = Org::start().await;
    let id = group(&org, "Engineers").await;
    for (profile, code, cause) in [
        (json!({}), "E0000001", "name: The field cannot be left blank"),
        (
            json!({ "name": "Engineers" }),
            "E0000001",
            "name: An object with this field already exists in the current organization",
        ),
        (json!({ "name": "x".repeat(256) }), "E0000001", "name: The field is too long"),
        (
            json!({ "name": "a", "description": "x".repeat(1025) }),
            "E0000001",
            "description: The field is too long",
        ),
        (
            json!({ "name": "a", "colour": "red" }),
            "E0000001",
            "Property name 'colour' is not defined in profile",
        ),
        (Value::Null, "E0000003", ""),
    ] {
        let answer = org.call("POST", "/groups", json!({ "profile": profile })).await;
        let causes = if cause.is_empty() { vec![] } else { vec![cause] };
        assert_eq!((answer.error().0, answer.error().1, answer.error().3), (400, code, causes), "{profile}");
    }
    org.sandbox.set_switch("duplicate_group_is_409", true);
    let twice = org.call("POST", "/groups", json!({ "profile": { "name": "Engineers" } })).await;
    assert_eq!((twice.status, twice.error().1), (409, "E0000055"));
    let malformed = org.call("PUT", &format!("/groups/{id}"), json!({ "boop": "bap" })).await;
    assert_eq!((malformed.status, malformed.error().1), (400, "E0000003"));
    // A group keeps its own name.
    let same = json!({ "profile": { "name": "Engineers", "description": "x" } });
    assert_eq!(org.call("PUT", &format!("/groups/{id}"), same).await.status, 200);
    assert_eq!(names(&org.get("/groups").await), ["Everyone", "Engineers"]);
    assert_eq!(org.get("/groups/rules").await.error().1, "E0000008");
    assert_eq!(org.post("/groups/rules").await.error().1, "E0000008");
    assert_eq!(org.post(&format!("/groups/{id}")).await.status, 405);
}

#[tokio::test]
async fn members_come_and_go() {
    let org = Org::start().await;
    let (id, user) = (group(&org, "Engineers").await, org.create("ann@x.com").await);
    let path = format!("/groups/{id}");
    let membership = format!("{path}/users/{user}");
    let changed = async || text(&org.get(&path).await.body["lastMembershipUpdated"]);

    for (seconds, method, members, when) in [
        (10, "PUT", 1, "2026-11-23T08:00:10.000Z"),
        (20, "PUT", 1, "2026-11-23T08:00:10.000Z"),
        (30, "DELETE", 0, "2026-11-23T08:00:30.000Z"),
        (40, "DELETE", 0, "2026-11-23T08:00:30.000Z"),
        (50, "PUT", 1, "2026-11-23T08:00:50.000Z"),
    ] {
        org.advance(10);
        let answer = org.call(method, &membership, Value::Null).await;
        assert_eq!((answer.status, answer.body), (204, Value::Null), "{method} after {seconds} s");
        assert_eq!(names(&org.get(&format!("{path}/users")).await).len(), members);
        assert_eq!(changed().await, when);
        let groups = names(&org.get("/users/ANN@x.com/groups").await);
        assert_eq!(groups.len(), 1 + members, "Everyone besides: {groups:?}");
    }
    org.sandbox.set_switch("membership_repeats", false);
    for (method, status) in [("PUT", 400), ("DELETE", 204), ("DELETE", 404), ("PUT", 204)] {
        assert_eq!(org.call(method, &membership, Value::Null).await.status, status, "{method}");
    }
    org.sandbox.set_switch("membership_repeats", true);
    // Members are shown as users are in lists.
    let listed = org.get(&format!("{path}/users")).await;
    assert_eq!(listed.body[0]["_links"].as_object().expect("links").len(), 1);

    for (call, missing) in [
        (format!("{path}/users/00unobody"), "00unobody (User)"),
        (format!("{path}/users/ann@x.com"), "ann@x.com (User)"),
        (format!("/groups/00gnone/users/{user}"), "00gnone (UserGroup)"),
    ] {
        for method in ["PUT", "DELETE"] {
            let summary = format!("Not found: Resource not found: {missing}");
            let answer = org.call(method, &call, Value::Null).await;
            assert_eq!(answer.error(), (404, "E0000007", &*summary, vec![]));
        }
    }

    // Deactivation changes nothing here, deletion does.
    org.advance(10);
    org.post(&format!("/users/{user}/lifecycle/deactivate")).await;
    assert_eq!(names(&org.get(&format!("{path}/users")).await), ["ann@x.com"]);
    assert_eq!(changed().await, "2026-11-23T08:00:50.000Z");
    assert_eq!(org.call("PUT", &membership, Value::Null).await.status, 204);
    org.sandbox.set_switch("deactivated_join_groups", false);
    assert_eq!(org.call("PUT", &membership, Value::Null).await.error().1, "E0000038");
    org.call("DELETE", &format!("/users/{user}"), Value::Null).await;
    assert!(names(&org.get(&format!("{path}/users")).await).is_empty());
    assert_eq!(changed().await, "2026-11-23T08:01:00.000Z");
}

#[tokio::test]
async fn everyone_is_in_everyone_and_nobody_can_change_that() {
    let org = Org::start().await;
    let everyone = org.get("/groups?q=every").await.body[0].clone();
    assert_eq!((&everyone["type"], &everyone["profile"]["name"]), (&json!("BUILT_IN"), &json!("Everyone")));
    let path = format!("/groups/{}", text(&everyone["id"]));
    org.advance(10);
    let user = org.create("ann@x.com").await;
    assert_eq!(names(&org.get(&format!("{path}/users")).await), ["admin@sandbox.example", "ann@x.com"]);
    assert_eq!(org.get(&path).await.body["lastMembershipUpdated"], "2026-11-23T08:00:10.000Z");
    for (method, path) in [
        ("PUT", format!("{path}/users/{user}")),
        ("DELETE", format!("{path}/users/{user}")),
        ("DELETE", path.clone()),
        ("PUT", path.clone()),
    ] {
        for (switch, status, code) in [(true, 501, "E0000060"), (false, 403, "E0000111")] {
            org.sandbox.set_switch("everyone_is_501", switch);
            let answer = org.call(method, &path, json!({ "profile": { "name": "Some" } })).await;
            assert_eq!((answer.status, answer.error().1), (status, code), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_user_is_created_into_groups() {
    let org = Org::start().await;
    let (one, two) = (group(&org, "One").await, group(&org, "Two").await);
    let everyone = text(&org.get("/groups?q=Everyone").await.body[0]["id"]);
    let create = async |groups: Value| {
        org.call("POST", "/users", json!({ "profile": person("ann@x.com"), "groupIds": groups })).await
    };
    for (groups, status, code) in [
        (json!(["12345678901011"]), 404, "E0000007"),
        (json!([one, "00gnone"]), 404, "E0000007"),
        (json!([one, everyone]), 501, "E0000060"),
        (json!(vec![&one; 21]), 400, "E0000001"),
    ] {
        let answer = create(groups.clone()).await;
        assert_eq!((answer.status, answer.error().1), (status, code), "{groups}");
        assert_eq!(org.get("/users/ann@x.com").await.status, 404, "{groups}");
        assert!(names(&org.get(&format!("/groups/{one}/users")).await).is_empty());
    }
    for malformed in [json!("abc"), json!([7]), json!({})] {
        assert_eq!(create(malformed.clone()).await.error().1, "E0000003", "{malformed}");
    }
    assert_eq!(create(json!([one, two, one])).await.status, 200);
    assert_eq!(names(&org.get("/users/ann@x.com/groups").await), ["Everyone", "One", "Two"]);
}

#[tokio::test]
async fn lists_of_groups_and_members_come_in_pages() {
    let org = Org::start().await;
    let mut ids = vec![];
    for number in 1..5 {
        ids.push(group(&org, &format!("Group {number}")).await);
    }
    let user = org.create("ann@x.com").await;
    for id in &ids {
        org.call("PUT", &format!("/groups/{id}/users/{user}"), Value::Null).await;
    }
    for number in 1..5 {
        let user = org.create(&format!("user{number}@x.com")).await;
        org.call("PUT", &format!("/groups/{}/users/{user}", ids[0]), Value::Null).await;
    }
    for (start, default) in [
        ("/groups".to_owned(), 10_000),
        (format!("/users/{user}/groups"), 200),
        (format!("/groups/{}/users", ids[0]), 1_000),
    ] {
        let whole = org.get(&start).await;
        let own = link(&whole.headers, &org.sandbox.url(), "self");
        assert_eq!(own, Some(format!("{start}?limit={default}")));
        assert_eq!(link(&whole.headers, &org.sandbox.url(), "next"), None);
        let (mut sizes, mut seen, mut next) = (vec![], vec![], Some(format!("{start}?limit=2")));
        while let Some(path) = next {
            let page = org.get(&path).await;
            sizes.push(names(&page).len());
            seen.extend(names(&page));
            next = link(&page.headers, &org.sandbox.url(), "next");
        }
        assert_eq!((sizes, &seen), (vec![2, 2, 1], &names(&whole)), "{start}");
    }
    let found = org.get("/groups?q=group&limit=3").await;
    assert_eq!(names(&found), ["Group 1", "Group 2", "Group 3"]);
    assert!(!found.headers.contains_key("link"));
    assert_eq!(org.get("/groups?limit=x").await.error().1, "E0000029");
    assert_eq!(org.get("/groups?limit=10001").await.status, 200);
    org.sandbox.set_switch("limit_clamped", false);
    assert_eq!(org.get("/groups?limit=10001").await.error().1, "E0000029");
    assert_eq!(
        (org.get("/users?limit=201").await.error().1, org.get("/users?limit=200").await.status),
        ("E0000029", 200)
    );
}

#[tokio::test]
async fn groups_are_searched_and_filtered() {
    let org = Org::start().await;
    let west = group(&org, "West Coast").await;
    org.advance(60);
    group(&org, "East Coast").await;
    let find = async |key: &str, expression: &str| {
        let url = reqwest::Url::parse_with_params("http://x/groups", [(key, expression)]).expect("a URL");
        let answer = org.get(&url.as_str().replace("http://x", "")).await;
        if answer.status == 200 { Ok(names(&answer)) } else { Err(answer.error().1.to_owned()) }
    };
    let minute = "\"2026-11-23T08:01:00.000Z\"";
    let by_id = format!("id eq \"{west}\" and type eq \"OKTA_GROUP\"");
    for (key, expression, found) in [
        ("search", "profile.name eq \"west coast\"", vec!["West Coast"]),
        ("search", "profile.name sw \"EAST\" or type eq \"BUILT_IN\"", vec!["Everyone", "East Coast"]),
        ("search", "profile.name co \"Coast\"", vec!["West Coast", "East Coast"]),
        ("search", "profile.description co \"organ\"", vec!["Everyone"]),
        ("search", &format!("created ge {minute}"), vec!["East Coast"]),
        ("search", &format!("lastMembershipUpdated lt {minute}"), vec!["Everyone", "West Coast"]),
        ("filter", &by_id, vec!["West Coast"]),
        ("filter", &format!("lastUpdated gt {minute} or type eq \"BUILT_IN\""), vec!["Everyone"]),
        ("filter", "type eq \"okta_group\"", vec![]),
    ] {
        assert_eq!(
            find(key, expression).await.as_deref(),
            Ok(&*found.iter().map(ToString::to_string).collect::<Vec<_>>()),
            "{expression}"
        );
    }
    for (key, expression) in [
        ("search", "profile.name pr"),
        ("search", "profile.colour eq \"red\""),
        ("search", "id co \"00g\""),
        ("search", "profile.login eq \"ann\""),
        ("filter", "profile.name eq \"West Coast\""),
        ("filter", &format!("created gt {minute}")),
        ("filter", "type sw \"OKTA\""),
    ] {
        assert_eq!(find(key, expression).await, Err("E0000031".to_owned()), "{expression}");
    }
    assert_eq!(org.get("/groups?search=x&filter=y").await.error().1, "E0000033");
    assert_eq!(org.get("/groups?sortBy=profile.name").await.status, 501);
    // What is of groups is not of users.
    let users = org.get("/users?search=lastMembershipUpdated+gt+%222026-11-23T08:01:00.000Z%22").await;
    assert_eq!(users.error().1, "E0000031");
}
