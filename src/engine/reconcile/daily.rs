//! When everybody is read by the daemon: at its first start with HR, then daily, and when an operator says so.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};

use super::{Outcome, Progress, Stage, Sync, SyncError};
use crate::engine::hr::is_damaged;
use crate::engine::{Engine, Hr};
use crate::ledger::key;
use crate::retry;

/// Reads everybody whenever it is time, for ever.
pub(in crate::engine) async fn run(engine: Arc<Engine>) {
    let Some(hr) = &engine.hr else { return };
    let org = engine.write("the org", || engine.ledger.meta(key::ORG)).await.unwrap_or_default();
    let last = engine.write("the last reading of HR", || engine.ledger.meta(key::SYNCED)).await;
    let last = last.and_then(|text| serde_json::from_str::<Outcome>(&text).ok());
    // One that was missed while nobody ran is made up for at once.
    let mut due = last.map_or(DateTime::UNIX_EPOCH, |last| hr.daily.after(last.began, &org));
    let (mut failures, mut told) = (0, BTreeSet::new());
    loop {
        let _awake = tokio::select! {
            awake = engine.clock.wake_at(due) => Some(awake),
            () = engine.sync_wanted.notified() => None,
        };
        engine.tell_closed().await;
        engine.bob_open().await;
        let began = engine.clock.now();
        match once(&engine, hr).await {
            Ok(outcome) => {
                failures = 0;
                due = hr.daily.after(outcome.began, &org);
                report(&outcome, &mut told);
                engine.wake();
                engine.tell_outlook().await;
            }
            Err(error) => {
                failures += 1;
                if failures == 1 {
                    tracing::warn!(
                        code = "reconcile.failed",
                        reason = %error,
                        "not everybody could be read from HR, and nobody was taken for missing; tried again until it works"
                    );
                }
                // And not before HR may be called again.
                let pause = retry::delay(failures, &retry::CALLS);
                due = engine.clock.now() + TimeDelta::from_std(pause).unwrap_or(TimeDelta::MAX);
                let failed = Progress::of_daemon(began, Stage::Failed(error.to_string()));
                engine.write("a reading of HR that failed", || failed.leave(&engine.ledger)).await;
            }
        }
    }
}

async fn once(engine: &Engine, hr: &Hr) -> Result<Outcome, SyncError> {
    let Engine { ledger, clock, .. } = engine;
    let sync = Sync { ledger, bob: &hr.bob, clock, settle: hr.settle, by_hand: false };
    match sync.run(|_| engine.wake()).await {
        // A list that cannot be read says nothing of how single people can be.
        Err(SyncError::Bob(fault)) if !is_damaged(&fault) => Ok(engine.heed(Err(fault)).await?),
        Err(error) => Err(error),
        Ok(outcome) => Ok(engine.heed(Ok(outcome)).await?),
    }
}

fn report(outcome: &Outcome, told: &mut BTreeSet<String>) {
    let Outcome { people, joined, changed, left, cancelled, missing, gone, calls, .. } = outcome;
    tracing::info!(
        code = "reconcile.done",
        people,
        joined,
        changed,
        left,
        cancelled,
        missing,
        gone,
        calls,
        "everybody was read from HR: these had news that no event had told"
    );
    if let Some((missing, of)) = outcome.doubtful {
        tracing::error!(
            code = "reconcile.doubtful",
            missing,
            of,
            "HR's list leaves out too many people at once; none of them is taken for gone. Look in Bob whether the \
             service user's permission group still covers everybody; whoever has really gone must be deleted there \
             or given a leave date"
        );
    }
    if !outcome.hidden.is_subset(told) {
        let fields = outcome.hidden.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        tracing::warn!(
            code = "bob.field_hidden",
            fields,
            "HR shows these fields of nobody: they stay as they were. Give the service user the permission to see them, \
             or correct their names in the mapping; `check` tells which"
        );
    }
    told.clone_from(&outcome.hidden);
}
