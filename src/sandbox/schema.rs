//! The user schema: which attributes there are, and what a value of each may be.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::reply::Refusal;

/// The required attributes, in the order in which Okta names those that are missing.
const REQUIRED: [&str; 4] = ["login", "firstName", "lastName", "email"];

/// Name, title, least and greatest length (0: none), format (empty: none). All are strings.
const BASE: [(&str, &str, usize, usize, &str); 31] = [
    ("login", "Username", 5, 100, ""),
    ("firstName", "First name", 1, 50, ""),
    ("lastName", "Last name", 1, 50, ""),
    ("middleName", "Middle name", 0, 0, ""),
    ("honorificPrefix", "Honorific prefix", 0, 0, ""),
    ("honorificSuffix", "Honorific suffix", 0, 0, ""),
    ("email", "Primary email", 5, 100, "email"),
    ("title", "Title", 0, 0, ""),
    ("displayName", "Display name", 0, 0, ""),
    ("nickName", "Nickname", 0, 0, ""),
    ("profileUrl", "Profile Url", 0, 0, "uri"),
    ("secondEmail", "Secondary email", 0, 100, "email"),
    ("mobilePhone", "Mobile phone", 0, 100, ""),
    ("primaryPhone", "Primary phone", 0, 100, ""),
    ("streetAddress", "Street address", 0, 1024, ""),
    ("city", "City", 0, 128, ""),
    ("state", "State", 0, 128, ""),
    ("zipCode", "Zip code", 0, 50, ""),
    ("countryCode", "Country code", 0, 2, "country-code"),
    ("postalAddress", "Postal Address", 0, 4096, ""),
    ("preferredLanguage", "Preferred language", 0, 0, "language-code"),
    ("locale", "Locale", 0, 0, "locale"),
    ("timezone", "Time zone", 0, 0, "timezone"),
    ("userType", "User type", 0, 0, ""),
    ("employeeNumber", "Employee number", 0, 0, ""),
    ("costCenter", "Cost center", 0, 0, ""),
    ("organization", "Organization", 0, 0, ""),
    ("division", "Division", 0, 0, ""),
    ("department", "Department", 0, 0, ""),
    ("managerId", "ManagerId", 0, 0, ""),
    ("manager", "Manager", 0, 0, ""),
];

/// The base attributes and the org's own.
#[derive(Default)]
pub(super) struct Schema {
    /// Name → JSON schema type.
    custom: BTreeMap<String, String>,
}

impl Schema {
    pub(super) fn add(&mut self, name: &str, kind: &str) {
        self.custom.insert(name.to_owned(), kind.to_owned());
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        BASE.iter().any(|(base, ..)| *base == name) || self.custom.contains_key(name)
    }

    /// Refuses attributes that the schema does not have: then nothing of the call is applied.
    pub(super) fn check_names(&self, profile: &Map<String, Value>) -> Result<(), Refusal> {
        let causes: Vec<String> = profile
            .keys()
            .filter(|name| !self.knows(name))
            .map(|name| format!("Property name '{name}' is not defined in profile"))
            .collect();
        if causes.is_empty() { Ok(()) } else { Err(Refusal::invalid("newUser", causes)) }
    }

    /// Checks a whole profile, as Okta does even when only one attribute is to change.
    pub(super) fn check(&self, profile: &Map<String, Value>) -> Result<(), Refusal> {
        let mut causes = Vec::new();
        let mut fail = |name: &str, why: &str| causes.push(format!("{name}: {why}"));
        for name in REQUIRED {
            if profile.get(name).and_then(Value::as_str).is_none_or(|value| value.trim().is_empty()) {
                fail(name, "The field cannot be left blank");
            }
        }
        if !profile.get("login").and_then(Value::as_str).is_some_and(is_email) {
            fail("login", "Username must be in the form of an email address");
        }
        for (name, value) in profile {
            match BASE.iter().find(|(base, ..)| base == name) {
                Some((_, _, min, max, format)) => {
                    // A blank required attribute has been named above.
                    if let Some(why) = text_fault(value, *min, *max, format) {
                        fail(name, why);
                    }
                }
                None if !self.custom.get(name).is_none_or(|kind| has_type(value, kind)) => {
                    fail(name, "The value is not of the attribute's type");
                }
                None if has_four_byte_character(value) => fail(name, FOUR_BYTES),
                None => {}
            }
        }
        let Some(first) = causes.first() else { return Ok(()) };
        let what = first.split(':').next().unwrap_or_default().to_owned();
        Err(Refusal::invalid(&what, causes))
    }

    /// The body of `GET /api/v1/meta/schemas/user/default`.
    pub(super) fn shown(&self, base: &str) -> Value {
        let attribute = |title: &str, kind: &str| {
            json!({
                "title": title, "type": kind, "mutability": "READ_WRITE", "scope": "NONE",
                "permissions": [{ "principal": "SELF", "action": "READ_ONLY" }],
            })
        };
        let mut properties = Map::new();
        for (name, title, min, max, format) in BASE {
            let mut shown = attribute(title, "string");
            for (key, length) in [("minLength", min), ("maxLength", max)] {
                if length > 0 {
                    shown[key] = json!(length);
                }
            }
            if !format.is_empty() {
                shown["format"] = json!(format);
            }
            if REQUIRED.contains(&name) {
                shown["required"] = json!(true);
            }
            properties.insert(name.into(), shown);
        }
        let custom: Map<String, Value> =
            self.custom.iter().map(|(name, kind)| (name.clone(), attribute(name, kind))).collect();
        json!({
            "id": format!("{base}/meta/schemas/user/default"),
            "$schema": "http://json-schema.org/draft-04/schema#",
            "name": "user", "title": "User", "type": "object",
            "definitions": {
                "base": { "id": "#base", "type": "object", "properties": properties, "required": REQUIRED },
                "custom": { "id": "#custom", "type": "object", "properties": custom, "required": [] },
            },
            "properties": {
                "profile": { "allOf": [{ "$ref": "#/definitions/custom" }, { "$ref": "#/definitions/base" }] },
            },
        })
    }
}

const FOUR_BYTES: &str = "The field contains characters that are not supported";

fn text_fault(value: &Value, min: usize, max: usize, format: &str) -> Option<&'static str> {
    let Some(text) = value.as_str() else { return Some("The value is not of the attribute's type") };
    let length = text.chars().count();
    match () {
        () if text.is_empty() => None,
        () if length < min => Some("The field is too short"),
        () if max > 0 && length > max => Some("The field is too long"),
        () if has_four_byte_character(value) => Some(FOUR_BYTES),
        () if format == "email" && !is_email(text) => Some("Does not match required pattern"),
        () if format == "country-code" && !(length == 2 && text.chars().all(|c| c.is_ascii_uppercase())) => {
            Some("Does not match required pattern")
        }
        () => None,
    }
}

fn has_type(value: &Value, kind: &str) -> bool {
    match kind {
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        _ => value.is_string(),
    }
}

/// Okta API: characters of four bytes in UTF-8 are not supported.
fn has_four_byte_character(value: &Value) -> bool {
    match value {
        Value::String(text) => text.chars().any(|c| c.len_utf8() == 4),
        Value::Array(items) => items.iter().any(has_four_byte_character),
        _ => false,
    }
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '@' | ',' | ';' | '<' | '>' | '"');
    !local.is_empty()
        && !text.replacen('@', "", 1).contains(odd)
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
}
