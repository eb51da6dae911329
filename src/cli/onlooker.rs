//! Having the daemon do something, and watching.

use std::path::Path;
use std::time::Duration;

use anyhow::anyhow;
use chrono::{DateTime, Utc};
use tokio::signal::unix::{SignalKind, signal};

use super::sync::Bar;
use crate::engine::clock::Clock;
use crate::ledger::{Report, Wish};

/// How often it is looked how far the daemon is.
pub(super) const LOOK: Duration = Duration::from_millis(200);

/// Leaves the wish, and returns what `watch` sees come of it, which gets the ledger, the time of asking and a bar of
/// this title. However this ends, a wish that nobody has granted is taken back.
pub(super) async fn ask<T>(
    wish: Wish,
    path: &Path,
    clock: &Clock,
    title: &'static str,
    watch: impl AsyncFnOnce(&Report, DateTime<Utc>, &mut Bar) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let report = Report::open(path)?;
    // Before there is anything to be left behind.
    let mut interrupted = signal(SignalKind::interrupt())?;
    let asked = clock.now();
    let number = wish.leave(path, asked)?;
    let mut bar = Bar::new(title);
    let outcome = tokio::select! {
        outcome = watch(&report, asked, &mut bar) => outcome,
        _ = interrupted.recv() => Err(anyhow!("nobody looks on any more; what the daemon has begun it finishes")),
    };
    bar.end();
    Wish::withdraw(path, number)?;
    outcome
}
