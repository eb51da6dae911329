//! Says once of each site that nobody has given it a time zone.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::Engine;
use crate::domain::facts::Facts;

/// The sites that have been told since the start.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<BTreeSet<String>>);

impl Engine {
    /// Tells of the sites of everybody who is known.
    pub(super) async fn tell_sites(&self) {
        // That the ledger cannot be read is said by those who cannot do without.
        for site in self.ledger.unzoned_sites().await.unwrap_or_default() {
            self.tell(site);
        }
    }

    /// Tells of the site of one person.
    pub(super) fn tell_site(&self, facts: &Facts) {
        if let Some(site) = self.ledger.rules().access.zones.unzoned(facts) {
            self.tell(site);
        }
    }

    fn tell(&self, site: String) {
        let mut told = self.sites.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.contains(&site) {
            return;
        }
        tracing::warn!(
            code = "site.zone_missing",
            site,
            zone = self.ledger.rules().access.zones.default.name(),
            "no time zone is set for this site: days begin there as in timezone.default; add it to timezone.by_site"
        );
        told.insert(site);
    }
}
