//! `plan --mapping`: what another mapping would change, before it is used.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::app::settings::Settings;
use crate::cli::style::{BOLD, WARN, count, plain, property, table};
use crate::domain::remap::{Comparison, Remap};
use crate::ledger::{Ledger, Person, key};

/// So many ids are shown of each; `--json` has all.
const SOME: usize = 8;

pub(super) async fn compare(
    settings: &Settings,
    other: &Path,
    path: &Path,
    now: DateTime<Utc>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let (old, new) = (Arc::clone(&settings.rules), Arc::new(settings.rules_with_mapping(other)?));
    let of_old = Ledger::copy(path, old)?;
    let of_new = of_old.under(new);
    of_old.recall_schema().await?;
    of_new.recall_schema().await?;
    let mirrored = of_old.meta(key::MIRRORED).await?;
    let mirrored: Option<(String, BTreeSet<String>)> =
        mirrored.and_then(|text| serde_json::from_str(&text).ok());
    let mirrored = mirrored.map(|(_, attributes)| attributes).unwrap_or_default();
    let (old, new) = (of_old.rules(), of_new.rules());
    let comparison = Comparison { old: &old, new: &new, mirrored: &mirrored };
    let (mut remap, mut after) = (comparison.begin(), String::new());
    loop {
        let (people, again) = (of_old.people(&after).await?, of_new.people(&after).await?);
        let Some(last) = people.last() else { break };
        after.clone_from(&last.employee.id);
        let again: HashMap<&str, &Person> =
            again.iter().map(|other| (other.employee.id.as_str(), other)).collect();
        for one in &people {
            // A row that cannot be read by one of the rules is in one of the two only.
            let Some(other) = again.get(one.employee.id.as_str()) else { continue };
            comparison.add(&mut remap, &one.employee, &one.view, &other.view, now);
        }
    }
    comparison.end(&mut remap);
    let mut out = anstream::stdout();
    if json {
        writeln!(out, "{}", serde_json::to_string(&remap)?)?;
    } else {
        write!(out, "{}", render(&remap))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn render(remap: &Remap) -> String {
    let people = i64::try_from(remap.people).unwrap_or(i64::MAX);
    let mut text = property("looked at", format_args!("{people} of HR's people"));
    let kinds = remap.attributes.iter().flat_map(|(name, changed)| {
        [
            ("set", &changed.set),
            ("changed", &changed.changed),
            ("cleared", &changed.cleared),
            ("written unless it is so already", &changed.unseen),
        ]
        .map(|(kind, who)| (name, kind, who))
    });
    let rows: Vec<_> = kinds
        .filter(|(.., who)| !who.is_empty())
        .map(|(name, kind, who)| {
            let accounts = i64::try_from(who.len()).unwrap_or(i64::MAX);
            vec![name.clone(), kind.to_owned(), format!("of {}", count(accounts, "account")), some(who)]
        })
        .collect();
    let _ = writeln!(text, "{BOLD}Attributes that would change{BOLD:#}");
    text += &if rows.is_empty() { "  none\n".to_owned() } else { table(&rows) };
    if !remap.blocked.is_empty() {
        let _ = writeln!(text, "{WARN}Would be blocked, and are not{WARN:#}");
        let row = |(id, why): (&String, &String)| vec![plain(id), plain(why)];
        text += &table(&remap.blocked.iter().map(row).collect::<Vec<_>>());
    }
    for (name, taken) in &remap.taken {
        let (who, limit, held) = (taken.people.len(), taken.limit, taken.held);
        let held = if held > 0 { format!("{WARN}{held} would be held{WARN:#}") } else { "none held".into() };
        text += &property("guard", format_args!("{name} of {who}, {limit} may go in one window: {held}"));
    }
    if !remap.released.is_empty() {
        text += &property("released", some(&remap.released));
    }
    if !remap.unknown_fields.is_empty() {
        let fields: Vec<_> = remap.unknown_fields.iter().map(String::as_str).collect();
        text += &property("unknown", format_args!("{}: until HR is read, or sends them", fields.join(", ")));
    }
    if !remap.left.is_empty() {
        let left: Vec<_> = remap.left.iter().map(String::as_str).collect();
        text += &property("left alone", format_args!("from then on: {}", left.join(", ")));
    }
    text
}

fn some(who: &BTreeSet<String>) -> String {
    let shown: Vec<_> = who.iter().take(SOME).map(|id| plain(id)).collect();
    let more = who.len().saturating_sub(SOME);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}
