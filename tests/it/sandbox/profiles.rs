//! Profiles: what is refused, what is replaced, what is cleared.

use serde_json::{Value, json};

use super::{Org, person, text};

const BLANK: &str = "The field cannot be left blank";

/// `person("bob@x.com")` with these changes.
fn bob(changes: &Value) -> Value {
    let mut profile = person("bob@x.com");
    for (name, value) in changes.as_object().expect("an object") {
        profile[name] = value.clone();
    }
    json!({ "profile": profile })
}

#[tokio::test]
async fn bad_profiles_are_refused_whole() {
    let org = Org::start().await;
    org.sandbox.insert(person("Zoë.Müller@x.com"), "DEPROVISIONED");
    let taken = "login: An object with this field already exists in the current organization";
    let username = "login: Username must be in the form of an email address";
    let pattern = "email: Does not match required pattern";
    for (changes, what, causes) in [
        (json!({ "login": "ZOE.MULLER@X.COM" }), "login", vec![taken]),
        (json!({ "firstName": " " }), "firstName", vec!["firstName: The field cannot be left blank"]),
        (json!({ "lastName": null }), "lastName", vec!["lastName: The field cannot be left blank"]),
        (json!({ "login": "bob smith@x.com" }), "login", vec![username]),
        (json!({ "login": " bob@x.com", "email": "bob@x.com " }), "login", vec![username, pattern]),
        (json!({ "email": "bob" }), "email", vec!["email: The field is too short"]),
        (json!({ "email": "bob.x.com" }), "email", vec![pattern]),
        (json!({ "notValid": 1 }), "newUser", vec!["Property name 'notValid' is not defined in profile"]),
        (json!({ "Title": "x" }), "newUser", vec!["Property name 'Title' is not defined in profile"]),
        (json!({ "firstName": "n".repeat(51) }), "firstName", vec!["firstName: The field is too long"]),
        (
            json!({ "firstName": "Bob 🦀" }),
            "firstName",
            vec!["firstName: The field contains characters that are not supported"],
        ),
        (json!({ "countryCode": "Germany" }), "countryCode", vec!["countryCode: The field is too long"]),
        (json!({ "title": 7 }), "title", vec!["title: The value is not of the attribute's type"]),
    ] {
        let answer = org.call("POST", "/users", bob(&changes)).await;
        let summary = format!("Api validation failed: {what}");
        assert_eq!(answer.error(), (400, "E0000001", summary.as_str(), causes), "{changes}");
        assert!(org.sandbox.user_by_login("bob@x.com").is_none());
    }
    let grouped = json!({ "profile": person("bob@x.com"), "groupIds": ["00g1"] });
    let answer = org.call("POST", "/users", grouped).await;
    assert_eq!(answer.error(), (404, "E0000007", "Not found: Resource not found: 00g1 (UserGroup)", vec![]));
    for malformed in [json!({ "boop": "bap" }), json!([]), json!({ "profile": 1 })] {
        assert_eq!(org.call("POST", "/users", malformed).await.error().1, "E0000003");
    }
}

#[tokio::test]
async fn a_post_changes_what_it_names_and_null_clears() {
    let org = Org::start().await;
    let id =
        text(&org.call("POST", "/users", bob(&json!({ "title": "Clerk", "city": null }))).await.body["id"]);
    let path = format!("/users/{id}");
    org.advance(5);
    let change = json!({ "profile": { "title": null, "department": "Sales" } });
    let updated = org.call("POST", &path, change).await;
    assert_eq!(updated.status, 200);
    let profile = &updated.body["profile"];
    assert!(profile.get("title").is_none());
    assert_eq!((&profile["department"], &profile["firstName"]), (&json!("Sales"), &json!("Ann")));
    assert_eq!(updated.body["lastUpdated"], "2026-11-23T08:00:05.000Z");
    assert_eq!(updated.body["statusChanged"], "2026-11-23T08:00:00.000Z");

    let refused = org.call("POST", &path, json!({ "profile": { "title": "x", "nope": 1 } })).await;
    assert_eq!(refused.status, 400);
    assert!(org.get(&path).await.body["profile"].get("title").is_none());
}

