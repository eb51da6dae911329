//! A mapping under an org's own schema.

use super::*;

/// The four that every org has, and these.
fn under(mapping: &Mapping, more: &Value) -> Mapping {
    let four = ["login", "email", "firstName", "lastName"];
    let mut schema: Schema =
        four.map(|name| (name.to_owned(), serde_json::from_value(json!({})).unwrap())).into();
    schema.extend(serde_json::from_value::<Schema>(more.clone()).unwrap());
    mapping.under(&schema)
}

#[test]
fn what_only_the_org_requires_blocks_who_is_to_be_created_and_nobody_else() {
    let mapping = compile(&json!([{"okta": "badge", "bob": "work.badge"}]));
    let mapping = under(&mapping, &json!({"badge": {"type": "string", "required": true, "maxLength": 2}}));
    for (badge, rule) in [(json!(null), Rule::Missing), (json!("long"), Rule::TooLong(2))] {
        let facts = facts(&json!({"work.badge": badge}));
        assert_eq!(profile(&mapping, &facts, true).unwrap_err().0[0].rule, rule);
        let output = profile(&mapping, &facts, false).unwrap();
        assert!(!output.profile.contains_key("badge"), "left alone");
        assert_eq!(output.omitted[0].rule, rule);
    }
    let nameless = facts(&json!({"root.surname": null}));
    let strict = under(&mapping, &json!({"lastName": {"required": true}}));
    assert_eq!(profile(&strict, &nameless, false).unwrap_err().0[0].attribute, "lastName", "every org does");
}

#[test]
fn what_the_org_requires_and_lets_nobody_write_blocks_nobody() {
    let locked = json!({"type": "string", "required": true, "mutability": "READ_ONLY"});
    let mapping = compile(&json!([{"okta": "badge", "bob": "work.badge"}]));
    let mapping = under(&mapping, &json!({"badge": locked, "site": locked}));
    let output = profile(&mapping, &facts(&json!({"work.badge": "B7"})), true).unwrap();
    assert!(!output.profile.contains_key("badge"));
    let misfits: Vec<_> = mapping.misfits().into_iter().map(|misfit| misfit.attribute).collect();
    assert_eq!(misfits, ["badge"], "nothing can be said of the other that helps");
}
