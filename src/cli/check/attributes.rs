//! Attributes: does the org have those that are mapped, and what does it take for them?

use crate::domain::attribute::{Format, Kind, Limits};
use crate::domain::mapping::Row;
use crate::domain::schema::Schema;

/// What the org would refuse always, and what it would refuse of some people.
pub(super) fn compare(rows: &[Row], identity: &str, schema: &Schema) -> (Vec<String>, Vec<String>) {
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    if !schema.contains_key(identity) {
        problems
            .push(format!("identity.attribute {identity}: the org has no such attribute; add it in Okta"));
    }
    for row in rows {
        let name = &row.okta;
        let Some(attribute) = schema.get(name) else {
            if name != identity {
                let what = "add it in Okta (Directory, Profile Editor), or take it out of the mapping";
                problems.push(format!(
                    "{name}: the org has no such attribute: it is left out for everybody; {what}"
                ));
            }
            continue;
        };
        let kind = format!("{:?}", row.kind).to_lowercase();
        let both = [attribute.kind.as_str(), kind.as_str()];
        if both[0] != both[1] && both != ["number", "integer"] {
            warnings.push(format!(
                "{name}: its type is {} in this org: what cannot be made one is left out; write type = \"{}\"",
                both[0], both[0]
            ));
        }
        if attribute.is_read_only() {
            problems.push(format!(
                "{name}: cannot be written in this org: it is left out for everybody; take it out of the mapping"
            ));
        }
        if attribute.is_immutable() {
            warnings.push(format!("{name}: cannot be changed in this org: it is given at creation only"));
        }
        let ours = Limits::base().limit(name, row.kind);
        let theirs = attribute.limit(&ours);
        // A country code has two letters whatever the org says.
        if row.kind == Kind::String && ours.format != Format::CountryCode {
            if theirs.max < ours.max {
                let most = theirs.max;
                warnings
                    .push(format!("{name}: {most} characters at most in this org; longer ones are left out"));
            }
            if theirs.min > ours.min.max(1) {
                let least = theirs.min;
                warnings.push(format!(
                    "{name}: {least} characters at least in this org; shorter ones are left out"
                ));
            }
        }
        if ours.choices.is_none() && theirs.choices.is_some() {
            warnings.push(format!("{name}: has a list of allowed values in this org; others are left out"));
        }
        if theirs.required && !ours.required {
            warnings.push(format!("{name}: is required in this org; nobody is created without it"));
        }
    }
    let unmapped = schema
        .iter()
        .filter(|(name, attribute)| attribute.is_needed() && !rows.iter().any(|row| row.okta == **name));
    problems.extend(unmapped.map(|(name, _)| {
        format!("{name}: is required in this org, and not mapped: nobody can be created; add a row for it")
    }));
    (problems, warnings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn compared(rows: &serde_json::Value, schema: &serde_json::Value) -> (Vec<String>, Vec<String>) {
        let rows: Vec<Row> = serde_json::from_value(rows.clone()).unwrap();
        compare(&rows, "employeeNumber", &serde_json::from_value(schema.clone()).unwrap())
    }

    #[test]
    fn what_fits_is_not_spoken_of() {
        let rows = json!([
            {"okta": "login", "bob": "root.email"}, {"okta": "city", "bob": "address.city"},
            {"okta": "title", "bob": "work.title"}, {"okta": "level", "bob": "work.level", "type": "integer"},
            {"okta": "countryCode", "bob": "address.country", "convert": "country"},
        ]);
        let schema = json!({
            "login": {"type": "string", "required": true, "minLength": 5, "maxLength": 100},
            "city": {"type": "string", "maxLength": 128}, "title": {"type": "string", "mutability": "READ_WRITE"},
            "countryCode": {"type": "string", "maxLength": 2},
            "level": {"type": "number"}, "employeeNumber": {"type": "string"},
        });
        assert_eq!(compared(&rows, &schema), (vec![], vec![]));
    }

    #[test]
    fn what_the_org_would_refuse_is_told() {
        let rows = json!([
            {"okta": "badge", "bob": "work.badge"}, {"okta": "level", "bob": "work.level"},
            {"okta": "title", "bob": "work.title"}, {"okta": "city", "bob": "address.city"},
            {"okta": "site", "bob": "work.site"},
        ]);
        let schema = json!({
            "level": {"type": "integer"}, "title": {"type": "string", "mutability": "READ_ONLY"},
            "city": {"type": "string", "maxLength": 20, "minLength": 3, "required": true},
            "site": {"type": "string", "enum": ["London"]}, "costCenter": {"type": "string", "required": true},
        });
        let (problems, warnings) = compared(&rows, &schema);
        let begins = |texts: &[String], expected: &[&str]| {
            assert_eq!(texts.len(), expected.len(), "{texts:#?}");
            for (text, start) in texts.iter().zip(expected) {
                assert!(text.starts_with(start), "{text}");
            }
        };
        begins(
            &problems,
            &[
                "identity.attribute employeeNumber: the org has no such attribute",
                "badge: the org has no such attribute",
                "title: cannot be written",
                "costCenter: is required in this org, and not mapped",
            ],
        );
        begins(
            &warnings,
            &[
                "level: its type is integer in this org",
                "city: 20 characters at most",
                "city: 3 characters at least",
                "city: is required in this org",
                "site: has a list of allowed values",
            ],
        );
    }
}
