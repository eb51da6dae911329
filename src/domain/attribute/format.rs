//! What a text must look like.

use std::str::FromStr;

use chrono_tz::Tz;
use email_address::{EmailAddress, Options};

use crate::domain::country;

/// The look of a text (Okta API: `UserSchemaAttributeFormat`, and two for plain text).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Anything on one line.
    Text,
    /// Anything, line breaks and tabs included.
    Lines,
    /// An e-mail address, without a display name and without spaces.
    Email,
    /// An absolute URI.
    Uri,
    /// ISO 3166-1 alpha-2, in capitals.
    CountryCode,
    /// A language tag such as `en` or `en-GB`.
    LanguageCode,
    /// Language and country such as `en_US`.
    Locale,
    /// A zone of the IANA database such as `Europe/Berlin`.
    Timezone,
}

impl Format {
    /// By Okta's name for it; there are others that say nothing about what HR may send.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "email" => Some(Format::Email),
            "uri" => Some(Format::Uri),
            "country-code" => Some(Format::CountryCode),
            "language-code" => Some(Format::LanguageCode),
            "locale" => Some(Format::Locale),
            "timezone" => Some(Format::Timezone),
            _ => None,
        }
    }

    /// Whether the text looks like this. In doubt, yes: Okta has the last word.
    #[must_use]
    pub fn fits(self, text: &str) -> bool {
        match self {
            Format::Text | Format::Lines => true,
            Format::Email => is_email(text),
            Format::Uri => !text.contains(char::is_whitespace) && url::Url::parse(text).is_ok(),
            Format::CountryCode => country::is_alpha2(text),
            Format::LanguageCode => is_language(text),
            Format::Locale => is_locale(text),
            Format::Timezone => Tz::from_str(text).is_ok(),
        }
    }
}

fn is_email(text: &str) -> bool {
    let options = Options::default().without_display_text().without_domain_literal();
    // A quoted local part may hold spaces by the RFC, a login may not.
    !text.contains(char::is_whitespace) && EmailAddress::parse_with_options(text, options).is_ok()
}

fn is_language(text: &str) -> bool {
    let mut parts = text.split(['-', '_']);
    parts.next().is_some_and(is_language_name)
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn is_locale(text: &str) -> bool {
    let (language, country) = text.split_once('_').unwrap_or((text, "US"));
    is_language_name(language) && language == language.to_ascii_lowercase() && country::is_alpha2(country)
}

/// ISO 639, two or three letters.
fn is_language_name(text: &str) -> bool {
    (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic())
}
