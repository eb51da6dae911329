//! The record of decisions, looked after: its head is logged, and its beginning pruned.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::{Engine, SKEW, announce};
use crate::ledger::Pruned;

/// How often the head is logged. Whoever ships the log has an anchor that nobody with the file can rewrite.
const OFTEN: TimeDelta = TimeDelta::hours(1);
/// How often the record is pruned.
const DAILY: TimeDelta = TimeDelta::days(1);
/// How many rows go at once: others wait for the same writer.
const BITE: usize = 500;
/// So that those who wait have their turn.
const BREATH: Duration = Duration::from_millis(20);

/// Logs the head at once and hourly, and prunes daily what is older than `keep`, from when on Okta's clock has been seen to
/// agree with ours, until the engine is stopped.
pub async fn keep(engine: Arc<Engine>, keep: Option<TimeDelta>) {
    let stop = engine.stop.clone();
    let look_after = async {
        let mut prune_at = engine.clock.now();
        loop {
            let now = engine.clock.now();
            if let Some(keep) = keep
                && now >= prune_at
                && engine.knows_the_time()
            {
                engine.prune(keep).await;
                prune_at = now + DAILY;
            }
            engine.tell_head().await;
            engine.clock.sleep_past(now + OFTEN).await;
        }
    };
    stop.run_until_cancelled(look_after).await;
}

impl Engine {
    /// Logs where the record of decisions ends.
    pub async fn tell_head(&self) {
        // A ledger that cannot be read is said by others.
        if let Ok(Some(head)) = self.ledger.head().await {
            tracing::info!(
                code = "audit.head",
                seq = head.seq,
                hash = head.hash,
                "the record of decisions ends here"
            );
        }
    }

    /// Whether our clock is right as far as Okta's tells: by one that is ahead everything is old.
    fn knows_the_time(&self) -> bool {
        self.okta.skew().is_some_and(|skew| skew.abs() <= SKEW)
    }

    async fn prune(&self, keep: TimeDelta) {
        let now = self.clock.now();
        let Some(before) = now.checked_sub_signed(keep) else { return };
        loop {
            match self.write("pruning", || self.ledger.prune(before, BITE, now)).await {
                Pruned::Rows(.., pruned) => {
                    announce(&pruned);
                    tokio::time::sleep(BREATH).await;
                }
                Pruned::Nothing => break,
                Pruned::Broken(seq) => {
                    tracing::error!(
                        code = "audit.broken",
                        seq,
                        "the record of decisions was tampered with: this row is not what was written there, or \
                         what was before it is gone; nothing from it on is pruned; see `okta-provisioner audit verify`"
                    );
                    break;
                }
            }
        }
    }
}
