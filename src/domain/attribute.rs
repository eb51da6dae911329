//! Which values an Okta profile attribute takes.

mod format;
mod rule;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

pub use self::format::Format;
pub use self::rule::Rule;

/// The data type of an attribute (Okta API: `UserSchemaAttributeType`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Text.
    #[default]
    String,
    /// A 64-bit floating point number.
    Number,
    /// A 64-bit whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A list of texts or of numbers.
    Array,
}

impl Kind {
    /// By Okta's name for it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "string" => Some(Kind::String),
            "number" => Some(Kind::Number),
            "integer" => Some(Kind::Integer),
            "boolean" => Some(Kind::Boolean),
            "array" => Some(Kind::Array),
            _ => None,
        }
    }
}

/// What one attribute takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its data type.
    pub kind: Kind,
    /// Fewest characters of a text.
    pub min: usize,
    /// Most characters of a text.
    pub max: usize,
    /// What the text must look like.
    pub format: Format,
    /// Whether a user cannot be without it.
    pub required: bool,
    /// The only values that are taken, if there is such a list; of an array, its items.
    pub choices: Option<Arc<[Value]>>,
}

impl Limit {
    /// Of an attribute of which nothing but its type is known.
    #[must_use]
    pub const fn of(kind: Kind) -> Self {
        Limit { kind, min: 0, max: usize::MAX, format: Format::Lines, required: false, choices: None }
    }

    /// Whether Okta would take this value. Null stands for no value.
    ///
    /// # Errors
    /// The first rule that the value breaks.
    pub fn check(&self, value: &Value) -> Result<(), Rule> {
        self.check_form(value)?;
        let Some(choices) = &self.choices else { return Ok(()) };
        let allowed = match value {
            Value::Null => true,
            Value::Array(items) => items.iter().all(|item| is_among(choices, item)),
            value => is_among(choices, value),
        };
        if allowed { Ok(()) } else { Err(Rule::NotAllowed) }
    }

    fn check_form(&self, value: &Value) -> Result<(), Rule> {
        match (self.kind, value) {
            (_, Value::Null) if self.required => Err(Rule::Missing),
            (Kind::String, Value::String(text)) => self.check_text(text),
            (Kind::Array, Value::Array(items)) => check_items(items),
            (Kind::Integer, Value::Number(number)) if number.is_i64() => Ok(()),
            (_, Value::Null) | (Kind::Number, Value::Number(_)) | (Kind::Boolean, Value::Bool(_)) => Ok(()),
            (kind, _) => Err(Rule::Kind(kind)),
        }
    }

    fn check_text(&self, text: &str) -> Result<(), Rule> {
        check_characters(text, self.format)?;
        let length = text.chars().count();
        if length < self.min {
            Err(Rule::TooShort(self.min))
        } else if length > self.max {
            Err(Rule::TooLong(self.max))
        } else if self.format.fits(text) {
            Ok(())
        } else {
            Err(Rule::Format(self.format))
        }
    }
}

/// Numbers are the same in whatever form they are written: 1 is 1.0.
fn is_among(choices: &[Value], value: &Value) -> bool {
    let number = value.as_f64();
    choices.iter().any(|choice| choice == value || number.is_some() && choice.as_f64() == number)
}

/// Okta API: characters of four bytes in UTF-8 are not supported, whatever the attribute.
fn check_characters(text: &str, format: Format) -> Result<(), Rule> {
    if text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        return Ok(()); // Nearly all texts are plain, and this is nearly free.
    }
    let breaks_lines = |c| format == Format::Lines && matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(|c| c > '\u{ffff}') {
        Err(Rule::Unstorable)
    } else if text.chars().any(|c| c.is_control() && !breaks_lines(c)) {
        Err(Rule::Control)
    } else {
        Ok(())
    }
}

/// Okta has arrays of strings, of numbers and of integers, none that mix.
fn check_items(items: &[Value]) -> Result<(), Rule> {
    if items.iter().all(Value::is_string) {
        items.iter().filter_map(Value::as_str).try_for_each(|text| check_characters(text, Format::Lines))
    } else if items.iter().all(Value::is_number) {
        Ok(())
    } else {
        Err(Rule::Kind(Kind::Array))
    }
}

/// The limits of all attributes that are known, by name. Names are case-sensitive, as in Okta.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits(pub BTreeMap<String, Limit>);

impl Limits {
    /// The base attributes that every org has, with Okta's own limits (Okta API: `UserProfile`
    /// and the default user schema).
    #[must_use]
    pub fn base() -> Self {
        const ANY: usize = usize::MAX;
        let row = |(name, min, max, format): (&str, usize, usize, Format)| {
            let required = ["login", "email", "firstName", "lastName"].contains(&name);
            (name.to_owned(), Limit { min, max, format, required, ..Limit::of(Kind::String) })
        };
        let rows = [
            ("login", 5, 100, Format::Email),
            ("email", 5, 100, Format::Email),
            ("secondEmail", 0, 100, Format::Email),
            ("firstName", 1, 50, Format::Text),
            ("lastName", 1, 50, Format::Text),
            ("middleName", 0, ANY, Format::Text),
            ("honorificPrefix", 0, ANY, Format::Text),
            ("honorificSuffix", 0, ANY, Format::Text),
            ("title", 0, ANY, Format::Text),
            ("displayName", 0, ANY, Format::Text),
            ("nickName", 0, ANY, Format::Text),
            ("profileUrl", 0, ANY, Format::Uri),
            ("primaryPhone", 0, 100, Format::Text),
            ("mobilePhone", 0, 100, Format::Text),
            ("streetAddress", 0, 1024, Format::Lines),
            ("city", 0, 128, Format::Text),
            ("state", 0, 128, Format::Text),
            ("zipCode", 0, 50, Format::Text),
            ("countryCode", 0, 2, Format::CountryCode),
            ("postalAddress", 0, 4096, Format::Lines),
            ("preferredLanguage", 0, ANY, Format::LanguageCode),
            ("locale", 0, ANY, Format::Locale),
            ("timezone", 0, ANY, Format::Timezone),
            ("userType", 0, ANY, Format::Text),
            ("employeeNumber", 0, ANY, Format::Text),
            ("costCenter", 0, ANY, Format::Text),
            ("organization", 0, ANY, Format::Text),
            ("division", 0, ANY, Format::Text),
            ("department", 0, ANY, Format::Text),
            ("managerId", 0, ANY, Format::Text),
            ("manager", 0, ANY, Format::Text),
        ];
        Limits(rows.into_iter().map(row).collect())
    }

    /// The limit of an attribute; of one that is not known, its type alone.
    #[must_use]
    pub fn limit(&self, attribute: &str, kind: Kind) -> Limit {
        self.0.get(attribute).cloned().unwrap_or(Limit::of(kind))
    }

    /// Whether Okta would take this value for this attribute.
    ///
    /// # Errors
    /// The first rule that the value breaks.
    pub fn check(&self, attribute: &str, value: &Value, kind: Kind) -> Result<(), Rule> {
        self.limit(attribute, kind).check(value)
    }
}

#[cfg(test)]
mod tests;
