use serde_json::json;

use super::*;

#[test]
fn the_base_has_thirty_one_attributes_and_four_are_required() {
    let limits = Limits::base();
    assert_eq!(limits.0.len(), 31);
    let required: Vec<_> =
        limits.0.iter().filter(|(_, limit)| limit.required).map(|(name, _)| name.as_str()).collect();
    assert_eq!(required, ["email", "firstName", "lastName", "login"]);
}

#[test]
fn lengths_are_counted_in_characters_at_both_ends() {
    let limits = Limits::base();
    for (attribute, min, max) in [
        ("firstName", 1, 50),
        ("lastName", 1, 50),
        ("mobilePhone", 0, 100),
        ("primaryPhone", 0, 100),
        ("streetAddress", 0, 1024),
        ("city", 0, 128),
        ("state", 0, 128),
        ("zipCode", 0, 50),
        ("postalAddress", 0, 4096),
    ] {
        let check = |length| limits.check(attribute, &json!("ß".repeat(length)), Kind::String);
        assert_eq!(check(max), Ok(()), "{attribute}");
        assert_eq!(check(max + 1), Err(Rule::TooLong(max)), "{attribute}");
        assert_eq!(check(min), Ok(()), "{attribute}");
        if min > 0 {
            assert_eq!(check(min - 1), Err(Rule::TooShort(min)), "{attribute}");
        }
    }
    for attribute in ["login", "email", "secondEmail"] {
        let check = |length| {
            limits.check(attribute, &json!(format!("{}@b.example", "a".repeat(length))), Kind::String)
        };
        assert_eq!(check(50), Ok(()));
        assert_eq!(check(91), Err(Rule::TooLong(100)));
    }
    assert_eq!(limits.check("login", &json!("a@b."), Kind::String), Err(Rule::TooShort(5)));
    assert_eq!(limits.check("countryCode", &json!("GBR"), Kind::String), Err(Rule::TooLong(2)));
    assert_eq!(limits.check("title", &json!("x".repeat(9000)), Kind::String), Ok(()));
}

#[test]
fn formats() {
    let limits = Limits::base();
    for (attribute, format, good, bad) in [
        (
            "login",
            Format::Email,
            &["ann@example.com", "o'brien+x@sub.example.co", "isáàc@example.com"][..],
            &[
                "ann.example.com",
                "an n@example.com",
                "annabel@",
                "a@b@c.de",
                "Ann <ann@x.com>",
                "\"a b\"@x.com",
            ][..],
        ),
        ("email", Format::Email, &["ann@example.com"], &["ann@exa mple.com", "..@x.com", "ann@[10.0.0.1]"]),
        (
            "profileUrl",
            Format::Uri,
            &["https://example.com/~ann?x=1"],
            &["example.com", "/ann", "https://", "https://x.com/a b"],
        ),
        ("countryCode", Format::CountryCode, &["GB", "US"], &["gb", "UK", "ZZ", "XK"]),
        (
            "preferredLanguage",
            Format::LanguageCode,
            &["en", "en-GB", "zh-Hant-TW", "pt_BR"],
            &["English", "e", "en-", "en GB", "-en", "1n"],
        ),
        ("locale", Format::Locale, &["en_US", "de_AT", "en"], &["en_UK", "EN_us", "english", "en_", "_US"]),
        (
            "timezone",
            Format::Timezone,
            &["Europe/Berlin", "UTC", "America/Argentina/Ushuaia"],
            &["Berlin", "europe/berlin", "GMT+25"],
        ),
    ] {
        for value in good {
            assert_eq!(limits.check(attribute, &json!(value), Kind::String), Ok(()), "{attribute} {value}");
        }
        for value in bad {
            let outcome = limits.check(attribute, &json!(value), Kind::String);
            assert_eq!(outcome, Err(Rule::Format(format)), "{attribute} {value}");
        }
    }
}

#[test]
fn characters_that_okta_does_not_store() {
    let limits = Limits::base();
    for (attribute, text, outcome) in [
        ("firstName", "Zoë 龍 \u{fb03}", Ok(())),
        ("firstName", "Ann \u{1f600}", Err(Rule::Unstorable)),
        ("firstName", "\u{20000}", Err(Rule::Unstorable)),
        ("shirtSize", "\u{1f455}", Err(Rule::Unstorable)),
        ("title", "Head\u{0}", Err(Rule::Control)),
        ("title", "Head\nof", Err(Rule::Control)),
        ("title", "Head\u{85}of", Err(Rule::Control)),
        ("postalAddress", "1 Road\r\nTown\tX", Ok(())),
        ("postalAddress", "1 Road\u{7}", Err(Rule::Control)),
        ("shirtSize", "L\nXL", Ok(())),
    ] {
        assert_eq!(limits.check(attribute, &json!(text), Kind::String), outcome, "{attribute} {text:?}");
    }
    let list = json!(["a", "\u{1f600}"]);
    assert_eq!(limits.check("skills", &list, Kind::Array), Err(Rule::Unstorable));
}

#[test]
fn types() {
    let limits = Limits::base();
    for (value, kinds) in [
        (json!("a"), &[Kind::String][..]),
        (json!(1), &[Kind::Integer, Kind::Number]),
        (json!(1.5), &[Kind::Number]),
        (json!(u64::MAX), &[Kind::Number]),
        (json!(true), &[Kind::Boolean]),
        (json!(["a", "b"]), &[Kind::Array]),
        (json!([1, 2]), &[Kind::Array]),
        (json!(["a", 1]), &[]),
        (json!([true]), &[]),
        (json!([[]]), &[]),
        (json!({}), &[]),
    ] {
        for kind in [Kind::String, Kind::Number, Kind::Integer, Kind::Boolean, Kind::Array] {
            let outcome = if kinds.contains(&kind) { Ok(()) } else { Err(Rule::Kind(kind)) };
            assert_eq!(limits.check("custom", &value, kind), outcome, "{value} as {kind:?}");
        }
    }
}

#[test]
fn null_clears_what_is_not_required() {
    let limits = Limits::base();
    assert_eq!(limits.check("title", &json!(null), Kind::String), Ok(()));
    assert_eq!(limits.check("lastName", &json!(null), Kind::String), Err(Rule::Missing));
}

#[test]
fn an_orgs_own_schema_replaces_the_base() {
    let mut limits = Limits::base();
    limits.0.insert("badge".into(), Limit { max: 3, ..Limit::of(Kind::String) });
    assert_eq!(limits.check("badge", &json!("1234"), Kind::String), Err(Rule::TooLong(3)));
}

#[test]
fn rules_are_said_in_words() {
    for (rule, words) in [
        (Rule::TooLong(50), "longer than 50 characters"),
        (Rule::Format(Format::Email), "not an e-mail address"),
        (Rule::Unstorable, "has a character that Okta does not store (such as an emoji)"),
    ] {
        assert_eq!(rule.to_string(), words);
    }
}
