//! What the daemon has written down, as its reports read it.

use std::path::Path;

use okta_provisioner::ledger::{Entry, Filter, PersonReport, Report, Summary};
use serde_json::Value;

use super::{World, instant, instant_of};
use crate::support::{breath, soon};

impl World {
    /// Everything that was decided.
    pub fn all(&self) -> Vec<Entry> {
        self.activity(&Filter::default())
    }

    /// What the ledger says of a person.
    pub fn person(&self, employee: &str) -> PersonReport {
        self.known(employee).expect("a known employee")
    }

    /// The same of somebody whom it may not know.
    pub fn known(&self, employee: &str) -> Option<PersonReport> {
        self.report().person(employee).expect("a readable ledger")
    }

    /// Why a person waits, by the stable word for it.
    pub fn block(&self, employee: &str) -> Option<&'static str> {
        self.person(employee).block.map(|block| block.code())
    }

    /// The codes of a person's decisions, in their order.
    pub fn decisions(&self, employee: &str) -> Vec<String> {
        self.entries(employee).into_iter().map(|entry| entry.code).collect()
    }

    /// A person's decisions.
    pub fn entries(&self, employee: &str) -> Vec<Entry> {
        self.activity(&Filter { employee: Some(employee.into()), ..Filter::default() })
    }

    /// How often something was decided, for anybody or nobody.
    pub fn count(&self, code: &str) -> usize {
        self.activity(&Filter::default()).iter().filter(|entry| entry.code == code).count()
    }

    fn activity(&self, filter: &Filter) -> Vec<Entry> {
        self.report().activity(filter, usize::MAX).expect("a readable ledger")
    }

    /// A value of the ledger's `meta` table.
    pub async fn meta(&self, key: &'static str) -> Option<String> {
        self.daemon.engine.ledger.meta(key).await.expect("a readable ledger")
    }

    /// Waits until the ledger says that those whom the org trusts were read at this time or later.
    pub async fn trusted_since(&self, at: &str) {
        let at = instant(at);
        let read = async {
            loop {
                let known = self.meta("protected").await.unwrap_or_default();
                let known: Value = serde_json::from_str(&known).unwrap_or_default();
                if known["read"].as_str().is_some_and(|read| instant_of(read) >= at) {
                    return;
                }
                breath().await;
            }
        };
        soon("whom the org trusts", read).await;
        self.quiet().await;
    }

    /// The state of everything, as an operator reads it.
    pub fn summary(&self) -> Summary {
        self.report().summary(self.clock.now()).expect("a readable ledger")
    }

    /// Where the ledger is.
    pub fn ledger(&self) -> &Path {
        &self.ground.ledger
    }

    pub(super) fn report(&self) -> Report {
        Report::open(&self.ground.ledger).expect("a readable ledger")
    }
}
