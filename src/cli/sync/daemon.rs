//! Having the daemon read everybody, and watching.

use std::path::Path;
use std::time::Duration;

use anyhow::{anyhow, bail};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use super::Bar;
use crate::cli::{operator, style};
use crate::engine::clock::Clock;
use crate::engine::{Outcome, Progress, READS, Stage};
use crate::ledger::{Lock, Report, Verb, Wish};

/// How often it is looked how far the daemon is.
const LOOK: Duration = Duration::from_millis(200);

/// Leaves the wish, and returns what came of it. However this ends, a wish that nobody has granted is taken back.
pub(super) async fn ask(path: &Path, clock: &Clock) -> anyhow::Result<Outcome> {
    let report = Report::open(path)?;
    // Before there is anything to be left behind.
    let mut interrupted = signal(SignalKind::interrupt())?;
    let asked = clock.now();
    let number =
        Wish { verb: Verb::Sync, employee: None, argument: None, operator: operator() }.leave(path, asked)?;
    let mut bar = Bar::new("people read from Bob by the daemon");
    let outcome = tokio::select! {
        outcome = watch(&report, path, asked, clock, &mut bar) => outcome,
        _ = interrupted.recv() => Err(anyhow!("nobody looks on any more; what the daemon has begun it finishes")),
    };
    bar.end();
    Wish::withdraw(path, number)?;
    outcome
}

async fn watch(
    report: &Report,
    path: &Path,
    asked: DateTime<Utc>,
    clock: &Clock,
    bar: &mut Bar,
) -> anyhow::Result<Outcome> {
    loop {
        // Looked at first: what it has done last is in the ledger then.
        let is_held = Lock::is_held(path);
        let now = clock.now();
        let summary = report.summary(now)?;
        if let Some(outcome) = read::<Outcome>(summary.synced).filter(|outcome| outcome.began >= asked) {
            return Ok(outcome);
        }
        if !is_held {
            bail!("the daemon has ended; run `sync` again to read everybody without it");
        }
        match read::<Progress>(summary.syncing) {
            Some(Progress { by_hand: true, .. }) => {
                bail!("another `sync` reads everybody into this ledger, and no daemon runs: let it finish")
            }
            Some(Progress { stage: Stage::People(people), .. }) => bar.show(people),
            // What is left of an earlier one is not the answer.
            Some(Progress { stage: Stage::Failed(reason), began, .. }) if began >= asked => {
                bail!("the daemon could not read everybody: {reason}")
            }
            Some(Progress { stage: Stage::NoHr, .. }) => {
                bail!(
                    "the daemon has no HR to read from: set bob.user and bob.token where it runs, and restart it"
                )
            }
            // With HR in order only its limit is spent, for a minute at most: that is waited for.
            Some(Progress { stage: Stage::Waits(until), .. })
                if until > now && summary.bob.as_deref() != Some(READS) =>
            {
                let why = summary.bob.unwrap_or_default();
                let until = style::when(until, now);
                bail!(
                    "HR is not called until {until}, and then by itself: {why}. Once that is mended, `retry --all` \
                     has it called at once"
                )
            }
            _ => {}
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn read<T: DeserializeOwned>(json: Option<Value>) -> Option<T> {
    json.and_then(|json| serde_json::from_value(json).ok())
}
