//! What of two answers must be the same: the status, the shape of the body, the words of an error, and the
//! headers that a client goes by.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::recording::Recording;

/// An answer of the sandbox.
pub struct Answer {
    pub status: u16,
    /// As in [`Recording`].
    pub headers: BTreeMap<String, Vec<String>>,
    pub body: Value,
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

/// Path → the JSON types found there. Elements of a list share one path.
pub fn shape(body: &Value) -> BTreeMap<String, BTreeSet<&'static str>> {
    fn visit(value: &Value, path: &str, shape: &mut BTreeMap<String, BTreeSet<&'static str>>) {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "text",
            Value::Array(_) => "list",
            Value::Object(_) => "object",
        };
        shape.entry(path.to_owned()).or_default().insert(kind);
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

fn join(kinds: &BTreeSet<&'static str>) -> String {
    kinds.iter().copied().collect::<Vec<_>>().join(" or ")
}
