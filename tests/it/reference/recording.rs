//! One recorded exchange: what the file says, and whether the sandbox can be asked the same.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::reference::reference;

/// What somebody asked Okta once, and what it answered.
pub struct Recording {
    pub id: String,
    pub method: String,
    /// As sent.
    pub path: String,
    pub query: String,
    /// The request's body; null where the recorder dropped it or there was none.
    pub request: Value,
    pub status: u16,
    /// Lower-case names. A header that came twice has two values.
    pub headers: BTreeMap<String, Vec<String>>,
    pub body: Value,
}

impl Recording {
    /// All that the file has; none without one.
    pub fn all() -> Option<Vec<Self>> {
        Some(reference("OKTA_EXCHANGES")?.lines().map(Self::parse).collect())
    }

    fn parse(line: &str) -> Self {
        let mut line: Value = serde_json::from_str(line).expect("JSON");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let values = |value: &Value| match value {
            Value::Array(values) => values.iter().map(text).collect(),
            value => vec![text(value)],
        };
        let empty_is_null = |value: Value| if value == "" { Value::Null } else { value };
        let headers = line["response"]["headers"].as_object().expect("headers");
        Self {
            id: text(&line["id"]),
            method: text(&line["request"]["method"]),
            path: text(&line["request"]["path"]),
            query: text(&line["request"]["query"]),
            status: line["response"]["status"].as_u64().and_then(|n| n.try_into().ok()).expect("a status"),
            headers: headers.iter().map(|(name, value)| (name.to_lowercase(), values(value))).collect(),
            request: empty_is_null(line["request"]["body"].take()),
            body: empty_is_null(line["response"]["body"].take()),
        }
    }

    /// The year of the answer; the few without a date are of one suite of 2020.
    pub fn year(&self) -> u32 {
        self.header("date")
            .unwrap_or_default()
            .split(' ')
            .nth(3)
            .map_or(2020, |year| year.parse().expect("a year"))
    }

    /// What follows `/api/v1`, without a slash at the end.
    pub fn parts(&self) -> Vec<&str> {
        let path = self.path.strip_prefix("/api/v1").unwrap_or(&self.path);
        path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// Method and path, with `{id}` in the place of one thing; all that were refused at the door are one.
    pub fn endpoint(&self) -> String {
        if self.is_refused_at_the_door() {
            return "any, with a bad token or none left in the window".to_owned();
        }
        let mut parts = self.parts();
        if let ["users" | "groups", id, ..] = parts.as_mut_slice()
            && *id != "rules"
        {
            *id = "{id}";
        }
        if let ["api-tokens", id] | ["meta", "types", "user", id] = parts.as_mut_slice() {
            *id = "{id}";
        }
        if let ["groups", "{id}", "users", user] = parts.as_mut_slice() {
            *user = "{id}";
        }
        format!("{} /{}", self.method, parts.join("/"))
    }

    /// The first of this name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|values| values[0].as_str())
    }

    pub fn error_code(&self) -> &str {
        self.body["errorCode"].as_str().unwrap_or_default()
    }

    /// Before anything of the call was looked at.
    fn is_refused_at_the_door(&self) -> bool {
        matches!((self.status, self.error_code()), (401, "E0000011") | (429, "E0000047"))
    }

    /// Why the sandbox cannot be asked this; none if it can.
    pub fn not_asked(&self) -> Option<&'static str> {
        if self.is_refused_at_the_door() {
            return None;
        }
        match self.parts().as_slice() {
            ["groups", _] if self.request.pointer("/profile/customGroupAttribute").is_some() => {
                Some("an attribute of groups of the org's own, which the sandbox's groups cannot have")
            }
            ["users", _, "blocks"] => Some("a feature that the recorded org had not"),
            ["groups", "rules", ..] => Some("group rules, which the sandbox has not"),
            ["meta", "schemas", "user", "linkedObjects", ..] => {
                Some("linked objects, which the sandbox has not")
            }
            ["meta", "types", ..] if self.method != "GET" => {
                Some("further user types, which the sandbox has not")
            }
            ["principal-rate-limits", ..] => Some("limits of single tokens, which the sandbox has not"),
            ["users" | "groups" | "meta" | "api-tokens", ..] => None,
            _ => Some("another API"),
        }
    }

    /// Whether this thing of the path was said not to be there.
    pub fn is_missing(&self, key: &str) -> bool {
        let summary = self.body["errorSummary"].as_str().unwrap_or_default();
        self.status == 404 && summary.contains(&format!("not found: {key} ("))
    }

    pub fn links_to(&self, relation: &str) -> bool {
        let relation = format!("rel=\"{relation}\"");
        self.headers.get("link").is_some_and(|links| links.iter().any(|link| link.contains(&relation)))
    }
}
