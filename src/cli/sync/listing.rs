//! Listing Okta's users into a copy of the ledger.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Context;

use super::Bar;
use crate::engine::clock::Clock;
use crate::ledger::Ledger;
use crate::okta::{Client, Page, Spent, Verdict};
use crate::retry;

/// How often a page is asked for before the trial is given up.
const MOST_ATTEMPTS: u32 = 5;

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
