//! Attributes: does the org have those that are mapped, and what does it take for them?

use crate::domain::attribute::{Format, Kind, Limits, Rule};
use crate::domain::mapping::{Mapping, Row};
use crate::domain::schema::{Attribute, Schema};

/// What the org would refuse always, and what it would refuse of some people. The mapping is made of the rows.
pub(super) fn compare(
    rows: &[Row],
    mapping: &Mapping,
    identity: &str,
    schema: &Schema,
) -> (Vec<String>, Vec<String>) {
    let mut problems = Vec::new();
    if !schema.contains_key(identity) {
        problems
            .push(format!("identity.attribute {identity}: the org has no such attribute; add it in Okta"));
    }
    let misfits = mapping.under(schema).misfits().into_iter();
    let told = |attribute: &str, rule: &Rule| attribute == identity && *rule == Rule::NoAttribute;
    let misfits = misfits.filter(|misfit| !told(&misfit.attribute, &misfit.rule));
    problems.extend(misfits.map(|misfit| format!("{}: {}", misfit.attribute, misfit.rule)));
    let known = rows.iter().filter_map(|row| Some((row, schema.get(&row.okta)?)));
    let written = known.filter(|(_, attribute)| !attribute.is_read_only());
    (problems, written.flat_map(|(row, attribute)| narrower(row, attribute)).collect())
}

/// Where the org takes less of an attribute than the row may give.
fn narrower(row: &Row, attribute: &Attribute) -> Vec<String> {
    let mut warnings = Vec::new();
    let ours = Limits::base().limit(&row.okta, row.kind);
    let theirs = attribute.limit(&ours);
    let (becomes, without) = match theirs.required {
        true if ours.required => ("keep a person waiting", None),
        true => (
            "keep a person from being created, and are left out of others",
            Some("is required in this org; nobody is created without it"),
        ),
        false => ("are left out", None),
    };
    let kind = format!("{:?}", row.kind).to_lowercase();
    let both = [attribute.kind.as_str(), kind.as_str()];
    if Kind::named(both[0]).is_none() {
        warnings
            .push(format!("its type in this org is none that this program knows: it is sent as {}", both[1]));
    } else if both[0] != both[1] && both != ["number", "integer"] {
        warnings.push(format!(
            "its type is {} in this org: values that cannot be made one {becomes}; write type = \"{}\"",
            both[0], both[0]
        ));
    }
    if attribute.is_immutable() {
        warnings.push("cannot be changed in this org: it is given at creation only".to_owned());
    }
    // A country code has two letters whatever the org says.
    if row.kind == Kind::String && ours.format != Format::CountryCode {
        if theirs.max < ours.max {
            warnings.push(format!("{} characters at most in this org; longer ones {becomes}", theirs.max));
        }
        if theirs.min > ours.min.max(1) {
            warnings.push(format!("{} characters at least in this org; shorter ones {becomes}", theirs.min));
        }
    }
    if ours.choices.is_none() && theirs.choices.is_some() {
        warnings.push(format!("has a list of allowed values in this org; others {becomes}"));
    }
    warnings.extend(without.map(str::to_owned));
    warnings.into_iter().map(|text| format!("{}: {text}", row.okta)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn compared(rows: &serde_json::Value, schema: &serde_json::Value) -> (Vec<String>, Vec<String>) {
        let rows: Vec<Row> = serde_json::from_value(rows.clone()).unwrap();
        let mapping = Mapping::compile(&rows, &Limits([].into())).unwrap();
        compare(&rows, &mapping, "employeeNumber", &serde_json::from_value(schema.clone()).unwrap())
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
            {"okta": "site", "bob": "work.site"}, {"okta": "lastName", "bob": "root.surname"},
            {"okta": "odd", "bob": "work.odd"},
        ]);
        let schema = json!({
            "level": {"type": "integer"}, "title": {"type": "string", "mutability": "READ_ONLY"},
            "city": {"type": "string", "maxLength": 20, "minLength": 3, "required": true},
            "site": {"type": "string", "enum": ["London"]}, "odd": {"type": "object"},
            "lastName": {"type": "string", "required": true, "maxLength": 40},
            "locked": {"type": "string", "required": true, "mutability": "READ_ONLY"}, "costCenter": {"type": "string", "required": true},
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
                "title: the org lets nobody write it",
                "costCenter: the org requires it and no row of the mapping fills it",
            ],
        );
        begins(
            &warnings,
            &[
                "level: its type is integer in this org",
                "city: 20 characters at most in this org; longer ones keep a person from being created",
                "city: 3 characters at least",
                "city: is required in this org",
                "site: has a list of allowed values in this org; others are left out",
                "lastName: 40 characters at most in this org; longer ones keep a person waiting",
                "odd: its type in this org is none that this program knows: it is sent as string",
            ],
        );
    }
}
