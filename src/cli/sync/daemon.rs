//! Having the daemon read everybody, and watching.

use std::path::Path;
use std::time::Duration;

use anyhow::{anyhow, bail};
use chrono::{DateTime, Utc};

use super::Bar;
use crate::engine::clock::Clock;
use crate::engine::{Outcome, Progress};
use crate::ledger::{Lock, Report, Verb, Wish};

/// How often it is looked how far the daemon is.
const LOOK: Duration = Duration::from_millis(200);

/// Leaves the wish, and returns what came of it.
pub(super) async fn ask(path: &Path, clock: &Clock) -> anyhow::Result<Outcome> {
    let asked = clock.now();
    Wish { verb: Verb::Sync, employee: None, argument: None }.leave(path, asked)?;
    let report = Report::open(path)?;
    let mut bar = Bar::new("people read from Bob by the daemon");
    let outcome = watch(&report, path, asked, &mut bar).await;
    bar.end();
    outcome
}

async fn watch(report: &Report, path: &Path, asked: DateTime<Utc>, bar: &mut Bar) -> anyhow::Result<Outcome> {
    let mut begun = false;
    loop {
        let summary = report.summary(asked)?;
        let outcome = summary.synced.and_then(|outcome| serde_json::from_value::<Outcome>(outcome).ok());
        if let Some(outcome) = outcome.filter(|outcome| outcome.began >= asked) {
            return Ok(outcome);
        }
        match summary.syncing.and_then(|progress| serde_json::from_value::<Progress>(progress).ok()) {
            Some(Progress::People(people)) => {
                begun = true;
                bar.show(people);
            }
            // What is left of an earlier one is not the answer.
            Some(Progress::Failed(reason)) if begun => {
                bail!("the daemon could not read everybody: {reason}; it tries again by itself")
            }
            _ => {}
        }
        if !Lock::is_held(path) {
            return Err(anyhow!("the daemon has ended; it reads everybody when it runs again"));
        }
        tokio::time::sleep(LOOK).await;
    }
}
