//! What of two answers must be the same: the status, the shape of the body, the words of an error, and the
//! headers that a client goes by.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use serde_json::Value;

use super::super::recording::Recording;

/// An answer of the sandbox.
pub struct Answer {
    pub status: u16,
    /// As in [`Recording`].
    pub headers: BTreeMap<String, Vec<String>>,
    pub body: Value,
    /// How many of a list are there that should not be.
    pub strangers: usize,
}

/// Every difference in words; none if the answers are the same.
pub fn differences(recording: &Recording, answer: &Answer) -> Vec<String> {
    let mut found = Vec::new();
    if recording.status != answer.status {
        let code = answer.body["errorCode"].as_str().unwrap_or("no error");
        // Then nothing else can be the same.
        return vec![format!("status {} ({code}), recorded {}", answer.status, recording.status)];
    }
    if recording.error_code().is_empty() && answer.body.get("errorCode").is_none() {
        let (theirs, ours) = (shape(&recording.body), shape(&answer.body));
        for (path, kinds) in &theirs {
            match ours.get(path) {
                // What lies below something that is missing as a whole says no more.
                None if path.rsplit_once(['.', '[']).is_some_and(|(above, _)| !ours.contains_key(above)) => {}
                None => found.push(format!("lacks {path}")),
                Some(ours) if ours != kinds => {
                    found.push(format!("{path} is {}, recorded {}", join(ours), join(kinds)));
                }
                Some(_) => {}
            }
        }
        for path in ours.keys().filter(|path| !theirs.contains_key(*path)) {
            if path.rsplit_once(['.', '[']).is_none_or(|(above, _)| theirs.contains_key(above)) {
                found.push(format!("has {path}"));
            }
        }
    } else {
        for part in ["errorCode", "errorSummary", "errorLink", "errorCauses"] {
            if recording.body[part] != answer.body[part] {
                found.push(format!("{part} {}, recorded {}", answer.body[part], recording.body[part]));
            }
        }
        if answer.body["errorId"].as_str().is_none_or(|id| !id.starts_with("oae")) {
            found.push("no errorId".to_owned());
        }
    }
    if answer.strangers > 0 {
        found.push(format!("lists {} who should not be there", answer.strangers));
    }
    found.extend(headers(recording, answer));
    found
}

/// Recorders drop headers, so only those that are there must be there; but a list says by its links whether
/// it goes on.
fn headers(recording: &Recording, answer: &Answer) -> Vec<String> {
    let mut found = Vec::new();
    for name in
        ["etag", "www-authenticate", "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"]
    {
        if recording.headers.contains_key(name) && !answer.headers.contains_key(name) {
            found.push(format!("no {name}"));
        }
    }
    for name in ["content-type", "x-okta-request-id"] {
        if recording.headers.contains_key(name) != answer.headers.contains_key(name)
            && (name == "content-type" || !answer.headers.contains_key(name))
        {
            found.push(format!("{name} is there only once"));
        }
    }
    let theirs: BTreeSet<&str> =
        ["self", "next"].into_iter().filter(|relation| recording.links_to(relation)).collect();
    let ours: BTreeSet<&str> = ["self", "next"]
        .into_iter()
        .filter(|relation| {
            let relation = format!("rel=\"{relation}\"");
            answer.headers.get("link").is_some_and(|links| links.iter().any(|link| link.contains(&relation)))
        })
        .collect();
    if theirs != ours {
        found.push(format!("links to {ours:?}, recorded {theirs:?}"));
    }
    found
}

/// What is found at a path, each in words.
type Kinds = BTreeSet<Cow<'static, str>>;

/// Path → the JSON types found there; of texts whether they are times or ids, and the words that a program
/// goes by. Elements of a list share one path.
pub fn shape(body: &Value) -> BTreeMap<String, Kinds> {
    fn visit(value: &Value, path: &str, shape: &mut BTreeMap<String, Kinds>) {
        let kind = match value {
            Value::String(word) if matches!(path.rsplit_once('.'), Some((_, "status" | "type"))) => {
                shape.entry(path.to_owned()).or_default().insert(format!("{word:?}").into());
                return;
            }
            Value::String(text) if is_time(text) => "time",
            Value::String(text) if is_id(text) => "id",
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "text",
            Value::Array(_) => "list",
            Value::Object(_) => "object",
        };
        shape.entry(path.to_owned()).or_default().insert(kind.into());
        match value {
            Value::Array(items) => items.iter().for_each(|item| visit(item, &format!("{path}[]"), shape)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    visit(value, &format!("{path}.{name}"), shape);
                }
            }
            _ => {}
        }
    }
    let mut found = BTreeMap::new();
    visit(body, "$", &mut found);
    found
}

/// Okta API: UTC, with three digits of a second.
fn is_time(text: &str) -> bool {
    text.len() == 24 && text.ends_with('Z') && DateTime::parse_from_rfc3339(text).is_ok()
}

/// Okta API: twenty letters and digits, of which the first tell what it is of.
fn is_id(text: &str) -> bool {
    text.len() == 20
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && ["00u", "00g", "00T", "0pr", "oty"].iter().any(|kind| text.starts_with(kind))
}

fn join(kinds: &Kinds) -> String {
    kinds.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" or ")
}
