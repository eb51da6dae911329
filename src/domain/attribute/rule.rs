//! Why a value cannot be sent, in words for the person on call.

use std::fmt;

use super::{Format, Kind};
use crate::domain::formula::Failure;

/// A rule that a value breaks. Its text never holds the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// HR has not said anything about it yet.
    NotSent,
    /// HR says that there is nothing.
    Missing,
    /// Fewer characters than this.
    TooShort(usize),
    /// More characters than this.
    TooLong(usize),
    /// It has a character of four bytes in UTF-8.
    Unstorable,
    /// It has a control character.
    Control,
    /// It does not look as it must.
    Format(Format),
    /// It is not of the attribute's type.
    Kind(Kind),
    /// The org has a list of allowed values, and this is none of them.
    NotAllowed,
    /// The org has no such attribute.
    NoAttribute,
    /// The org lets nobody write the attribute.
    ReadOnly,
    /// The org requires it, and no row of the mapping fills it.
    Unmapped,
    /// It is an object, or a list of lists or objects.
    Structure,
    /// Its country is not known.
    Country,
    /// The template could not make a value of these facts.
    Template(Failure),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::TooShort(min) => write!(f, "shorter than {min} characters"),
            Rule::TooLong(max) => write!(f, "longer than {max} characters"),
            Rule::Template(failure) => write!(f, "template failed: {failure}"),
            Rule::Format(format) => f.write_str(no_such(*format)),
            Rule::Kind(kind) => f.write_str(not_of(*kind)),
            Rule::NotSent => f.write_str("is missing, HR has not sent it yet"),
            Rule::Missing => f.write_str("is missing"),
            Rule::Unstorable => f.write_str("has a character that Okta does not store (such as an emoji)"),
            Rule::Control => f.write_str("has a control character or a line break"),
            Rule::NotAllowed => f.write_str("not one of the values that the org allows"),
            Rule::NoAttribute => f.write_str(
                "the org has no such attribute: it is left out for everybody; add it in Okta (Directory, Profile \
                 Editor), or take it out of the mapping",
            ),
            Rule::ReadOnly => f.write_str(
                "the org lets nobody write it: it is left out for everybody; let it be written in Okta, or take it \
                 out of the mapping",
            ),
            Rule::Unmapped => f.write_str(
                "the org requires it and no row of the mapping fills it: nobody is created; add a row, or make it \
                 optional in Okta",
            ),
            Rule::Structure => f.write_str("a structure of several values, not a single one"),
            Rule::Country => f.write_str("not a country known by its English name or ISO 3166 code"),
        }
    }
}

fn no_such(format: Format) -> &'static str {
    match format {
        Format::Text | Format::Lines => "not a text",
        Format::Email => "not an e-mail address",
        Format::Uri => "not a complete web address (URI)",
        Format::CountryCode => "not an ISO 3166 country code of two capitals",
        Format::LanguageCode => "not a language code such as en or en-GB",
        Format::Locale => "not a locale such as en_US",
        Format::Timezone => "not an IANA time zone such as Europe/Berlin",
    }
}

fn not_of(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "not a text",
        Kind::Number => "not a number",
        Kind::Integer => "not a whole number",
        Kind::Boolean => "not true or false",
        Kind::Array => "not a list of texts or a list of numbers",
    }
}
