//! Okta: does it answer, is the token good, and does the org know what is mapped?

use secrecy::SecretString;

use super::findings::Findings;
use super::limits::{self, Shown};
use super::{attributes, permissions, protect, token};
use crate::app::settings::Settings;
use crate::cli::style::{count, span};
use crate::domain::schema::{Schema, is_whole};
use crate::engine::SKEW;
use crate::engine::clock::Clock;
use crate::okta::{Client, OrgUrl};

pub(super) async fn check(
    settings: &Settings,
    url: OrgUrl,
    secret: SecretString,
    clock: &Clock,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let at = url.to_string();
    let client = match Client::new(settings.okta_options(url, secret, clock.as_fn())) {
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
    let owner = match owner {
        Ok(owner) => owner,
        Err(fault) => return findings.bad("token", fault),
    };
    token::check(&client, &owner, clock.now(), findings).await?;

    let listed = client.try_list().await;
    let other =
        listed.as_ref().ok().and_then(|users| users.value.iter().find(|id| **id != owner.id).cloned());
    // Oneself can be read without any right.
    let got = match &other {
        Some(id) => Some(client.try_get(id).await),
        None => None,
    };
    let oneself = client.try_get(&owner.id).await;
    let schema = client.schema().await;
    let roles = client.roles(&owner.id).await;
    let reads = [
        ("list and search users", listed.as_ref().err()),
        ("get a user", got.as_ref().and_then(|got| got.as_ref().err())),
        ("read the user schema", schema.as_ref().err()),
    ];
    permissions::check(&reads, roles, findings)?;
    protect::check(&client, &settings.rules.protect, clock.now(), findings).await?;
    let shown = Shown {
        users: listed.ok().and_then(|users| users.limit),
        get: oneself.ok().and_then(|user| user.limit),
        other: schema.as_ref().ok().and_then(|schema| schema.limit),
    };
    limits::check(&shown, settings.okta.rate_share, findings)?;
    schema.map_or(Ok(()), |schema| compare(settings, &schema.value, findings))
}

fn compare(settings: &Settings, schema: &Schema, findings: &mut Findings) -> anyhow::Result<()> {
    if !is_whole(schema) {
        // The daemon does not go by it either.
        let what =
            "the answer is not a user schema: values are checked as it last was, or as every org has it";
        return findings.warn("attributes", what);
    }
    let rules = &settings.rules;
    let (problems, warnings) =
        attributes::compare(&settings.mapping, &rules.mapping, &rules.identity.attribute, schema);
    for problem in &problems {
        findings.bad("attributes", problem)?;
    }
    for warning in &warnings {
        findings.warn("attributes", warning)?;
    }
    if problems.is_empty() {
        let mapped = count(i64::try_from(settings.mapping.len())?, "attribute");
        findings.good("attributes", format!("the org knows {mapped}, all that are mapped"))?;
    }
    Ok(())
}
