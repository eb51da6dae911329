//! Whoever observes says at a glance what would be done.

use std::sync::atomic::Ordering;

use super::Engine;
use crate::domain::outlook::Outlook;
use crate::ledger::key;

impl Engine {
    /// Tells what would be done, once HR and Okta have both been read, and once a start. A ledger that cannot be
    /// read is said by those who must read it.
    pub(super) async fn tell_outlook(&self) {
        let known = async |key| self.ledger.meta(key).await.is_ok_and(|value| value.is_some());
        if !self.is_observing() || !known(key::MIRROR).await || !known(key::SYNCED).await {
            return;
        }
        if self.outlook_told.swap(true, Ordering::Relaxed) {
            return;
        }
        let now = self.clock.now();
        let Ok(outlook) = self.ledger.outlook(now).await else {
            self.outlook_told.store(false, Ordering::Relaxed);
            return;
        };
        // Who would be linked may be so already.
        let Outlook { people, agree, steps, attributes, unclear, blocked, held, .. } = outlook;
        let steps = list(steps.iter().map(|(name, count)| (*name, *count)));
        let attributes = list(attributes.iter().map(|(name, count)| (name.as_str(), *count)));
        let blocked = list(blocked.iter().map(|(name, count)| (*name, *count)));
        tracing::warn!(
            code = "observe.summary",
            people,
            agree,
            steps,
            attributes,
            blocked,
            held,
            unclear,
            "this is what would be done; nothing is written to Okta until `okta-provisioner mode apply`. \
             `sync --dry-run` shows it for each person"
        );
    }
}

fn list<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> String {
    counts.map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}
