//! Passwords, recovery questions, providers, entity tags.

use serde_json::{Value, json};

use super::{Answer, Org, TOKEN, person, text};

/// A user with a password and a recovery question; the path.
async fn ann(org: &Org) -> String {
    let credentials = json!({
        "password": { "value": "old" },
        "recovery_question": { "question": "Whose?", "answer": "Mine" },
    });
    let body = json!({ "profile": person("ann@x.com"), "credentials": credentials });
    let created = org.call("POST", "/users", body).await.body;
    let shown = json!({
        "password": {},
        "recovery_question": { "question": "Whose?" },
        "provider": { "type": "OKTA", "name": "OKTA" },
        "emails": [{ "value": "ann@x.com", "status": "VERIFIED", "type": "PRIMARY" }],
    });
    assert_eq!((&created["status"], &created["credentials"]), (&json!("ACTIVE"), &shown));
    format!("/users/{}", text(&created["id"]))
}

#[tokio::test]
async fn a_password_expires_and_is_reset_and_changed() {
    let org = Org::start().await;
    let path = ann(&org).await;
    let status = async || text(&org.get(&path).await.body["status"]);
    org.advance(60);
    let expired = org.post(&format!("{path}/lifecycle/expire_password")).await;
    assert_eq!((expired.status, &expired.body["status"]), (200, &json!("PASSWORD_EXPIRED")));
    assert_eq!(expired.body["passwordChanged"], "2026-11-23T08:00:00.000Z");
    let change =
        |old: &str, new: &str| json!({ "oldPassword": { "value": old }, "newPassword": { "value": new } });
    let own = format!("{path}/credentials/change_password");
    let refused = org.call("POST", &own, change("wrong", "new")).await;
    assert_eq!((refused.status, refused.error().1), (403, "E0000014"));
    let changed = org.call("POST", &own, change("old", "new")).await;
    assert_eq!((changed.status, &changed.body["password"]), (200, &json!({})));
    assert_eq!(status().await, "ACTIVE");

    for call in ["expire_password?tempPassword=true", "expire_password_with_temp_password"] {
        let temporary = org.post(&format!("{path}/lifecycle/{call}")).await;
        let temporary = text(&temporary.body["tempPassword"]);
        assert_eq!(org.call("POST", &own, change(&temporary, "new")).await.status, 200);
    }
    let reset = org.post(&format!("{path}/lifecycle/reset_password?sendEmail=false")).await;
    assert!(text(&reset.body["resetPasswordUrl"]).contains("/reset_password/"));
    assert_eq!(status().await, "RECOVERY");
    assert_eq!(org.post(&format!("{path}/lifecycle/reset_password")).await.body, json!({}));
    assert_eq!(org.post(&format!("{path}/lifecycle/reset_factors")).await.body, json!({}));

    let forgot = format!("{path}/credentials/forgot_password");
    let answer =
        |answer: &str| json!({ "password": { "value": "n" }, "recovery_question": { "answer": answer } });
    assert_eq!(org.call("POST", &forgot, answer("Yours")).await.error().1, "E0000034");
    assert_eq!(org.call("POST", &forgot, answer("Mine")).await.status, 200);
    assert_eq!(status().await, "ACTIVE");
    let asked =
        json!({ "password": { "value": "n" }, "recovery_question": { "question": "Why?", "answer": "So" } });
    let question = org.call("POST", &format!("{path}/credentials/change_recovery_question"), asked).await;
    assert_eq!(question.body["recovery_question"], json!({ "question": "Why?" }));
    assert!(!org.get(&path).await.body.to_string().contains("So\""));

    org.post(&format!("{path}/lifecycle/deactivate")).await;
    for (call, status, code) in [
        ("lifecycle/reset_password", 403, "E0000017"),
        ("lifecycle/expire_password", 403, "E0000038"),
        ("credentials/change_password", 403, "E0000035"),
        ("credentials/change_recovery_question", 403, "E0000036"),
        ("credentials/forgot_password", 403, "E0000034"),
    ] {
        let answer = org.post(&format!("{path}/{call}")).await;
        assert_eq!((answer.status, answer.error().1), (status, code), "{call}");
    }
}

#[tokio::test]
async fn a_create_may_expire_the_password_it_sets() {
    let org = Org::start().await;
    let with =
        |login: &str| json!({ "profile": person(login), "credentials": { "password": { "value": "p" } } });
    let created = org.call("POST", "/users?nextLogin=changePassword", with("ann@x.com")).await;
    assert_eq!((created.status, &created.body["status"]), (200, &json!("PASSWORD_EXPIRED")));
    let without = json!({ "profile": person("bob@x.com") });
    assert_eq!(org.call("POST", "/users?nextLogin=changePassword", without).await.error().1, "E0000124");
    let staged = org.call("POST", "/users?nextLogin=changePassword&activate=false", with("bob@x.com")).await;
    assert_eq!(staged.error().1, "E0000125");
}

