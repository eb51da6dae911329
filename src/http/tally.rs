//! Counts what was refused, and says it at most once a minute: a flood must not fill the disk.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

use super::refusal::Refusal;

const QUIET: Duration = Duration::from_mins(1);

/// The refusals that have not been said yet, by reason.
#[derive(Default)]
pub(super) struct Tally {
    counts: Mutex<BTreeMap<&'static str, u64>>,
    counted: Notify,
}

impl Tally {
    /// One more.
    pub(super) fn count(&self, refusal: Refusal) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(refusal.reason()).or_default() += 1;
        self.counted.notify_one();
    }

    /// Says the first one at once, and then what a minute has brought. It does not end.
    pub(super) async fn tell(&self) {
        loop {
            self.counted.notified().await;
            self.say();
            sleep(QUIET).await;
        }
    }

    /// Says what has not been said.
    pub(super) fn say(&self) {
        let counts = std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner));
        if counts.is_empty() {
            return;
        }
        let reason: Vec<String> = counts.iter().map(|(reason, count)| format!("{reason}: {count}")).collect();
        let reason = reason.join(", ");
        tracing::warn!(code = "webhook.refused", reason, "requests to the webhook were refused");
    }
}
