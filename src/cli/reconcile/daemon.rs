//! Having the daemon compare, and watching.

use std::path::Path;
use std::time::Duration;

use anyhow::{anyhow, bail};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::operator;
use crate::cli::style::plain;
use crate::cli::sync::Bar;
use crate::engine::clock::Clock;
use crate::engine::{Compared, Comparing};
use crate::ledger::{Drift, Lock, Report, Verb, Wish, key};

/// How often it is looked how far the daemon is.
const LOOK: Duration = Duration::from_millis(200);

/// Leaves the wish, and returns what came of it. However this ends, a wish that nobody has granted is taken back.
pub(super) async fn ask(path: &Path, repair: bool, clock: &Clock) -> anyhow::Result<(Compared, Vec<Drift>)> {
    let report = Report::open(path)?;
    // Before there is anything to be left behind.
    let mut interrupted = signal(SignalKind::interrupt())?;
    let asked = clock.now();
    let argument = repair.then(|| "repair".to_owned());
    let wish = Wish { verb: Verb::Reconcile, employee: None, argument, operator: operator() };
    let number = wish.leave(path, asked)?;
    let mut bar = Bar::new("users listed in Okta by the daemon");
    let outcome = tokio::select! {
        outcome = watch(&report, path, asked, repair, &mut bar) => outcome,
        _ = interrupted.recv() => Err(anyhow!("nobody looks on any more; what the daemon has begun it finishes")),
    };
    bar.end();
    Wish::withdraw(path, number)?;
    Ok((outcome?, report.drift()?))
}

async fn watch(
    report: &Report,
    path: &Path,
    asked: DateTime<Utc>,
    repair: bool,
    bar: &mut Bar,
) -> anyhow::Result<Compared> {
    loop {
        // Looked at first: what it has done last is in the ledger then.
        let is_held = Lock::is_held(path);
        let done = read::<Compared>(report.meta(key::RECONCILED)?);
        let ours = |done: &Compared| done.began >= asked && (!repair || done.repairing.is_some());
        if let Some(done) = done.filter(ours) {
            return Ok(done);
        }
        if !is_held {
            bail!("the daemon has ended; run `reconcile` again");
        }
        if let Some(why) = report.meta(key::HALTED)? {
            bail!("calls to Okta are stopped, so it cannot be listed: {}", plain(&why));
        }
        if let Some(Comparing { listed, .. }) = read(report.meta(key::RECONCILING)?) {
            bar.show(listed);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn read<T: DeserializeOwned>(json: Option<String>) -> Option<T> {
    json.and_then(|json| serde_json::from_str(&json).ok())
}
