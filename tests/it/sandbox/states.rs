//! Okta's state machine: what is refused in which status, and in which words.

use serde_json::{Value, json};

use super::{Org, TOKEN, person, text};

const STATUSES: [&str; 8] = [
    "STAGED",
    "PROVISIONED",
    "ACTIVE",
    "RECOVERY",
    "PASSWORD_EXPIRED",
    "LOCKED_OUT",
    "SUSPENDED",
    "DEPROVISIONED",
];

/// Operation, where it is allowed, what comes of it (empty: no change), and the refusal elsewhere.
type Row =
    (&'static str, &'static [&'static str], &'static str, (u16, &'static str, &'static str, &'static str));

const TABLE: [Row; 6] = [
    (
        "activate",
        &["STAGED", "DEPROVISIONED"],
        "PROVISIONED",
        (403, "E0000016", "Activation failed because the user is already active", ""),
    ),
    (
        "reactivate",
        &["PROVISIONED", "RECOVERY"],
        "",
        (403, "E0000038", "This operation is not allowed in the user's current status.", ""),
    ),
    (
        "deactivate",
        &["STAGED", "PROVISIONED", "ACTIVE", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT", "SUSPENDED"],
        "DEPROVISIONED",
        (404, "E0000007", "Not found: Resource not found: {id} (User)", ""),
    ),
    (
        "suspend",
        &["ACTIVE"],
        "SUSPENDED",
        (400, "E0000001", "Api validation failed: suspendUser", "Cannot suspend a user that is not active"),
    ),
    (
        "unsuspend",
        &["SUSPENDED"],
        "ACTIVE",
        (
            400,
            "E0000001",
            "Api validation failed: unsuspendUser",
            "Cannot unsuspend a user that is not suspended",
        ),
    ),
    (
        "unlock",
        &["LOCKED_OUT"],
        "ACTIVE",
        (403, "E0000032", "Unlock is not allowed for this user.", "The user is not locked out."),
    ),
];

#[tokio::test]
async fn each_operation_is_allowed_where_okta_allows_it_and_nowhere_else() {
    let org = Org::start().await;
    for (operation, allowed, becomes, (status, code, summary, cause)) in TABLE {
        for (number, from) in STATUSES.into_iter().enumerate() {
            let id = org.sandbox.insert(person(&format!("{operation}{number}@x.com")), from);
            let answer = org.post(&format!("/users/{id}/lifecycle/{operation}")).await;
            let case = format!("{operation} from {from}: {}", answer.body);
            if allowed.contains(&from) {
                assert_eq!(answer.status, 200, "{case}");
                assert_eq!(org.status(&id).await, if becomes.is_empty() { from } else { becomes }, "{case}");
            } else {
                let causes = Vec::from_iter(Some(cause).filter(|cause| !cause.is_empty()));
                let summary = summary.replace("{id}", &id);
                assert_eq!(answer.error(), (status, code, summary.as_str(), causes), "{case}");
                assert_eq!(org.status(&id).await, from, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn an_activation_forgets_the_password_of_before() {
    let org = Org::start().await;
    let body = json!({ "profile": person("ann@x.com"), "credentials": { "password": { "value": "p" } } });
    let created = org.call("POST", "/users", body).await.body;
    assert_eq!(created["status"], "ACTIVE");
    let id = text(&created["id"]);
    org.post(&format!("/users/{id}/lifecycle/deactivate")).await;
    org.post(&format!("/users/{id}/lifecycle/activate")).await;
    assert_eq!(org.status(&id).await, "PROVISIONED");
}

#[tokio::test]
async fn a_deactivated_user_cannot_be_updated_unless_the_org_allows_it() {
    let org = Org::start().await;
    let id = org.sandbox.insert(person("ann@x.com"), "DEPROVISIONED");
    let path = format!("/users/{id}");
    let change = json!({ "profile": { "title": "Boss" } });
    for method in ["POST", "PUT"] {
        let refused = org.call(method, &path, change.clone()).await;
        assert_eq!((refused.status, refused.error().1), (403, "E0000038"));
    }
    org.sandbox.allow_updates_to_deactivated(true);
    assert_eq!(org.call("POST", &path, change).await.body["profile"]["title"], "Boss");
}

#[tokio::test]
async fn who_is_not_there_or_not_possible_is_refused_in_oktas_words() {
    let org = Org::start().await;
    for (method, path, status, code) in [
        ("GET", "/users/00unobody", 404, "E0000007"),
        ("POST", "/users/00unobody/lifecycle/activate", 404, "E0000007"),
        ("DELETE", "/users/00unobody", 404, "E0000007"),
        ("DELETE", "/users/00unobody/sessions", 404, "E0000007"),
        ("DELETE", "/users/me/sessions?oauthTokens=true", 204, ""),
        ("DELETE", "/users", 405, "E0000022"),
        ("GET", "/users/me/lifecycle/suspend", 405, "E0000022"),
        ("GET", "/nothing", 404, "E0000008"),
        ("POST", "/users/me/lifecycle/dance", 404, "E0000008"),
        ("POST", "/users", 400, "E0000003"),
    ] {
        let answer = org.call(method, path, Value::Null).await;
        assert_eq!((answer.status, answer.error().1), (status, code), "{method} {path}");
    }
    let missing = org.get("/users/a%40b.com").await;
    assert_eq!(missing.error(), (404, "E0000007", "Not found: Resource not found: a@b.com (User)", vec![]));
    assert_eq!(missing.body["errorLink"], "E0000007");
}

#[tokio::test]
async fn only_the_current_token_is_let_in() {
    let org = Org::start().await;
    org.sandbox.set_token("00new");
    let url = format!("{}/api/v1/users/me", org.sandbox.url());
    for (header, status) in [
        ("SSWS 00new", 200),
        ("SSWS00new", 200),
        ("00new", 401),
        ("Bearer 00new", 403),
        (&format!("SSWS {TOKEN}"), 401),
    ] {
        let answer = org.http.get(&url).header("authorization", header).send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{header}");
    }
    let refused = org.get("/users/me").await;
    assert_eq!(refused.error(), (401, "E0000011", "Invalid token provided", vec![]));
    assert!(!refused.headers.contains_key("x-rate-limit-limit"));
}

#[tokio::test]
async fn what_is_not_known_is_a_switch() {
    let org = Org::start().await;
    let plant = |login: &str, status: &str| org.sandbox.insert(person(login), status);
    for (number, (switch, from, operation, off, on)) in [
        ("suspend_provisioned", "PROVISIONED", "suspend", "PROVISIONED", "SUSPENDED"),
        ("unsuspend_expires", "SUSPENDED", "unsuspend", "ACTIVE", "PASSWORD_EXPIRED"),
        ("unsuspend_expires", "LOCKED_OUT", "unlock", "ACTIVE", "PASSWORD_EXPIRED"),
        ("optional_password", "STAGED", "activate", "PROVISIONED", "ACTIVE"),
    ]
    .into_iter()
    .enumerate()
    {
        for (value, becomes) in [(false, off), (true, on)] {
            org.sandbox.set_switch(switch, value);
            let id = plant(&format!("{operation}{number}{value}@x.com"), from);
            org.post(&format!("/users/{id}/lifecycle/{operation}")).await;
            assert_eq!(org.status(&id).await, becomes, "{switch} {value}");
        }
        org.sandbox.set_switch(switch, false);
    }
    let active = plant("active@x.com", "ACTIVE");
    for (value, summary) in [(true, "unsuspendUser"), (false, "suspendUser")] {
        org.sandbox.set_switch("unsuspend_names_itself", value);
        let refused = org.post(&format!("/users/{active}/lifecycle/unsuspend")).await;
        assert_eq!(refused.error().2, format!("Api validation failed: {summary}"));
    }
    org.sandbox.set_switch("expire_only_active", false);
    let locked = plant("locked@x.com", "LOCKED_OUT");
    assert_eq!(org.post(&format!("/users/{locked}/lifecycle/expire_password")).await.status, 200);
    org.sandbox.set_switch("activation_url", false);
    let staged = plant("staged@x.com", "STAGED");
    let token = org.post(&format!("/users/{staged}/lifecycle/activate?sendEmail=false")).await.body;
    assert_eq!(
        token.as_object().map(|token| token.keys().cloned().collect()),
        Some(vec!["activationToken".to_owned()])
    );
}

#[tokio::test]
async fn who_is_active_without_a_password_is_offered_nothing_about_one() {
    let org = Org::start().await;
    org.sandbox.set_switch("optional_password", true);
    let without = org.create("ann@x.com").await;
    let with = org.sandbox.insert(person("bob@x.com"), "ACTIVE");
    for (id, offered) in [(without, false), (with, true)] {
        let shown = org.get(&format!("/users/{id}")).await.body;
        assert_eq!(shown["status"], "ACTIVE");
        for link in ["changePassword", "expirePassword", "forgotPassword", "changeRecoveryQuestion"] {
            assert_eq!(shown["_links"].get(link).is_some(), offered, "{link}");
        }
        for link in ["suspend", "deactivate", "resetPassword", "resetFactors"] {
            assert!(shown["_links"].get(link).is_some(), "{link}");
        }
    }
}

#[tokio::test]
async fn a_path_names_a_user_by_id_login_or_the_beginning_of_one_login() {
    let org = Org::start().await;
    let ann = org.sandbox.insert(person("Ann.Smith@x.com"), "ACTIVE");
    let slash = org.sandbox.insert(person("a/b@x.com"), "ACTIVE");
    for key in [ann.as_str(), "ann.smith@x.com", "ANN.SMITH"] {
        assert_eq!(org.get(&format!("/users/{key}")).await.body["id"], ann.as_str(), "{key}");
    }
    assert_eq!(org.post("/users/ann.smith/lifecycle/suspend").await.status, 200);
    org.sandbox.insert(person("ann.smith@y.com"), "ACTIVE");
    assert_eq!(org.get("/users/ann.smith").await.status, 404);
    // A login that a path cannot hold is found by id only.
    assert_eq!(org.get("/users/a%2Fb@x.com").await.error().2, "Not found: Resource not found: a (User)");
    assert_eq!(org.get(&format!("/users/{slash}")).await.status, 200);
}
