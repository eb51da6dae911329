//! What no recording tells, made up: the state before the call, and requests that the recorder dropped.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::recording::Recording;
use super::shape::shape;

/// Where the recorder dropped the request, and with it what somebody had chosen.
pub const PASSWORD: &str = "Password150kta";
pub const ANSWER: &str = "This One!";

/// The request's body, made up from the answer where the recorder dropped it.
pub fn body(recording: &Recording) -> String {
    let profile = || {
        let mut profile = recording.body["profile"].as_object().cloned().unwrap_or_default();
        profile.retain(|_, value| !value.is_null());
        profile
    };
    let question = &recording.body["recovery_question"]["question"];
    let made_up = match (recording.method.as_str(), recording.parts().as_slice()) {
        _ if !recording.request.is_null() => match &recording.request {
            Value::String(text) => return text.clone(),
            Value::Object(fields) if fields.is_empty() && recording.method == "GET" => Value::Null,
            body => body.clone(),
        },
        ("POST", ["users"]) => {
            json!({ "profile": profile(), "credentials": credentials(&recording.body, recording) })
        }
        ("POST", ["groups"]) | ("PUT", ["users" | "groups", _]) => json!({ "profile": profile() }),
        (_, ["users", _, "credentials", "change_password"]) => {
            json!({ "oldPassword": { "value": PASSWORD }, "newPassword": { "value": "Another-1" } })
        }
        (_, ["users", _, "credentials", _]) => json!({
            "password": { "value": PASSWORD },
            "recovery_question": { "question": question, "answer": ANSWER },
        }),
        _ => Value::Null,
    };
    if made_up.is_null() { String::new() } else { made_up.to_string() }
}

/// In which status the user of the path must have been.
pub fn status_before(recording: &Recording) -> String {
    let parts = recording.parts();
    let status = match (parts.last().copied().unwrap_or_default(), recording.status) {
        ("activate", 200) | ("reactivate", 403) if recording.id != "x00602" => "STAGED",
        ("activate", 403) | ("reactivate", 200) => "PROVISIONED",
        ("suspend", 400) | ("unsuspend", 200) => "SUSPENDED",
        ("unlock", 200) => "LOCKED_OUT",
        _ if parts.len() == 2 => recording.body["status"].as_str().unwrap_or("ACTIVE"),
        _ => "ACTIVE",
    };
    status.to_owned()
}

/// Credentials to create a user with, who then has what this body shows, and can say what the request says.
pub fn credentials(shown: &Value, recording: &Recording) -> Value {
    let said = |pointer: &str| recording.request.pointer(pointer).and_then(Value::as_str);
    let password = said("/oldPassword/value").or(said("/password/value")).unwrap_or(PASSWORD);
    let answer = said("/recovery_question/answer").unwrap_or(ANSWER);
    credentials_of(&shown["credentials"], password, answer)
}

pub fn credentials_of(shown: &Value, password: &str, answer: &str) -> Value {
    let mut given = json!({});
    if shown.get("password").is_some() {
        given["password"] = json!({ "value": password });
    }
    if let Some(question) = shown.pointer("/recovery_question/question") {
        given["recovery_question"] = json!({ "question": question, "answer": answer });
    }
    given
}

/// One user of each shape and status.
pub fn distinct<'a>(users: &[&'a Value]) -> Vec<&'a Value> {
    let mut seen = BTreeSet::new();
    users.iter().filter(|user| seen.insert((user["status"].to_string(), shape(user)))).copied().collect()
}
