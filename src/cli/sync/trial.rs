//! `sync --dry-run`: everything on a copy, and what would come of it.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde_json::json;

use super::{Bar, Sync, read, render};
use crate::app::settings::Settings;
use crate::bob;
use crate::cli::plan::{as_json, later, words};
use crate::cli::style::{DIM, WARN, property, table};
use crate::domain::decide::Next;
use crate::domain::outlook::Outlook;
use crate::engine::clock::Clock;
use crate::ledger::{Decided, Ledger, key};
use crate::okta::{Client, Page, Spent, Verdict};
use crate::retry;

/// How often a page is asked for before the trial is given up.
const MOST_ATTEMPTS: u32 = 5;

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

/// What would be done, at a glance.
pub(in crate::cli) fn glance(outlook: &Outlook) -> String {
    let each = |counts: Vec<String>| if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
    let steps = outlook.steps.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let mut text = property("agree", format_args!("{} of {}", outlook.agree, outlook.people));
    text += &property("to link", outlook.adopt);
    text += &property("to do", each(steps));
    if !outlook.attributes.is_empty() {
        let attributes = outlook.attributes.iter().map(|(name, count)| format!("{count} {name}")).collect();
        text += &property("to change", each(attributes));
    }
    if outlook.held > 0 {
        text += &property("over limits", format_args!("{WARN}{} would be held{WARN:#}", outlook.held));
    }
    if outlook.unclear > 0 {
        text += &property("unclear", format_args!("{}, until Okta has been asked", outlook.unclear));
    }
    text
}

fn section(title: &str, rows: &[Vec<String>]) -> String {
    if rows.is_empty() { String::new() } else { format!("{DIM}{title}{DIM:#}\n{}", table(rows)) }
}

/// Lists Okta's users into the copy, as the daemon does at its first start; tells which they are.
pub(in crate::cli) async fn list(
    ledger: &Ledger,
    okta: &Client,
    clock: &Clock,
) -> anyhow::Result<HashSet<String>> {
    let since = clock.now();
    let mut bar = Bar::new("users listed in Okta");
    let (mut cursor, mut listed, mut attempt) = (None, HashSet::new(), 0);
    loop {
        let permit = loop {
            match okta.admit_list(since).await {
                Ok(permit) => break permit,
                Err(Spent { until }) => clock.sleep_until(until).await,
            }
        };
        match okta.list(None, cursor.as_ref(), permit).await {
            Ok(Page { accounts, next }) => {
                attempt = 0;
                listed.extend(accounts.iter().map(|account| account.id.0.clone()));
                ledger.listed(accounts, clock.now()).await?;
                bar.show(listed.len());
                match next {
                    Some(next) => cursor = Some(next),
                    None => break,
                }
            }
            Err(fault) => {
                attempt += 1;
                let Verdict::Retry { after } = fault.verdict else { return Err(fault.into()) };
                if attempt == MOST_ATTEMPTS {
                    return Err(fault).context("Okta's users cannot be listed");
                }
                clock.sleep(retry::delay(attempt, &retry::CALLS).max(after.unwrap_or(Duration::ZERO))).await;
            }
        }
    }
    bar.end();
    ledger.mirrored(since).await?;
    Ok(listed)
}
