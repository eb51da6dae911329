use serde_json::json;

use super::*;
use crate::domain::attribute::Format;

mod default;
mod org;
mod property;

fn rows(rows: &Value) -> Vec<Row> {
    serde_json::from_value(rows.clone()).unwrap()
}

/// The required four, and these.
fn with(more: &Value) -> Vec<Row> {
    let required = json!([
        {"okta": "login", "bob": "root.email"},
        {"okta": "email", "bob": "root.email"},
        {"okta": "firstName", "bob": "root.firstName"},
        {"okta": "lastName", "bob": "root.surname"},
    ]);
    [rows(&required), rows(more)].concat()
}

fn compile(more: &Value) -> Mapping {
    Mapping::compile(&with(more), &Limits::base()).unwrap()
}

fn facts(more: &Value) -> Value {
    let mut facts = json!({"root.email": "ada@example.com", "root.firstName": "Ada", "root.surname": "King"});
    facts.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    facts
}

fn profile(mapping: &Mapping, facts: &Value, creating: bool) -> Result<Output, Block> {
    mapping.profile(|field| facts.get(field).into(), creating)
}

#[test]
fn unknown_leaves_alone_and_null_clears() {
    let mapping = compile(&json!([
        {"okta": "title", "bob": "work.title"},
        {"okta": "nickName", "template": "{{ root.nick }}"},
        {"okta": "badge", "bob": "work.badge", "type": "integer"},
    ]));
    for (more, creating, expected) in [
        (json!({}), false, json!({})),
        (json!({}), true, json!({})),
        (
            json!({"work.title": null, "root.nick": null, "work.badge": " "}),
            false,
            json!({"title": null, "nickName": null, "badge": null}),
        ),
        (json!({"work.title": null, "root.nick": null, "work.badge": []}), true, json!({})),
        (
            json!({"work.title": "CTO", "root.nick": "A", "work.badge": "7"}),
            true,
            json!({"title": "CTO", "nickName": "A", "badge": 7}),
        ),
    ] {
        let mut output = profile(&mapping, &facts(&more), creating).unwrap();
        assert_eq!(output.omitted, []);
        for (attribute, value) in [
            ("login", "ada@example.com"),
            ("email", "ada@example.com"),
            ("firstName", "Ada"),
            ("lastName", "King"),
        ] {
            assert_eq!(output.profile.remove(attribute), Some(json!(value)));
        }
        assert_eq!(json!(output.profile), expected, "{more} {creating}");
    }
}

#[test]
fn create_rows_and_constants() {
    let mapping = compile(&json!([
        {"okta": "userType", "value": " employee ", "on": "create"},
        {"okta": "level", "value": "3", "type": "integer"},
        {"okta": "countryCode", "value": "Germany", "convert": "country"},
        {"okta": "tags", "value": ["a", "b"], "type": "array"},
    ]));
    let created = profile(&mapping, &facts(&json!({})), true).unwrap().profile;
    assert_eq!(created["userType"], json!("employee"));
    let updated = profile(&mapping, &facts(&json!({})), false).unwrap().profile;
    assert!(!updated.contains_key("userType"));
    assert_eq!(updated["level"], json!(3));
    assert_eq!(updated["countryCode"], json!("DE"));
    assert_eq!(updated["tags"], json!(["a", "b"]));
}

#[test]
fn a_bad_optional_value_is_left_out_and_reported() {
    let mapping = compile(&json!([
        {"okta": "countryCode", "bob": "address.country", "convert": "country"},
        {"okta": "city", "bob": "address.city"},
        {"okta": "manager", "bob": "work.reportsTo"},
        {"okta": "zipCode", "template": "{{ address.postCode }}-{{ address.box / 2 }}"},
        {"okta": "fte", "bob": "work.fte", "type": "number"},
    ]));
    let facts = facts(&json!({
        "address.country": "Zanzibar", "address.city": "Zanzibar".repeat(20), "work.reportsTo": {"id": "Zanzibar"},
        "address.postCode": "Zanzibar", "address.box": "Zanzibar", "work.fte": "Zanzibar",
    }));
    let output = profile(&mapping, &facts, false).unwrap();
    assert_eq!(output.profile.len(), 4);
    let said: Vec<_> = output.omitted.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "countryCode: not a country known by its English name or ISO 3166 code (address.country)",
            "city: longer than 128 characters (address.city)",
            "manager: a structure of several values, not a single one (work.reportsTo)",
            "zipCode: template failed: invalid operation in line 1 (address.box, address.postCode)",
            "fte: not a number (work.fte)",
        ]
    );
    assert!(!format!("{output:?}").contains("Zanzibar") && !format!("{output:?}").contains("ada@"));
}

