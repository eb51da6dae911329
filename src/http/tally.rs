//! Counts what was refused, and pings that prove nothing, and says it at most once a minute: a flood must not fill
//! the disk.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

use super::refusal::Refusal;

const QUIET: Duration = Duration::from_mins(1);

/// Whether a ping was signed with the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Held {
    /// With one of those that are set here.
    Yes,
    /// Not at all.
    Missing,
    /// With another one.
    Wrong,
}

/// What has not been said yet.
#[derive(Default)]
pub(super) struct Tally {
    counts: Mutex<Counts>,
    counted: Notify,
}

#[derive(Default)]
struct Counts {
    /// By reason.
    refused: BTreeMap<&'static str, u64>,
    pings: BTreeMap<Held, u64>,
}

impl Tally {
    /// One more that was refused.
    pub(super) fn count(&self, refusal: Refusal) {
        self.add(|counts| *counts.refused.entry(refusal.reason()).or_default() += 1);
    }

    /// One more ping. One that proves that the secret is the right one is said at once: only Bob can make it.
    pub(super) fn ping(&self, held: Held) {
        match held {
            Held::Yes => tell_pings(held, 1),
            Held::Missing | Held::Wrong => self.add(|counts| *counts.pings.entry(held).or_default() += 1),
        }
    }

    fn add(&self, one: impl FnOnce(&mut Counts)) {
        one(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
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
        counts.pings.into_iter().for_each(|(held, count)| tell_pings(held, count));
        if counts.refused.is_empty() {
            return;
        }
        let reason: Vec<String> =
            counts.refused.iter().map(|(reason, count)| format!("{reason}: {count}")).collect();
        let reason = reason.join(", ");
        tracing::warn!(code = "webhook.refused", reason, "requests to the webhook were refused");
    }
}

fn tell_pings(held: Held, count: u64) {
    let (signature, means) = match held {
        Held::Yes => ("held", "webhook.secret is the one that Bob signs with"),
        Held::Missing => ("missing", "which does not tell whether webhook.secret is the right one"),
        Held::Wrong => ("wrong", "webhook.secret is not the one that it was signed with"),
    };
    tracing::info!(code = "webhook.ping", signature, count, "pinged, and answered: {means}");
}
