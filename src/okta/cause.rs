//! What of Okta's error causes may be repeated: names of attributes, and text that holds nobody's data.
//! Okta echoes logins and may echo other values, so anything not known to be harmless is left out.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::account::Profile;

/// Texts of Okta's that are always the same.
const FIXED: [&str; 8] = [
    "The field cannot be left blank",
    "Username must be in the form of an email address",
    "Does not match required pattern",
    "An object with this field already exists in the current organization",
    "Cannot suspend a user that is not active",
    "Cannot unsuspend a user that is not suspended",
    "The user is not locked out.",
    "Invalid search syntax.",
];

/// The values that a call carried.
#[derive(Clone, Copy)]
pub(super) enum Sent<'a> {
    Nothing,
    Key(&'a str),
    Profile(&'a Profile),
}

/// What may be repeated of one answer's causes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Causes {
    /// Names of the attributes they are about.
    pub attributes: BTreeSet<String>,
    /// Harmless texts, each with its attribute.
    pub texts: Vec<String>,
    /// Whether one says that the login is taken.
    pub login_taken: bool,
}

impl Causes {
    /// Sifts the causes of an answer to a call that carried `sent`.
    pub fn sift<'c>(causes: impl Iterator<Item = &'c str>, sent: Sent<'_>) -> Self {
        let words = sent.words();
        let mut sifted = Self::default();
        for cause in causes.take(20) {
            if let Some(name) = undefined_attribute(cause).filter(|name| sent.names(name)) {
                sifted.attributes.insert(name.to_owned());
                sifted.texts.push(format!("{name}: not defined in the org's user profile"));
                continue;
            }
            let (attribute, text) = match cause.split_once(": ") {
                Some((name, text)) if is_name(name) => (Some(name), text),
                _ => (None, cause),
            };
            sifted.login_taken |= attribute == Some("login") && text.contains("already exists");
            let attribute = attribute.filter(|name| sent.names(name) || !echoes(name, &words));
            sifted.attributes.extend(attribute.map(str::to_owned));
            let text =
                if FIXED.contains(&text) || is_harmless(text, &words) { text } else { "(text withheld)" };
            sifted.texts.push(match attribute {
                Some(name) => format!("{name}: {text}"),
                None => text.to_owned(),
            });
        }
        sifted
    }
}

impl Sent<'_> {
    fn names(self, name: &str) -> bool {
        matches!(self, Self::Profile(profile) if profile.contains_key(name))
    }

    /// Every word of every value, in lower case.
    fn words(self) -> Vec<String> {
        fn collect(value: &Value, all: &mut Vec<String>) {
            match value {
                Value::String(text) => all.extend(words(&text.to_lowercase()).map(str::to_owned)),
                Value::Number(number) => all.push(number.to_string()),
                Value::Array(items) => items.iter().for_each(|item| collect(item, all)),
                Value::Object(fields) => fields.values().for_each(|field| collect(field, all)),
                Value::Null | Value::Bool(_) => {}
            }
        }
        let mut all = Vec::new();
        match self {
            Self::Nothing => {}
            Self::Key(key) => all.extend(words(&key.to_lowercase()).map(str::to_owned)),
            Self::Profile(profile) => profile.values().for_each(|value| collect(value, &mut all)),
        }
        all
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Values may be echoed whole, cut short, or run together: all three are looked for.
fn echoes(text: &str, sent: &[String]) -> bool {
    let text = text.to_lowercase();
    sent.iter().any(|value| {
        if value.chars().count() < 3 {
            words(&text).any(|word| word == value)
        } else {
            text.contains(value.as_str())
                || words(&text).any(|word| word.chars().count() > 3 && value.contains(word))
        }
    })
}

/// A value that is stored and was not sent may be echoed too; it would stand in quotes, be an
/// address, or be a number.
fn is_harmless(text: &str, sent: &[String]) -> bool {
    text.len() <= 200
        && text.is_ascii()
        && !text.contains(['@', '"', '\'', '<', '`'])
        && !text.chars().any(char::is_control)
        && text.chars().filter(char::is_ascii_digit).count() < 6
        && !echoes(text, sent)
}

fn is_name(text: &str) -> bool {
    text.len() <= 100
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn undefined_attribute(cause: &str) -> Option<&str> {
    cause.strip_prefix("Property name '")?.strip_suffix("' is not defined in profile")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sift(cause: &str, profile: &Value) -> (Vec<String>, String) {
        let profile: Profile = serde_json::from_value(profile.clone()).unwrap();
        let sifted = Causes::sift(std::iter::once(cause), Sent::Profile(&profile));
        (sifted.attributes.into_iter().collect(), sifted.texts.join("; "))
    }

    #[test]
    fn names_and_fixed_texts_are_kept() {
        let profile = json!({"login": "field@x.com", "notValid": 1});
        for (cause, attribute, text) in [
            ("login: The field cannot be left blank", "login", "login: The field cannot be left blank"),
            ("badge: Must be one of the enum", "badge", "badge: Must be one of the enum"),
            (
                "Property name 'notValid' is not defined in profile",
                "notValid",
                "notValid: not defined in the org's user profile",
            ),
        ] {
            assert_eq!(sift(cause, &profile), (vec![attribute.to_owned()], text.to_owned()));
        }
        assert_eq!(
            sift("Cannot suspend a user that is not active", &profile).1,
            "Cannot suspend a user that is not active"
        );
    }

    #[test]
    fn whatever_may_hold_a_value_is_withheld() {
        let profile = json!({
            "firstName": "Zebedee", "title": "Chief Wrangler", "n": 424_242, "list": [{"deep": "Quokka"}], "x": "Bo"
        });
        for cause in [
            "firstName: zebedee is not allowed",
            "firstName: MrZebedeeX is not allowed",
            "title: Wrang is too long",
            "n: 424242 is too big",
            "list: Quokka unknown",
            "x: no bo here",
            "secondEmail: somebody.else@example.com is taken",
            "city: 'Stored Elsewhere' is too long",
            "mobilePhone: +49 30 123456 is no phone",
            "city: M\u{fc}nchen is too long",
        ] {
            let (attributes, text) = sift(cause, &profile);
            let name = cause.split(':').next().unwrap();
            assert_eq!(
                (attributes, text),
                (vec![name.to_owned()], format!("{name}: (text withheld)")),
                "{cause}"
            );
        }
        // A value that looks like the name of an attribute.
        assert_eq!(sift("Zebedee: taken", &profile), (vec![], "taken".to_owned()));
        assert_eq!(sift("Property name 'Zebedee' is not defined in profile", &profile).1, "(text withheld)");
    }

    #[test]
    fn a_taken_login_is_seen() {
        let taken = ["login: An object with this field already exists in the current organization"];
        assert!(Causes::sift(taken.into_iter(), Sent::Nothing).login_taken);
        let other = [
            "email: An object with this field already exists in the current organization",
            "login: too short",
        ];
        assert!(!Causes::sift(other.into_iter(), Sent::Nothing).login_taken);
    }
}
