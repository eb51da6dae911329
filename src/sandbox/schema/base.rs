//! The 31 attributes that every org has.

use serde_json::{Map, Value, json};

/// The required attributes, in the order in which Okta names those that are missing.
pub(super) const REQUIRED: [&str; 4] = ["login", "firstName", "lastName", "email"];

pub(super) const KINDS: [&str; 5] = ["string", "boolean", "number", "integer", "array"];

/// What of a base attribute an org may change; `required` only of the two names.
pub(super) const CHANGEABLE: [&str; 4] = ["required", "permissions", "master", "pattern"];

pub(super) const CREATED: &str = "2020-01-01T00:00:00.000Z";

/// Name, title, least and greatest length (0: none), format (empty: none), as orgs show them. All are
/// strings.
const BASE: [(&str, &str, usize, usize, &str); 31] = [
    ("login", "Username", 5, 100, ""),
    ("firstName", "First name", 1, 50, ""),
    ("lastName", "Last name", 1, 50, ""),
    ("middleName", "Middle name", 0, 0, ""),
    ("honorificPrefix", "Honorific prefix", 0, 0, ""),
    ("honorificSuffix", "Honorific suffix", 0, 0, ""),
    ("email", "Primary email", 0, 0, "email"),
    ("title", "Title", 0, 0, ""),
    ("displayName", "Display name", 0, 0, ""),
    ("nickName", "Nickname", 0, 0, ""),
    ("profileUrl", "Profile Url", 0, 0, "uri"),
    ("secondEmail", "Secondary email", 0, 0, "email"),
    ("mobilePhone", "Mobile phone", 0, 100, ""),
    ("primaryPhone", "Primary phone", 0, 100, ""),
    ("streetAddress", "Street address", 0, 0, ""),
    ("city", "City", 0, 0, ""),
    ("state", "State", 0, 0, ""),
    ("zipCode", "Zip code", 0, 0, ""),
    ("countryCode", "Country code", 0, 0, "country-code"),
    ("postalAddress", "Postal Address", 0, 0, ""),
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

/// Least and greatest lengths that only the contract of the API names, not the schema of an org.
pub(super) const SPEC_LENGTHS: [(&str, usize, usize); 8] = [
    ("email", 5, 100),
    ("secondEmail", 0, 100),
    ("streetAddress", 0, 1024),
    ("city", 0, 128),
    ("state", 0, 128),
    ("zipCode", 0, 50),
    ("countryCode", 0, 2),
    ("postalAddress", 0, 4096),
];

/// An attribute as a schema shows it.
pub(super) fn attribute(title: &str, kind: &str) -> Value {
    json!({
        "title": title, "type": kind, "mutability": "READ_WRITE", "scope": "NONE",
        "permissions": [{ "principal": "SELF", "action": "READ_ONLY" }],
    })
}

pub(super) fn attributes() -> Map<String, Value> {
    BASE.into_iter()
        .map(|(name, title, min, max, format)| {
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
            (name.to_owned(), shown)
        })
        .collect()
}