#[tokio::test]
async fn who_signs_in_elsewhere_is_active_without_a_password() {
    let org = Org::start().await;
    let body = |password: Value| {
        json!({
            "profile": person("ann@x.com"),
            "credentials": { "provider": { "type": "FEDERATION", "name": "FEDERATION" }, "password": password },
        })
    };
    assert_eq!(org.call("POST", "/users", body(Value::Null)).await.status, 400);
    let with = json!({ "value": "p" });
    assert_eq!(org.call("POST", "/users?provider=true", body(with)).await.status, 400);
    let created = org.call("POST", "/users?provider=true", body(Value::Null)).await.body;
    assert_eq!(
        (&created["status"], &created["credentials"]["provider"]["type"]),
        (&json!("ACTIVE"), &json!("FEDERATION"))
    );
}

#[tokio::test]
async fn credentials_can_be_updated_by_themselves() {
    let org = Org::start().await;
    let id = org.create("ann@x.com").await;
    let set = json!({ "credentials": { "password": { "value": "p" } } });
    let updated = org.call("POST", &format!("/users/{id}"), set).await;
    assert_eq!((updated.status, &updated.body["credentials"]["password"]), (200, &json!({})));
    let typed = json!({ "profile": person("ann@x.com"), "type": { "id": "otyother" } });
    let refused = org.call("PUT", &format!("/users/{id}"), typed).await;
    assert_eq!(refused.error().2, "Not found: Resource not found: otyother (CVDType)");
    assert_eq!(org.call("POST", &format!("/users/{id}"), json!({})).await.error().1, "E0000003");
}

#[tokio::test]
async fn an_update_may_be_for_one_version_only() {
    let org = Org::start().await;
    let id = org.sandbox.insert(person("ann@x.com"), "ACTIVE");
    let path = format!("/users/{id}");
    let tag = |answer: &Answer| answer.headers["etag"].to_str().expect("ASCII").to_owned();
    let first = tag(&org.get(&path).await);
    assert!(first.starts_with("W/\"") && first.len() == 68, "{first}");
    let update = async |matching: &str, title: &str| {
        let url = format!("{}/api/v1{path}", org.sandbox.url());
        let request =
            org.http.post(url).header("authorization", format!("SSWS {TOKEN}")).header("if-match", matching);
        let answer = request.json(&json!({ "profile": { "title": title } })).send().await.expect("an answer");
        let status = answer.status().as_u16();
        let body: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
        (status, body["errorCode"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(update(&first, "Clerk").await, (200, String::new()));
    assert_eq!(update(&first, "Boss").await, (412, "E0000231".to_owned()));
    assert_eq!(update("nonsense", "Boss").await, (400, "E0000242".to_owned()));
    assert_eq!(update("*", "Boss").await, (200, String::new()));
    // The tag is of the profile: a suspension leaves it alone.
    let before = tag(&org.get(&path).await);
    org.post(&format!("{path}/lifecycle/suspend")).await;
    assert_eq!(tag(&org.get(&path).await), before);
}

#[tokio::test]
async fn what_is_malformed_is_refused_and_nothing_done() {
    let org = Org::start().await;
    let create = |more: Value| {
        let mut body = json!({ "profile": person("bob@x.com") });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    for more in [
        json!({ "credentials": "plain" }),
        json!({ "credentials": { "password": "plain" } }),
        json!({ "credentials": { "password": { "value": 7 } } }),
        json!({ "credentials": { "recovery_question": ["Whose?", "Mine"] } }),
        json!({ "credentials": { "recovery_question": { "question": "Whose?", "answer": 7 } } }),
        json!({ "credentials": { "provider": "OKTA" } }),
        json!({ "type": "default" }),
        json!({ "type": { "id": 7 } }),
    ] {
        let refused = org.call("POST", "/users", create(more.clone())).await;
        assert_eq!((refused.status, refused.error().1), (400, "E0000003"), "{more}");
    }
    for flag in ["activate=banana", "provider=1&activate=", "sendEmail=no"] {
        let refused = org.call("POST", &format!("/users?{flag}"), create(json!({}))).await;
        assert_eq!((refused.status, refused.error().1), (400, "E0000001"), "{flag}");
    }
    assert!(org.sandbox.user_by_login("bob@x.com").is_none());

    let path = ann(&org).await;
    let profile =
        json!({ "login": "ann@x.com", "email": "ann@x.com", "firstName": "Eve", "lastName": "Smith" });
    for (method, more) in [
        ("POST", json!({ "groupIds": [] })),
        ("PUT", json!({ "groupIds": [] })),
        ("POST", json!({ "type": { "id": "default" } })),
        ("POST", json!({ "credentials": { "password": "plain" } })),
    ] {
        let mut body = json!({ "profile": profile });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let refused = org.call(method, &path, body).await;
        assert_eq!((refused.status, refused.error().1), (400, "E0000003"), "{method} {more}");
    }
    assert_eq!(org.get(&path).await.body["profile"]["firstName"], "Ann");
    // A PUT may name the type; and Okta's SDKs send null for what is not given.
    for (method, more) in [
        ("PUT", json!({ "profile": profile, "type": { "id": "default" } })),
        ("POST", json!({ "profile": profile, "type": null, "groupIds": null, "credentials": null })),
    ] {
        assert_eq!(org.call(method, &path, more).await.status, 200, "{method}");
    }
    let nulls =
        json!({ "type": null, "groupIds": null, "credentials": { "password": null, "provider": null } });
    assert_eq!(org.call("POST", "/users?activate=False", create(nulls)).await.body["status"], "STAGED");
}
