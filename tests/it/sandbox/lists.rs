//! Lists: pages, search, filter.

use reqwest::header::HeaderMap;
use serde_json::json;

use super::{Org, person, text};

/// The path below `/api/v1` of the link with this relation; each link has a header of its own.
pub(super) fn link(headers: &HeaderMap, base: &str, relation: &str) -> Option<String> {
    headers.get_all("link").iter().find_map(|value| {
        let (url, kind) = value.to_str().ok()?.strip_prefix('<')?.split_once(">; rel=")?;
        (kind == format!("\"{relation}\"")).then(|| url.replace(&format!("{base}/api/v1"), ""))
    })
}

/// `GET /users` with this search; the logins found.
async fn search(org: &Org, key: &str, expression: &str) -> Result<Vec<String>, (u16, String)> {
    let url = reqwest::Url::parse_with_params("http://x/users", [(key, expression)]).expect("a URL");
    let answer = org.get(&url.as_str().replace("http://x", "")).await;
    match answer.body.as_array() {
        Some(users) => Ok(users.iter().map(|user| text(&user["profile"]["login"])).collect()),
        None => Err((answer.status, answer.error().1.to_owned())),
    }
}

#[tokio::test]
async fn four_hundred_and_fifty_users_are_three_pages() {
    let org = Org::start().await;
    for number in 1..450 {
        let status = if number <= 100 { "DEPROVISIONED" } else { "ACTIVE" };
        org.sandbox.insert(person(&format!("user{number:03}@x.com")), status);
    }
    // Without a search the deactivated are left out.
    for (start, sizes) in [
        ("/users?search=profile.login+pr", vec![200, 200, 50]),
        ("/users", vec![200, 150]),
        ("/users?limit=150&filter=status+eq+%22DEPROVISIONED%22", vec![100]),
        ("/users?search=status+eq+%22DEPROVISIONED%22&limit=50", vec![50, 50]),
        ("/users?limit=9999", vec![200, 150]),
        ("/users?search=status+eq+%22STAGED%22", vec![0]),
    ] {
        let (mut seen, mut logins, mut next) = (Vec::new(), Vec::new(), Some(start.to_owned()));
        while let Some(path) = next {
            let page = org.get(&path).await;
            let users = page.body.as_array().expect("a list");
            seen.push(users.len());
            logins.extend(users.iter().map(|user| text(&user["profile"]["login"])));
            let own = link(&page.headers, &org.sandbox.url(), "self").expect("a self link");
            assert_eq!(own.contains("after="), path.contains("after="), "{own}");
            next = link(&page.headers, &org.sandbox.url(), "next");
        }
        assert_eq!(seen, sizes, "{start}");
        logins.sort_unstable();
        logins.dedup();
        assert_eq!(logins.len(), sizes.iter().sum::<usize>(), "{start}");
    }
    let in_list = &org.get("/users?limit=1").await.body[0];
    assert_eq!(in_list["_links"].as_object().expect("links").len(), 1);
}

#[tokio::test]
async fn a_search_finds_what_it_asks_for() {
    let org = Org::start().await;
    org.sandbox.add_attribute("level", "integer");
    for (login, status, level) in
        [("ann@x.com", "ACTIVE", 1), ("ben@x.com", "SUSPENDED", 2), ("cat@y.com", "DEPROVISIONED", 3)]
    {
        let mut profile = person(login);
        profile["level"] = json!(level);
        profile["employeeNumber"] = json!(format!("E{level}"));
        org.advance(60);
        org.sandbox.insert(profile, status);
    }
    for (expression, found) in [
        ("profile.employeeNumber eq \"e2\"", vec!["ben@x.com"]),
        ("profile.level ge 2", vec!["ben@x.com", "cat@y.com"]),
        ("profile.login sw \"CAT\"", vec!["cat@y.com"]),
        ("profile.level pr", vec!["ann@x.com", "ben@x.com", "cat@y.com"]),
        ("lastUpdated gt \"2026-11-23T08:02:00.000Z\"", vec!["cat@y.com"]),
        ("lastUpdated ge \"2026-11-23T09:02:00+01:00\"", vec!["ben@x.com", "cat@y.com"]),
        ("lastUpdated lt \"2026-11-23T08:02:00Z\" and profile.level pr", vec!["ann@x.com"]),
        (
            "status eq \"active\" and profile.level le 1 or status eq \"SUSPENDED\"",
            vec!["ann@x.com", "ben@x.com"],
        ),
        ("status eq \"SUSPENDED\" and (profile.level eq 1 or profile.level eq 2)", vec!["ben@x.com"]),
        ("profile.lastName eq \"Smith\\\"\"", vec![]),
    ] {
        let found: Vec<String> = found.into_iter().map(str::to_owned).collect();
        assert_eq!(search(&org, "search", expression).await, Ok(found), "{expression}");
    }
    assert_eq!(search(&org, "filter", "profile.login eq \"ben@x.com\"").await, Ok(vec!["ben@x.com".into()]));
    assert_eq!(search(&org, "filter", "profile.login eq \"BEN@x.com\"").await, Ok(vec![]));
}

