//! A bell that wakes a loop, and tells when all that it was rung for has been done.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::futures::Notified;
use tokio::sync::{Notify, watch};

/// One loop's bell.
#[derive(Debug, Default)]
pub(super) struct Bell {
    wake: Notify,
    /// How often it was rung, and up to which ring everything has been done.
    rung: AtomicU64,
    done: watch::Sender<u64>,
}

impl Bell {
    /// There may be something to do.
    pub fn ring(&self) {
        self.rung.fetch_add(1, Ordering::SeqCst);
        self.wake.notify_one();
    }

    /// Until it is rung, from the first poll on.
    pub fn rings(&self) -> Notified<'_> {
        self.wake.notified()
    }

    /// How often it was rung so far.
    pub fn rung(&self) -> u64 {
        self.rung.load(Ordering::SeqCst)
    }

    /// All that it was rung for up to this ring has been done.
    pub fn done(&self, rung: u64) {
        self.done.send_replace(rung);
    }

    /// Waits until there is nothing to do; tells the ring by which it asked.
    pub async fn quiet(&self) -> u64 {
        self.ring();
        let rung = self.rung();
        // It cannot close: we hold the sender.
        let _ = self.done.subscribe().wait_for(|done| *done >= rung).await;
        rung
    }
}
