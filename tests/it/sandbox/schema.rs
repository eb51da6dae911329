//! The schema: what it lets through, and how an org changes it.

use serde_json::{Value, json};

use super::{Org, person};

/// The first cause of the refusal of an update of the admin, without the field's name; empty if it was taken.
async fn refusal(org: &Org, name: &str, value: &Value) -> String {
    let answer = org.call("POST", "/users/me", json!({ "profile": { name: value } })).await;
    let causes = answer.error().3;
    causes.first().map(|cause| cause.replacen(&format!("{name}: "), "", 1)).unwrap_or_default()
}

#[tokio::test]
async fn every_format_and_length_is_checked() {
    let org = Org::start().await;
    let pattern = "Does not match required pattern";
    let long = "The field is too long";
    for (name, good, bad, why) in [
        ("firstName", "n".repeat(50), "n".repeat(51), long),
        ("mobilePhone", "1".repeat(100), "1".repeat(101), long),
        ("primaryPhone", "1".repeat(100), "1".repeat(101), long),
        ("streetAddress", "s".repeat(1024), "s".repeat(1025), long),
        ("city", "ü".repeat(128), "ü".repeat(129), long),
        ("state", "s".repeat(128), "s".repeat(129), long),
        ("zipCode", "z".repeat(50), "z".repeat(51), long),
        ("postalAddress", "p".repeat(4096), "p".repeat(4097), long),
        ("secondEmail", "a@b.co".into(), "a@b".into(), pattern),
        ("profileUrl", "https://x.com/a".into(), "x".into(), pattern),
        ("countryCode", "DE".into(), "XX".into(), pattern),
        ("countryCode", "GB".into(), "de".into(), pattern),
        ("timezone", "Europe/Berlin".into(), "Berlin".into(), pattern),
        ("locale", "en_US".into(), "english language".into(), pattern),
        ("preferredLanguage", "zh-Hant-TW".into(), "d".into(), pattern),
        ("title", "t".repeat(5000), "𝕏".into(), "The field contains characters that are not supported"),
    ] {
        assert_eq!(refusal(&org, name, &json!(good)).await, "", "{name}");
        assert_eq!(refusal(&org, name, &json!(bad)).await, why, "{name}: {bad}");
    }
    org.sandbox.set_switch("spec_lengths", false);
    assert_eq!(refusal(&org, "city", &json!("c".repeat(129))).await, "");
    // Empty is kept, or clears: nobody knows.
    assert_eq!(refusal(&org, "title", &json!("")).await, "");
    assert_eq!(org.get("/users/me").await.body["profile"]["title"], "");
    org.sandbox.set_switch("empty_clears", true);
    assert_eq!(refusal(&org, "title", &json!("")).await, "");
    assert!(org.get("/users/me").await.body["profile"].get("title").is_none());
}