#[tokio::test]
async fn a_bad_expression_is_refused() {
    let org = Org::start().await;
    for (key, expression) in [
        ("search", "this is not a filter"),
        ("search", "status ne \"ACTIVE\""),
        ("search", "status eq \"ACTIVE"),
        ("search", "status eq ACTIVE"),
        ("search", "(status eq \"ACTIVE\""),
        ("search", "status eq \"ACTIVE\" status"),
        ("search", "profile.unheard eq \"x\""),
        ("search", "lastUpdated gt \"yesterday\""),
        ("search", ""),
        ("filter", "profile.title eq \"x\""),
        ("filter", "profile.login sw \"x\""),
    ] {
        assert_eq!(search(&org, key, expression).await, Err((400, "E0000031".to_owned())), "{expression}");
    }
    for (path, code) in [
        ("/users?after=nonsense", "E0000031"),
        ("/users?limit=none", "E0000029"),
        ("/users?search=status+pr&filter=id+eq+%22x%22", "E0000033"),
    ] {
        assert_eq!(org.get(path).await.error().1, code, "{path}");
    }
    let refused = org.get("/users?search=nonsense").await;
    assert_eq!(
        refused.error(),
        (400, "E0000031", "Invalid search criteria.", vec!["Invalid search syntax."])
    );
}

#[tokio::test]
async fn a_search_is_sorted_and_paged_in_that_order() {
    let org = Org::start().await;
    for (login, title) in [("c@x.com", "b"), ("a@x.com", "B"), ("d@x.com", "a"), ("b@x.com", "c")] {
        let mut profile = person(login);
        profile["title"] = json!(title);
        org.sandbox.insert(profile, "ACTIVE");
    }
    for (sort, expected) in [
        ("sortBy=profile.title", ["d@x.com", "c@x.com", "a@x.com", "b@x.com"]),
        ("sortBy=profile.title&sortOrder=desc", ["b@x.com", "c@x.com", "a@x.com", "d@x.com"]),
        ("sortBy=profile.login&sortOrder=asc", ["a@x.com", "b@x.com", "c@x.com", "d@x.com"]),
    ] {
        let mut seen = Vec::new();
        let mut next = Some(format!("/users?search=profile.title+pr&limit=3&{sort}"));
        while let Some(path) = next {
            let page = org.get(&path).await;
            let users = page.body.as_array().expect("a list").iter();
            seen.extend(users.map(|user| text(&user["profile"]["login"])));
            next = link(&page.headers, &org.sandbox.url(), "next");
        }
        assert_eq!(seen, expected, "{sort}");
    }
    // Only a search is sorted.
    let listed = org.get("/users?sortBy=profile.login&limit=2").await.body;
    assert_eq!(listed[1]["profile"]["login"], "c@x.com");
}

#[tokio::test]
async fn q_finds_beginnings_of_names_and_mails_ten_at_a_time() {
    let org = Org::start().await;
    for number in 0..12 {
        org.sandbox.insert(person(&format!("user{number:02}@x.com")), "ACTIVE");
    }
    org.sandbox.insert(person("gone@x.com"), "DEPROVISIONED");
    for (query, found) in [
        ("q=USER", 10),
        ("q=user&limit=11", 11),
        ("q=ann", 10),
        ("q=ser", 0),
        ("q=gone", 0),
        ("q=smith&limit=200", 12),
    ] {
        let page = org.get(&format!("/users?{query}")).await;
        assert_eq!(page.body.as_array().map(Vec::len), Some(found), "{query}");
        assert_eq!(link(&page.headers, &org.sandbox.url(), "next"), None, "{query}");
    }
}

#[tokio::test]
async fn only_names_and_mails_can_be_searched_for_a_part() {
    let org = Org::start().await;
    org.sandbox.insert(person("ann@x.com"), "ACTIVE");
    let ann = Ok(vec!["ann@x.com".to_owned()]);
    assert_eq!(search(&org, "search", "profile.login CO \"NN@\" AND status Eq \"active\"").await, ann);
    assert_eq!(
        search(&org, "search", "type.id eq \"otysandbox0000000001\" and profile.login sw \"ann\"").await,
        ann
    );
    // Okta API: diacritics count in a search, unlike in the uniqueness of logins.
    assert_eq!(search(&org, "search", "profile.login eq \"änn@x.com\"").await, Ok(vec![]));
    let refused = Err((400, "E0000031".to_owned()));
    assert_eq!(search(&org, "search", "profile.title co \"x\"").await, refused);
    assert_eq!(search(&org, "filter", "profile.login co \"x\"").await, refused);
}
