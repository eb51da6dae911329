//! What a value of an attribute may be, and what Okta says when it may not.

use serde_json::{Map, Value};

use crate::sandbox::reply::Refusal;
use crate::sandbox::switches::{Switch, Switches};

use super::{Schema, base};

/// Recorded.
const BLANK: &str = "The field cannot be left blank";
const NOT_A_USERNAME: &str = "Username must be in the form of an email address";
const PATTERN: &str = "Does not match required pattern";

/// Guesses: no refusal of these kinds was recorded. Nothing may depend on the words.
const TOO_SHORT: &str = "The field is too short";
const TOO_LONG: &str = "The field is too long";
const WRONG_TYPE: &str = "The value is not of the attribute's type";
const NOT_ALLOWED: &str = "The value is not one of the allowed values";
const FOUR_BYTES: &str = "The field contains characters that are not supported";

impl Schema {
    /// Refuses attributes that the schema does not have: then nothing of the call is applied.
    pub(in crate::sandbox) fn check_names(&self, profile: &Map<String, Value>) -> Result<(), Refusal> {
        let causes: Vec<String> = profile
            .keys()
            .filter(|name| !self.knows(name))
            .map(|name| format!("Property name '{name}' is not defined in profile"))
            .collect();
        if causes.is_empty() { Ok(()) } else { Err(Refusal::invalid("newUser", causes)) }
    }

    /// Checks a whole profile, as Okta does even when only the attributes `given` are to change.
    pub(in crate::sandbox) fn check(
        &self,
        profile: &Map<String, Value>,
        given: &Map<String, Value>,
        switches: Switches,
    ) -> Result<(), Refusal> {
        let mut causes = Vec::new();
        let mut fail = |name: &str, why: &str| causes.push(format!("{name}: {why}"));
        for name in self.required() {
            if profile.get(name).is_none_or(is_blank) {
                fail(name, BLANK);
            }
        }
        let touched = |name: &str| switches.on(Switch::StoredProfileChecked) || given.contains_key(name);
        // A pattern of the org's own (`.+` in practice) takes the place of the form of an email address.
        let emails_only = self.base["login"].get("pattern").is_none_or(Value::is_null);
        let login = profile.get("login").and_then(Value::as_str);
        if emails_only && touched("login") && !login.is_some_and(is_email) {
            fail("login", NOT_A_USERNAME);
        }
        for (name, value) in profile.iter().filter(|(name, _)| touched(name)) {
            let Some(attribute) = self.attribute(name) else { continue };
            if let Some(why) = fault(name, value, attribute, switches) {
                fail(name, why);
            }
        }
        let Some(first) = causes.first() else { return Ok(()) };
        let what = first.split(':').next().unwrap_or_default().to_owned();
        Err(Refusal::invalid(&what, causes))
    }
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn fault(name: &str, value: &Value, attribute: &Value, switches: Switches) -> Option<&'static str> {
    let kind = attribute["type"].as_str().unwrap_or("string");
    if !has_type(value, kind) {
        return Some(WRONG_TYPE);
    }
    if let Value::Array(items) = value {
        let rule = &attribute["items"];
        let kind = rule["type"].as_str().unwrap_or("string");
        return items.iter().find_map(|item| {
            if has_type(item, kind) { fault(name, item, rule, switches) } else { Some(WRONG_TYPE) }
        });
    }
    if !is_allowed(value, attribute) {
        return Some(NOT_ALLOWED);
    }
    // A blank required attribute was named before.
    let text = value.as_str().filter(|text| !text.is_empty())?;
    let spec = base::SPEC_LENGTHS.iter().find(|(known, ..)| *known == name);
    let spec = spec.filter(|_| switches.on(Switch::SpecLengths));
    let length = |key: &str| attribute[key].as_u64().and_then(|length| usize::try_from(length).ok());
    let min = length("minLength").or(spec.map(|(_, min, _)| *min)).unwrap_or(0);
    let max = length("maxLength").or(spec.map(|(_, _, max)| *max)).unwrap_or(usize::MAX);
    let four_bytes = switches.on(Switch::FourBytesRefused);
    match text.chars().count() {
        length if length < min => Some(TOO_SHORT),
        length if length > max => Some(TOO_LONG),
        // Okta API: characters of four bytes in UTF-8 are not supported.
        _ if four_bytes && text.chars().any(|c| c.len_utf8() == 4) => Some(FOUR_BYTES),
        _ => (!has_format(text, attribute["format"].as_str().unwrap_or_default())).then_some(PATTERN),
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

/// Whether it is one of the values listed, where some are: as `enum`, or as `oneOf` with a `const` each.
fn is_allowed(value: &Value, attribute: &Value) -> bool {
    let plain = attribute["enum"].as_array();
    let titled = attribute["oneOf"].as_array();
    match (plain, titled) {
        (None, None) => true,
        _ => {
            plain.is_some_and(|allowed| allowed.contains(value))
                || titled.is_some_and(|allowed| allowed.iter().any(|one| one["const"] == *value))
        }
    }
}

fn has_format(text: &str, format: &str) -> bool {
    let letters = |part: &str, lengths: &[usize]| {
        lengths.contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphabetic())
    };
    match format {
        "email" => is_email(text),
        "uri" => url::Url::parse(text).is_ok(),
        "country-code" => {
            text.chars().all(|c| c.is_ascii_uppercase()) && celes::Country::from_alpha2(text).is_ok()
        }
        "timezone" => text.parse::<chrono_tz::Tz>().is_ok(),
        // A language, and what narrows it: `en`, `en_US`, `en-US`, `zh-Hant-TW`.
        "locale" | "language-code" => {
            let mut parts = text.split(['_', '-']);
            parts.next().is_some_and(|language| letters(language, &[2, 3]))
                && parts.all(|part| {
                    (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
                })
        }
        _ => true,
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
