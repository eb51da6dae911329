//! Having the daemon read everybody, and watching.

use std::path::Path;

use anyhow::bail;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Bar;
use crate::cli::onlooker::{self, LOOK};
use crate::cli::{operator, style};
use crate::engine::clock::Clock;
use crate::engine::{Outcome, Progress, READS, Stage};
use crate::ledger::{Lock, Report, Verb, Wish};

/// Has the daemon read everybody, and returns what came of it.
pub(super) async fn ask(path: &Path, clock: &Clock) -> anyhow::Result<Outcome> {
    let wish = Wish { verb: Verb::Sync, employee: None, argument: None, operator: operator() };
    let title = "people read from Bob by the daemon";
    onlooker::ask(wish, path, clock, title, async |report, asked, bar| {
        watch(report, path, asked, clock, bar).await
    })
    .await
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
