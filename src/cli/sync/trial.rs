//! `sync --dry-run`: everything on a copy, and what would come of it.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use serde_json::json;

use super::listing::list;
use super::{Sync, read, render};
use crate::app::settings::Settings;
use crate::bob;
use crate::cli::outlook::glance;
use crate::cli::plan::{as_json, later, words};
use crate::cli::style::{DIM, table};
use crate::domain::decide::Next;
use crate::domain::outlook::Outlook;
use crate::engine::clock::Clock;
use crate::ledger::{Decided, Ledger, key};
use crate::okta::Client;

pub(super) async fn run(
    command: &Sync,
    settings: &Settings,
    bob: &bob::Client,
    clock: &Clock,
) -> anyhow::Result<()> {
    let ledger = Ledger::copy(&command.which.path(settings), Arc::clone(&settings.rules))?;
    let recalled = ledger.recall_schema().await?;
    ledger.adapt(settings.fingerprint().to_owned(), clock.now()).await?;
    let outcome = read(settings, &ledger, bob, clock).await?;
    if ledger.meta(key::MIRROR).await?.is_none() {
        let (org_url, token) = settings.org()?;
        let okta = Client::new(settings.okta_options(org_url, token, clock.as_fn()))?;
        if !recalled {
            ledger.heed_schema(okta.schema().await?.value, clock.now()).await?;
        }
        list(&ledger, &okta, clock).await?;
    }
    let mut out = anstream::stdout();
    let (mut outlook, mut after) = (Outlook::default(), String::new());
    let (mut doing, mut blocked) = (Vec::new(), Vec::new());
    let now = clock.now();
    loop {
        let decided = ledger.decisions(&after, now).await?;
        let Some(last) = decided.last() else { break };
        after.clone_from(&last.employee);
        for Decided { employee, login, decision, in_use, effect } in decided {
            outlook.add(&decision);
            outlook.take(in_use, effect);
            if command.json {
                let mut line = as_json(&employee, &decision);
                line["login"] = json!(login);
                writeln!(out, "{line}")?;
                continue;
            }
            let login = login.unwrap_or_default();
            let why = decision.desired.why.text();
            match &decision.next {
                // How many would only be linked is told at a glance.
                Next::Rest => {}
                Next::Block(block) => blocked.push(vec![employee, login, block.to_string()]),
                next => {
                    let link = if decision.adopt { "link, then " } else { "" };
                    let what = format!("{link}{}", words(next));
                    doing.push(vec![employee, login, what, why, later(decision.desired.until, now)]);
                }
            }
        }
    }
    outlook.limit(&ledger.rules().guard);
    if command.json {
        writeln!(out, "{}", json!({"found": outcome, "outlook": outlook}))?;
        return Ok(());
    }
    write!(out, "{}{}", render(&outcome), glance(&outlook))?;
    let count = |reasons: &BTreeMap<&str, u64>| {
        reasons.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
    };
    let title = format!("blocked: {}", count(&outlook.blocked));
    write!(out, "{}{}", section("would be done", &doing), section(&title, &blocked))?;
    Ok(())
}

fn section(title: &str, rows: &[Vec<String>]) -> String {
    if rows.is_empty() { String::new() } else { format!("{DIM}{title}{DIM:#}\n{}", table(rows)) }
}
