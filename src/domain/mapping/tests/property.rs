//! Whatever HR sends, nothing leaves that Okta would refuse by the known limits.

use std::collections::HashMap;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::domain::attribute::Kind;

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let more = json!([
        {"okta": "nickName", "template": "{{ root.firstName | first }}{{ root.surname | upper }}"},
        {"okta": "division", "template": "{% for x in work.title %}{{ x }} {% endfor %}{{ work.department }}"},
        {"okta": "profileUrl", "bob": "address.city"},
        {"okta": "preferredLanguage", "bob": "work.title"},
        {"okta": "locale", "bob": "work.title"},
        {"okta": "timezone", "bob": "work.title"},
        {"okta": "integer", "bob": "work.workPhone", "type": "integer"},
        {"okta": "number", "bob": "work.workMobile", "type": "number"},
        {"okta": "boolean", "bob": "address.city", "type": "boolean"},
        {"okta": "array", "bob": "work.department", "type": "array", "on": "create"},
    ]);
    [rows(&default::default_rows()), rows(&more)].concat()
});

static MAPPING: LazyLock<Mapping> = LazyLock::new(|| Mapping::compile(&ROWS, &Limits::base()).unwrap());

fn fact() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-z]{0,60}( [a-z]{0,60})?".prop_map(Value::from),
        "[a-z.\" ]{1,70}@[a-z.-]{1,40}".prop_map(Value::from),
        "(en|de)([_-](US|UK|de))?|Europe/(Berlin|Bonn)|https?:[/a-z ]{0,9}|-?[0-9]{1,25}|true"
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z]", inner, 0..3).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// Any fact for any field the mapping reads; half of the time the required ones are good.
fn person() -> impl Strategy<Value = HashMap<String, Value>> {
    let fields: Vec<String> = MAPPING.fields().into_iter().collect();
    let facts = prop::collection::vec(prop::option::weighted(0.9, fact()), fields.len());
    (facts, any::<bool>()).prop_map(move |(facts, good)| {
        let known = fields.iter().cloned().zip(facts).filter_map(|(field, fact)| Some((field, fact?)));
        let mut facts: HashMap<String, Value> = known.collect();
        if good {
            facts.insert("root.email".into(), json!("ada@example.com"));
            facts.insert("root.firstName".into(), json!("Ada"));
            facts.insert("root.surname".into(), json!("King"));
        }
        facts
    })
}

proptest! {
    // A failure prints its input; no file of seeds beside the sources.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_output_breaks_a_limit(facts in person(), creating: bool) {
        let limits = Limits::base();
        let kinds: HashMap<&str, Kind> = ROWS.iter().map(|row| (row.okta.as_str(), row.kind)).collect();
        match MAPPING.profile(|field| facts.get(field).into(), creating) {
            Ok(output) => {
                for (attribute, value) in &output.profile {
                    prop_assert_eq!(limits.check(attribute, value, kinds[attribute.as_str()]), Ok(()));
                    prop_assert!(!(creating && value.is_null()));
                }
                for required in ["login", "email", "firstName", "lastName"] {
                    prop_assert!(output.profile.get(required).is_some_and(Value::is_string));
                }
                for refusal in &output.omitted {
                    prop_assert!(!output.profile.contains_key(&refusal.attribute));
                }
            }
            Err(block) => {
                prop_assert!(!block.0.is_empty());
                prop_assert!(block.0.iter().all(|cause| limits.0[&cause.attribute].required));
            }
        }
    }
}