#[tokio::test]
async fn a_put_replaces_everything() {
    let org = Org::start().await;
    let id = org.sandbox.insert(bob(&json!({ "title": "Clerk" }))["profile"].clone(), "ACTIVE");
    let path = format!("/users/{id}");
    let refused = org.call("PUT", &path, json!({ "profile": { "mobilePhone": "1" } })).await;
    let fields = ["login", "firstName", "lastName", "email"].map(|field| format!("{field}: {BLANK}"));
    let mut causes: Vec<&str> = fields.iter().map(String::as_str).collect();
    causes.push("login: Username must be in the form of an email address");
    assert_eq!(refused.error(), (400, "E0000001", "Api validation failed: login", causes));

    let replaced = org.call("PUT", &path, json!({ "profile": person("bob@x.com") })).await;
    assert!(replaced.body["profile"].get("title").is_none());
}

#[tokio::test]
async fn a_rename_keeps_the_id_and_frees_the_old_login() {
    let org = Org::start().await;
    let ann = org.create("ann@x.com").await;
    let bob = org.create("bob@x.com").await;
    let rename = |login: &str| json!({ "profile": { "login": login } });
    let refused = org.call("POST", &format!("/users/{ann}"), rename("BOB@x.com")).await;
    assert_eq!(refused.error().2, "Api validation failed: login");
    let renamed = org.call("POST", &format!("/users/{ann}"), rename("ann.smith@x.com")).await;
    assert_eq!(renamed.body["id"], ann.as_str());
    assert_eq!(org.get("/users/ann@x.com").await.status, 404);
    assert_eq!(org.get("/users/ann.smith@x.com").await.body["id"], ann.as_str());
    // A change of case alone collides with nobody.
    assert_eq!(org.call("POST", &format!("/users/{bob}"), rename("Bob@x.com")).await.status, 200);
    org.sandbox.set_profile(&bob, json!({ "login": "ann@x.com", "title": null }));
    assert_eq!(org.get("/users/ann@x.com").await.body["id"], bob.as_str());
}

#[tokio::test]
async fn custom_attributes_are_typed_and_shown_in_the_schema() {
    let org = Org::start().await;
    for (name, kind, good, bad) in [
        ("level", "integer", json!(3), json!(3.5)),
        ("remote", "boolean", json!(true), json!("true")),
        ("skills", "array", json!(["a"]), json!("a")),
        ("badge", "string", json!("7"), json!(7)),
        ("share", "number", json!(0.5), json!("0.5")),
    ] {
        let refused = org.call("POST", "/users/me", json!({ "profile": { name: good } })).await;
        assert_eq!(refused.error().2, "Api validation failed: newUser", "{name}");
        org.sandbox.add_attribute(name, kind);
        let set = |value: &Value| json!({ "profile": { name: value } });
        assert_eq!(org.call("POST", "/users/me", set(&bad)).await.status, 400, "{name}");
        assert_eq!(org.call("POST", "/users/me", set(&good)).await.body["profile"][name], good);
    }
    let schema = org.get("/meta/schemas/user/default").await.body;
    let base = schema["definitions"]["base"]["properties"].as_object().expect("properties");
    assert_eq!(base.len(), 31);
    assert_eq!((&base["login"]["minLength"], &base["login"]["maxLength"]), (&json!(5), &json!(100)));
    assert_eq!(schema["definitions"]["custom"]["properties"]["level"]["type"], "integer");
    assert_eq!(schema["definitions"]["base"]["required"], json!(["login", "firstName", "lastName", "email"]));
}

#[tokio::test]
async fn whether_characters_of_four_bytes_are_refused_is_a_switch() {
    let org = Org::start().await;
    let mut profile = person("ann@x.com");
    profile["title"] = json!("Boss \u{1F451}");
    let refused = org.call("POST", "/users", json!({ "profile": profile })).await;
    assert_eq!((refused.status, refused.error().1), (400, "E0000001"));
    org.sandbox.set_switch("four_bytes_refused", false);
    let created = org.call("POST", "/users", json!({ "profile": profile })).await;
    assert_eq!(created.body["profile"]["title"], profile["title"]);
}
