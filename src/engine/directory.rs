//! Keeping the mirror of the Okta directory: all of it at first, then what changed.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::Engine;
use crate::ledger::key;
use crate::okta::{Page, Permit, Spent, Verdict};
use crate::retry;

/// How often changed users are listed.
const DELTA: TimeDelta = TimeDelta::hours(1);
/// How often all are.
const FULL: TimeDelta = TimeDelta::weeks(1);
/// Lists lag behind, and the two clocks differ: each list begins this long before the last one did.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);

/// Lists the directory, for ever.
pub(super) async fn mirror(engine: Arc<Engine>, apply: bool) {
    let read = |text: Option<String>| text.and_then(|text| text.parse::<DateTime<Utc>>().ok());
    let mut full = read(engine.write("the mirror's age", || engine.ledger.meta(key::MIRROR)).await);
    let mut listed = read(engine.write("the mirror's age", || engine.ledger.meta(key::LISTED)).await);
    loop {
        let now = engine.clock.now();
        let due = match (full, listed) {
            (Some(full), Some(listed)) => (full + FULL).min(listed + DELTA),
            _ => now,
        };
        tokio::select! {
            () = engine.clock.sleep_past(due) => {}
            () = engine.schema_doubted() => {
                engine.learn_schema().await;
                continue;
            }
        }
        let began = engine.clock.now();
        let changes = full.filter(|full| began < *full + FULL).and(listed);
        list(&engine, changes.map(|at| at - OVERLAP)).await;
        if changes.is_none() {
            if full.is_none() {
                first(&engine, apply).await;
            }
            engine.write("the mirror", || engine.ledger.mirrored(began)).await;
            full = Some(began);
            engine.tell_outlook().await;
        }
        engine.schema_of_the_day().await;
        engine
            .write("the mirror's age", || engine.ledger.set_meta(key::LISTED, Some(began.to_rfc3339())))
            .await;
        listed = Some(began);
        engine.wake();
    }
}

/// An empty ledger beside a non-empty org decides and writes nothing until somebody has looked.
async fn first(engine: &Engine, apply: bool) {
    let (accounts, _) = engine.write("the mirror", || engine.ledger.sizes()).await;
    tracing::info!(code = "mirror.loaded", accounts, "the mirror of the directory is complete");
    if engine.write("the mode", || engine.ledger.meta(key::BEGUN)).await.is_some() {
        return;
    }
    // One account is the token's owner.
    let observe = accounts > 1 && !apply;
    engine.write("the mode", || engine.ledger.begin(observe)).await;
    if observe {
        // Where HR is read, everybody's are.
        let dates = if engine.hr.is_none() {
            ", have HR send the leave dates of all leavers to come again"
        } else {
            ""
        };
        tracing::warn!(
            code = "mirror.observing",
            accounts,
            "first run beside an org that has users: decisions are recorded, nothing is written to Okta. \
             Look at them with `tail`{dates}, then say `okta-provisioner mode apply`"
        );
    }
}

async fn list(engine: &Engine, updated_after: Option<DateTime<Utc>>) {
    let since = engine.clock.now();
    let (mut cursor, mut seen, mut said, mut attempt) = (None, 0, 0, 0);
    loop {
        engine.running().await;
        let permit = admitted(engine, since).await;
        let page = engine.okta.list(updated_after, cursor.as_ref(), permit).await;
        match page {
            Ok(Page { accounts, next }) => {
                attempt = 0;
                seen += accounts.len();
                let now = engine.clock.now();
                engine.answered();
                engine.write("a page of the directory", || engine.ledger.listed(accounts.clone(), now)).await;
                if updated_after.is_none() && (seen >= said + 2000 || next.is_none()) {
                    tracing::info!(code = "mirror.loading", users = seen, "listing the directory");
                    said = seen;
                }
                match next {
                    Some(next) => cursor = Some(next),
                    None => return,
                }
            }
            Err(fault) if fault.verdict == Verdict::Halt => engine.halt(&fault).await,
            Err(fault) => {
                attempt += 1;
                tracing::warn!(code = "mirror.failed", reason = %fault, attempt, "the directory cannot be listed; tried again");
                let after = match fault.verdict {
                    Verdict::Retry { after } => after.unwrap_or_default(),
                    _ => std::time::Duration::ZERO,
                };
                // A cursor that Okta no longer takes would be refused for ever.
                cursor =
                    cursor.filter(|_| fault.unreachable || matches!(fault.verdict, Verdict::Retry { .. }));
                if cursor.is_none() {
                    (seen, said) = (0, 0);
                }
                engine.clock.sleep(after.max(retry::delay(attempt, &retry::RECONNECT))).await;
            }
        }
    }
}

/// Waits for a permit, however long the budget says.
async fn admitted(engine: &Engine, since: DateTime<Utc>) -> Permit {
    loop {
        match engine.permit(engine.okta.admit_list(since)).await {
            Ok(permit) => return permit,
            Err(Spent { until }) => engine.clock.sleep_until(until).await,
        }
    }
}
