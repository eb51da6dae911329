//! Okta: does it answer, is the token good, and does the org know what is mapped?

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::findings::Findings;
use crate::app::settings::Settings;
use crate::cli::style::{count, span};
use crate::domain::attribute::{Format, Kind, Limits};
use crate::domain::mapping::Row;
use crate::engine::SKEW;
use crate::engine::clock::Clock;
use crate::okta::{Attribute, Client, OrgUrl};

pub(super) async fn check(
    settings: &Settings,
    url: OrgUrl,
    token: SecretString,
    clock: &Clock,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let at = url.to_string();
    let client = match Client::new(settings.okta_options(url, token, clock.as_fn())) {
        Ok(client) => client,
        Err(error) => return findings.bad("okta", error),
    };
    let owner = client.me().await;
    match &owner {
        Err(fault) if fault.unreachable || fault.code.is_none() => return findings.bad("okta", fault),
        _ => findings.good("okta", format!("{at} answers"))?,
    }
    if let Some(skew) = client.skew().filter(|skew| skew.abs() > SKEW) {
        let what = "nobody is cut until this machine's clock is right";
        findings.bad("clock", format!("{} off Okta's; {what}", span(skew.abs())))?;
    }
    match owner {
        Ok(owner) => {
            findings.good("token", format!("valid, of {} ({}, {})", owner.login, owner.id, owner.status))?;
        }
        Err(fault) => return findings.bad("token", fault),
    }
    match client.schema().await {
        Err(fault) => findings.warn("attributes", format!("the org's schema cannot be read: {fault}")),
        Ok(schema) => {
            let (problems, warnings) =
                compare(&settings.mapping, &settings.rules.identity.attribute, &schema);
            for problem in &problems {
                findings.bad("attributes", problem)?;
            }
            for warning in &warnings {
                findings.warn("attributes", warning)?;
            }
            let fine = i64::try_from(settings.mapping.len())?;
            if problems.is_empty() {
                findings.good(
                    "attributes",
                    format!("the org knows {}, all that are mapped", count(fine, "attribute")),
                )?;
            }
            Ok(())
        }
    }
}

/// What the org would refuse always, and what it would refuse of some people.
fn compare(rows: &[Row], identity: &str, schema: &BTreeMap<String, Attribute>) -> (Vec<String>, Vec<String>) {
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
                problems.push(format!("{name}: the org has no such attribute; {what}"));
            }
            continue;
        };
        let kind = format!("{:?}", row.kind).to_lowercase();
        let both = [attribute.kind.as_str(), kind.as_str()];
        if both[0] != both[1] && both != ["number", "integer"] {
            problems.push(format!("{name}: its type is {} in Okta; write type = \"{}\"", both[0], both[0]));
        }
        if matches!(attribute.mutability.as_deref(), Some("READ_ONLY" | "IMMUTABLE")) {
            problems.push(format!("{name}: cannot be written in this org; take it out of the mapping"));
        }
        let ours = Limits::base().limit(name, row.kind);
        // A country code has two letters whatever the org says.
        if row.kind == Kind::String && ours.format != Format::CountryCode {
            let limit = |limit: Option<u32>| limit.and_then(|limit| usize::try_from(limit).ok());
            if let Some(most) = limit(attribute.max_length).filter(|most| *most < ours.max) {
                warnings
                    .push(format!("{name}: {most} characters at most in this org; it refuses longer ones"));
            }
            if let Some(least) = limit(attribute.min_length).filter(|least| *least > ours.min.max(1)) {
                warnings.push(format!(
                    "{name}: {least} characters at least in this org; it refuses shorter ones"
                ));
            }
        }
        if attribute.choices.is_some() {
            warnings.push(format!("{name}: has a list of allowed values in this org; it refuses all others"));
        }
        if attribute.required && !ours.required {
            warnings.push(format!("{name}: is required in this org; nobody is created without it"));
        }
    }
    let unmapped = schema
        .iter()
        .filter(|(name, attribute)| attribute.required && !rows.iter().any(|row| row.okta == **name));
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
                "level: its type is integer in Okta",
                "title: cannot be written",
                "costCenter: is required in this org, and not mapped",
            ],
        );
        begins(
            &warnings,
            &[
                "city: 20 characters at most",
                "city: 3 characters at least",
                "city: is required in this org",
                "site: has a list of allowed values",
            ],
        );
    }
}
