//! Bob: does it let us in, and does it show what is mapped?

use std::collections::BTreeSet;

use super::findings::Findings;
use crate::app::settings::Settings;
use crate::bob::{Client, Probe};
use crate::cli::style::count;
use crate::domain::field;
use crate::engine::clock::Clock;

/// Makes four or five calls, and none after one that was refused: Bob locks out who goes on.
pub(super) async fn check(settings: &Settings, clock: &Clock, findings: &mut Findings) -> anyhow::Result<()> {
    let Some(options) = settings.bob_options(clock.as_fn()) else { return Ok(()) };
    let at = options.base_url.to_string();
    let client = match Client::new(options) {
        Ok(client) => client,
        Err(error) => return findings.bad("bob", error),
    };
    // Before people: a refusal of the credentials shows here as well.
    let fields = match client.fields().await {
        Ok(fields) => fields,
        Err(fault) => return findings.bad("bob", fault),
    };
    let lists = match client.lists().await {
        Ok(lists) => lists,
        Err(fault) => return findings.bad("bob", fault),
    };
    let probe = match client.probe().await {
        Ok(probe) => probe,
        Err(fault) => return findings.bad("bob", fault),
    };
    let learnt =
        format!("{} and {} known", count(size(fields.len()), "field"), count(size(lists.len()), "list"));
    findings.good("bob", format!("{at} answers, and lets us in; {learnt}"))?;
    tell_fields(&probe, settings, findings)?;
    tell_sites(&probe, settings, findings)?;
    if let Some(limit) = probe.limit {
        findings.good("limits", format!("Bob: {limit} searches a minute"))?;
    }
    Ok(())
}

/// Whether Bob's webhooks are taken here, whether or not Bob is read from.
pub(super) fn check_webhook(settings: &Settings, findings: &mut Findings) -> anyhow::Result<()> {
    if !settings.webhook.is_empty() {
        let listen = settings.http.listen.map(|address| address.to_string()).unwrap_or_default();
        return findings.good("webhook", format!("its secret is set; taken at http://{listen}/hooks/bob"));
    }
    if settings.bob.is_none() {
        return Ok(());
    }
    let what = "Bob's webhooks are not taken here: without them changes are seen once a day";
    findings.warn("webhook", format!("webhook.secret is not set: {what}"))
}

fn tell_fields(probe: &Probe, settings: &Settings, findings: &mut Findings) -> anyhow::Result<()> {
    if probe.people == 0 {
        let what = "in Bob, put the service user into a permission group that covers everybody";
        return findings.bad("fields", format!("Bob shows nobody; {what}"));
    }
    for name in &probe.unknown {
        findings.bad("fields", format!("{name}: Bob has no such field; correct its name in the mapping"))?;
    }
    let shown = |name: &&String| !probe.odd.contains(*name);
    let hidden: BTreeSet<&String> = probe.hidden.difference(&probe.unknown).filter(shown).collect();
    for name in &probe.odd {
        let what = "write to the maker of this program what Bob shows; until then it stays as it was";
        findings.bad("fields", format!("{name}: Bob shows it in a form that is no date; {what}"))?;
    }
    for name in &hidden {
        let what =
            "give the service user's permission group the right to view it; until then it stays unknown";
        let text = format!("{name}: Bob shows it of nobody; {what}");
        // Without these nobody's access can be told.
        if name.as_str() == field::START || field::LEAVES.contains(&name.as_str()) {
            findings.bad("fields", text)?;
        } else {
            findings.warn("fields", text)?;
        }
    }
    if probe.unknown.is_empty() && hidden.is_empty() && probe.odd.is_empty() {
        let tracked = count(size(settings.rules.tracked().len()), "field");
        findings.good("fields", format!("Bob shows {tracked}, all that are used"))?;
    }
    Ok(())
}

/// Those of some people; `run` tells of all.
fn tell_sites(probe: &Probe, settings: &Settings, findings: &mut Findings) -> anyhow::Result<()> {
    let zones = &settings.rules.access.zones;
    if zones.field.is_some() {
        return Ok(());
    }
    for (site, id) in &probe.sites {
        let mut known = [Some(site), id.as_ref()].into_iter().flatten();
        if !known.any(|site| zones.by_site.contains_key(site)) {
            findings.warn("sites", format!("{site} has no time zone: {}", super::UNZONED))?;
        }
    }
    Ok(())
}

fn size(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