#[tokio::test]
async fn custom_attributes_come_and_go_over_the_wire() {
    let org = Org::start().await;
    let path = "/meta/schemas/user/default";
    let custom = |properties: Value| json!({ "definitions": { "custom": { "id": "#custom", "properties": properties } } });
    let string = |extra: Value| {
        let mut attribute = json!({ "title": "T", "type": "string" });
        attribute.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        attribute
    };
    let added = org
        .call(
            "POST",
            path,
            custom(json!({
                "badge": string(json!({ "minLength": 2, "maxLength": 4 })),
                "grade": string(json!({ "enum": ["A", "B"] })),
                "sizes": { "title": "S", "type": "array", "items": { "type": "number" } },
                "level": { "title": "L", "type": "integer", "required": true },
            })),
        )
        .await;
    assert_eq!(added.status, 200);
    assert_eq!(added.body["definitions"]["custom"]["properties"]["badge"]["maxLength"], 4);
    assert_eq!(added.body["definitions"]["custom"]["required"], json!(["level"]));
    assert_eq!(added.body["lastUpdated"], "2026-11-23T08:00:00.000Z");
    // Whoever has none cannot be updated any more: the whole profile is checked.
    assert_eq!(refusal(&org, "title", &json!("x")).await, "level: The field cannot be left blank");
    assert_eq!(refusal(&org, "level", &json!(3)).await, "");
    for (name, good, bad, why) in [
        ("badge", json!("abcd"), json!("a"), "The field is too short"),
        ("badge", json!("ab"), json!("abcde"), "The field is too long"),
        ("grade", json!("B"), json!("C"), "The value is not one of the allowed values"),
        ("sizes", json!([1, 2.5]), json!(["1"]), "The value is not of the attribute's type"),
        ("level", json!(-1), json!(1.5), "The value is not of the attribute's type"),
    ] {
        assert_eq!(refusal(&org, name, &good).await, "", "{name}");
        assert_eq!(refusal(&org, name, &bad).await, why, "{name}: {bad}");
    }
    let gone = org.call("POST", path, custom(json!({ "grade": null }))).await;
    assert!(gone.body["definitions"]["custom"]["properties"].get("grade").is_none());
    assert_eq!(refusal(&org, "grade", &json!("A")).await, "Property name 'grade' is not defined in profile");

    for bad in [
        json!({ "title": string(json!({})) }),
        json!({ "x": { "type": "date" } }),
        json!({ "badge": { "type": "boolean" } }),
    ] {
        let refused = org.call("POST", path, custom(bad.clone())).await;
        assert_eq!(refused.error().2, "Api validation failed: updateUserSchemas", "{bad}");
    }
    assert_eq!(org.call("POST", path, json!({})).await.error().1, "E0000003");
}

#[tokio::test]
async fn an_org_may_do_without_names_and_with_logins_that_are_no_mails() {
    let org = Org::start().await;
    let base = |properties: Value| json!({ "definitions": { "base": { "properties": properties } } });
    let nameless = json!({ "profile": { "login": "annie", "email": "ann@x.com" } });
    assert_eq!(org.call("POST", "/users", nameless.clone()).await.error().3.len(), 3);
    let relaxed = base(json!({
        "firstName": { "required": false }, "lastName": { "required": false }, "login": { "pattern": ".+" },
    }));
    let changed = org.call("POST", "/meta/schemas/user/default", relaxed).await;
    assert_eq!(changed.body["definitions"]["base"]["required"], json!(["login", "email"]));
    assert_eq!(org.call("POST", "/users", nameless).await.status, 200);

    // Now the rule is back, and the login that breaks it stands in the way of every update.
    org.call("POST", "/meta/schemas/user/default", base(json!({ "login": { "pattern": null } }))).await;
    let change = json!({ "profile": { "title": "x" } });
    let refused = org.call("POST", "/users/annie", change.clone()).await;
    assert_eq!(refused.error().3, ["login: Username must be in the form of an email address"]);
    org.sandbox.set_switch("stored_profile_checked", false);
    assert_eq!(org.call("POST", "/users/annie", change).await.status, 200);
    let login = json!({ "profile": { "login": "anna" } });
    assert_eq!(org.call("POST", "/users/annie", login).await.status, 400);
}

#[tokio::test]
async fn schema_and_type_are_read_by_name_and_id() {
    let org = Org::start().await;
    let ann = org.sandbox.insert(person("ann@x.com"), "ACTIVE");
    let links = org.get(&format!("/users/{ann}")).await.body["_links"].clone();
    let base = format!("{}/api/v1", org.sandbox.url());
    for (link, name) in [("schema", "/meta/schemas/user/default"), ("type", "/meta/types/user/default")] {
        let by_id = links[link]["href"].as_str().expect("a link").replace(&base, "");
        let (by_id, by_name) = (org.get(&by_id).await, org.get(name).await);
        assert_eq!((by_id.status, &by_id.body), (200, &by_name.body));
    }
    let types = org.get("/meta/types/user").await.body;
    assert_eq!((types.as_array().map(Vec::len), &types[0]["default"]), (Some(1), &json!(true)));
    assert_eq!(
        org.get("/meta/types/user/oty1").await.error().2,
        "Not found: Resource not found: oty1 (CVDType)"
    );
}
