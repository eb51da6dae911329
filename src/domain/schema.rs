//! The org's user schema: which attributes its users have, and what it takes for each.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::attribute::{Format, Kind, Limit, Limits};

/// Base and custom attributes by name, of the default user type.
pub type Schema = BTreeMap<String, Attribute>;

/// An attribute of the org's user profile (Okta API: `UserSchemaAttribute`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attribute {
    /// `string`, `number`, `integer`, `boolean` or `array`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `email`, `uri`, `country-code` and the like.
    pub format: Option<String>,
    /// A login's own form; with one, a login need not be an e-mail address.
    pub pattern: Option<String>,
    /// Whether every user must have it.
    #[serde(deserialize_with = "true_or_absent")]
    pub required: bool,
    /// What a user gets who is given no value.
    pub default: Option<Value>,
    /// The fewest characters.
    pub min_length: Option<u32>,
    /// The most characters.
    pub max_length: Option<u32>,
    /// `READ_WRITE`, `READ_ONLY`, `IMMUTABLE`; old orgs do not say.
    pub mutability: Option<String>,
    /// The only values allowed, if there is such a list.
    #[serde(rename = "enum")]
    pub choices: Option<Vec<Value>>,
    /// Of an array: what its items may be.
    pub items: Option<Items>,
}

/// What the items of an array may be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Items {
    /// The only values allowed, if there is such a list.
    #[serde(rename = "enum")]
    pub choices: Option<Vec<Value>>,
}

/// Whether it can be a user schema: each has the attributes that every user must have.
#[must_use]
pub fn is_whole(schema: &Schema) -> bool {
    Limits::base().0.iter().all(|(name, limit)| !limit.required || schema.contains_key(name))
}

fn true_or_absent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(false))
}

impl Attribute {
    /// Whether a user without it is refused: where there is a default, Okta fills it in itself.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        self.required && self.default.is_none()
    }

    /// Whether it is given at creation and never changes.
    #[must_use]
    pub fn is_immutable(&self) -> bool {
        self.mutability.as_deref() == Some("IMMUTABLE")
    }

    /// Whether it cannot be written at all.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.mutability.as_deref() == Some("READ_ONLY")
    }

    /// What it takes: what the org says, and where it says nothing what holds in every org.
    #[must_use]
    pub fn limit(&self, base: &Limit) -> Limit {
        let length = |length: Option<u32>| length.and_then(|length| usize::try_from(length).ok());
        let items = self.items.as_ref().and_then(|items| items.choices.as_ref());
        // An empty list allows nothing, which nobody can mean.
        let choices = [self.choices.as_ref(), items].into_iter().flatten().find(|list| !list.is_empty());
        let free = self.pattern.is_some();
        let format = match self.format.as_deref() {
            // What the pattern allows, Okta knows better.
            None if free && base.format == Format::Email => Format::Text,
            format => format.and_then(Format::named).unwrap_or(base.format),
        };
        Limit {
            kind: Kind::named(&self.kind).unwrap_or(base.kind),
            // Okta API: a login with a pattern may be shorter than the schema says.
            min: if free { 1 } else { length(self.min_length).unwrap_or(base.min) },
            max: length(self.max_length).unwrap_or(base.max),
            format,
            required: self.is_needed(),
            choices: choices.map(|choices| choices.as_slice().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::attribute::Rule;

    fn limit(name: &str, attribute: Value) -> Limit {
        let attribute: Attribute = serde_json::from_value(attribute).unwrap();
        attribute.limit(&Limits::base().limit(name, Kind::String))
    }

    #[test]
    fn what_the_org_says_holds_and_else_what_holds_everywhere() {
        let city = json!({"type": "string", "maxLength": 3, "required": null});
        assert_eq!(limit("city", city).check(&json!("Rome")), Err(Rule::TooLong(3)));
        let wide = json!({"type": "string", "minLength": 1, "maxLength": 200, "required": true});
        let first_name = limit("firstName", wide);
        assert_eq!(first_name.check(&json!("x".repeat(200))), Ok(()), "wider than elsewhere");
        assert_eq!(first_name.check(&Value::Null), Err(Rule::Missing));
        let optional = limit("firstName", json!({"type": "string"}));
        assert_eq!(optional.check(&Value::Null), Ok(()), "the org lets people be without");
        assert_eq!(optional.check(&json!("x".repeat(51))), Err(Rule::TooLong(50)));
        let street = limit("streetAddress", json!({"type": "string"}));
        assert_eq!(street.check(&json!("x".repeat(1025))), Err(Rule::TooLong(1024)));
        let filled = limit("site", json!({"type": "string", "required": true, "default": "HQ"}));
        assert_eq!(filled.check(&Value::Null), Ok(()), "Okta fills it in");
    }

    #[test]
    fn a_schema_without_what_every_user_has_is_none() {
        let schema = |names: &[&str]| -> Schema {
            names.iter().map(|name| ((*name).to_owned(), Attribute::default())).collect()
        };
        assert!(is_whole(&schema(&["login", "email", "firstName", "lastName", "badge"])));
        assert!(!is_whole(&schema(&["login", "email", "firstName"])));
        assert!(!is_whole(&schema(&[])));
    }

    #[test]
    fn lists_types_and_forms_are_the_orgs() {
        let size = limit("size", json!({"type": "string", "enum": ["S", "M"]}));
        assert_eq!((size.check(&json!("M")), size.check(&json!("XL"))), (Ok(()), Err(Rule::NotAllowed)));
        assert_eq!(size.check(&Value::Null), Ok(()));
        let none = limit("size", json!({"type": "string", "enum": []}));
        assert_eq!(none.check(&json!("XL")), Ok(()), "an empty list is none");
        let none = limit("tags", json!({"type": "array", "enum": [], "items": {"enum": ["a"]}}));
        assert_eq!((none.check(&json!(["a"])), none.check(&json!(["b"]))), (Ok(()), Err(Rule::NotAllowed)));
        let level = limit("level", json!({"type": "number", "enum": [1, 2.5]}));
        assert_eq!((level.check(&json!(1.0)), level.check(&json!(2))), (Ok(()), Err(Rule::NotAllowed)));
        let levels = limit("levels", json!({"type": "array", "items": {"enum": [1.0]}}));
        assert_eq!(levels.check(&json!([1])), Ok(()));
        let tags = limit("tags", json!({"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}));
        assert_eq!(
            (tags.check(&json!(["b", "a"])), tags.check(&json!(["a", "c"]))),
            (Ok(()), Err(Rule::NotAllowed))
        );
        assert_eq!(
            limit("level", json!({"type": "integer"})).check(&json!("7")),
            Err(Rule::Kind(Kind::Integer))
        );
        let mail = limit("private", json!({"type": "string", "format": "email"}));
        assert_eq!(mail.check(&json!("nobody")), Err(Rule::Format(Format::Email)));
        let login = json!({"type": "string", "required": true, "minLength": 5, "pattern": ".+"});
        assert_eq!(limit("login", login).check(&json!("ann")), Ok(()));
        let usual = json!({"type": "string", "required": true, "minLength": 5, "pattern": null});
        assert_eq!(limit("login", usual).check(&json!("annabel")), Err(Rule::Format(Format::Email)));
    }
}