#[test]
fn required_attributes_block_all_at_once() {
    let mapping = compile(&json!([]));
    let facts = json!({"root.email": "ada at example.com", "root.firstName": null});
    let block = profile(&mapping, &facts, false).unwrap_err();
    assert_eq!(
        block.to_string(),
        "login: not an e-mail address (root.email); email: not an e-mail address (root.email); \
         firstName: is missing (root.firstName); \
         lastName: is missing, HR has not sent it yet (root.surname)"
    );
    assert_eq!(block.0[0].rule, Rule::Format(Format::Email));
    assert!(!format!("{block:?}").contains("ada"));
}

#[test]
fn a_required_attribute_by_template_blocks_too() {
    let mut rows = with(&json!([]));
    rows[2] = serde_json::from_value(json!({"okta": "firstName", "template": "{{ root.nick }}"})).unwrap();
    let mapping = Mapping::compile(&rows, &Limits::base()).unwrap();
    for (nick, rule) in [
        (json!({}), Some(Rule::NotSent)),
        (json!({"root.nick": null}), Some(Rule::Missing)),
        (json!({"root.nick": "\u{1f600}"}), Some(Rule::Unstorable)),
        (json!({"root.nick": "Ada"}), None),
    ] {
        let outcome = profile(&mapping, &facts(&nick), true);
        assert_eq!(outcome.err().map(|block| block.0[0].rule.clone()), rule);
    }
}

#[test]
fn every_problem_of_the_rows_is_said_at_once() {
    let rows = rows(&json!([
        {"okta": "login", "bob": "root.email"},
        {"okta": "login", "bob": "root.email"},
        {"okta": "firstName", "template": "{{ root.firstName"},
        {"okta": "title"},
        {"okta": "city", "bob": "address.city", "value": "x"},
        {"okta": "state", "bob": "address.state", "type": "integer"},
        {"okta": "", "bob": "x.y"},
        {"okta": "nickName", "bob": ""},
        {"okta": "division", "bob": "/work/division"},
        {"okta": "countryCode", "value": "Atlantis", "convert": "country"},
        {"okta": "timezone", "value": "Mars"},
        {"okta": "userType", "value": ""},
        {"okta": "level", "value": "many", "type": "integer"},
        {"okta": "origin", "bob": "a.b", "type": "array", "convert": "country"},
        {"okta": "zipcode", "bob": "address.postCode"},
    ]));
    let problems = Mapping::compile(&rows, &Limits::base()).unwrap_err();
    let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let starts = [
        "mapping row 2 (login): this attribute has a row already",
        "mapping row 3 (firstName): template: syntax error",
        "mapping row 4 (title): needs exactly one of `bob`, `template` and `value`",
        "mapping row 5 (city): needs exactly one of",
        "mapping row 6 (state): its type is string in okta, not integer",
        "mapping row 7 (): `okta` must be an attribute's name",
        "mapping row 8 (nickName): `bob` must be a field id",
        "mapping row 9 (division): `bob` must be a field id",
        "mapping row 10 (countryCode): `value`: not a country",
        "mapping row 11 (timezone): `value`: not an IANA time zone",
        "mapping row 12 (userType): `value`: is missing",
        "mapping row 13 (level): `value`: not a whole number",
        "mapping row 14 (origin): `convert` makes texts",
        "mapping row 15 (zipcode): Okta spells this attribute `zipCode`",
        "mapping (email): Okta requires this attribute",
        "mapping (lastName): Okta requires this attribute",
    ];
    assert_eq!(said.len(), starts.len(), "{said:#?}");
    for (said, start) in said.iter().zip(starts) {
        assert!(said.starts_with(start), "{said} / {start}");
    }
}

#[test]
fn a_row_with_an_unknown_key_or_word_is_refused() {
    for row in [
        json!({"okta": "title", "bob": "work.title", "only": "create"}),
        json!({"okta": "title", "bob": "work.title", "on": "update"}),
        json!({"okta": "title", "bob": "work.title", "type": "text"}),
        json!({"okta": "title", "bob": "work.title", "convert": "city"}),
        json!({"bob": "work.title"}),
    ] {
        assert!(serde_json::from_value::<Row>(row.clone()).is_err(), "{row}");
    }
}

#[test]
fn it_says_what_it_reads_and_writes() {
    let mapping = compile(&json!([
        {"okta": "displayName", "template": "{{ root.firstName }} {{ work.customColumns.column_123 }}"},
        {"okta": "userType", "value": "employee"},
    ]));
    let fields: Vec<_> = mapping.fields().into_iter().collect();
    assert_eq!(fields, ["root.email", "root.firstName", "root.surname", "work.customColumns.column_123"]);
    let attributes: Vec<_> = mapping.attributes().into_iter().collect();
    assert_eq!(attributes, ["displayName", "email", "firstName", "lastName", "login", "userType"]);
    assert_eq!(mapping.source("login"), Some("root.email"));
    assert_eq!(mapping.source("displayName"), Some("root.firstName, work.customColumns.column_123"));
    assert_eq!(mapping.source("userType"), Some("a constant"));
    assert_eq!(mapping.source("title"), None);
}
