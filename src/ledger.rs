//! Durable memory: employees, the mirror of the Okta directory, activity. All SQL lives here.

mod activity;
mod chain;
mod compare;
mod drift;
mod due;
mod explain;
mod gauges;
mod glance;
mod guard;
mod held;
mod hindrance;
mod merge;
mod meter;
mod mirror;
mod missing;
mod modes;
mod moved;
mod open;
mod orders;
mod outlook;
mod page;
mod pause;
mod prune;
mod reading;
mod report;
mod row;
mod rules;
mod settle;
mod since;
mod sites;
mod upcoming;
mod wish;
mod writer;

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use rusqlite::Connection;

pub use activity::{Activity, code};
pub use chain::{Broken, Mark, Verified};
pub use compare::Found;
pub use drift::Drift;
pub use due::{Due, Person};
pub use explain::{Cause, Explained, Fact as ExplainedFact, Row as ExplainedRow, Step as ExplainedStep};
pub use gauges::{Decision, Gauges};
pub use glance::{Glance, LookError};
pub use held::Held;
pub use hindrance::{Ahead, Hindrances, Waits};
pub use merge::Merge;
pub use missing::Missing;
pub use modes::mode;
pub use moved::{Moved, schedule};
pub use open::{Lock, OpenError};
pub use outlook::Decided;
pub use page::PersonPage;
pub use pause::{Pause, Scope, argument as pause_argument};
pub use prune::Pruned;
pub use reading::{Answer, Taken, Unread};
pub use report::{Entry, Filter, PersonReport, Report, Summary};
pub use rules::Adapted;
pub use settle::{Intent, Settlement, Waiting};
pub use upcoming::{Coming, Upcoming};
pub use wish::{Granted, Verb, Wish, Word};

use crate::domain::decide::Rules;

/// A handle on the one ledger of this process; clones share its writer.
#[derive(Clone, Debug)]
pub struct Ledger {
    writer: writer::Writer,
    rules: InForce,
    headcounts: guard::Headcounts,
    orders: orders::Orders,
}

/// The rules in force, which another schema of the org's replaces.
#[derive(Clone, Debug)]
struct InForce(Arc<RwLock<Arc<Rules>>>);

impl InForce {
    fn new(rules: Arc<Rules>) -> Self {
        Self(Arc::new(RwLock::new(rules)))
    }

    fn get(&self) -> Arc<Rules> {
        // Nothing panics while it holds the lock.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, rules: Arc<Rules>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = rules;
    }
}

/// The ledger could not do what was asked. Nothing of it was written; asking again later is right.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LedgerError {
    /// The disk, or the file.
    #[error("ledger: {0}")]
    File(Arc<str>),
    /// The writer's thread has ended: nothing will ever be written again by this process.
    #[error("ledger: its thread has ended")]
    Gone,
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        // SQLite's texts name tables and codes, never values.
        Self::File(error.to_string().into())
    }
}

impl From<serde_json::Error> for LedgerError {
    fn from(_: serde_json::Error) -> Self {
        Self::File("a stored row cannot be read".into())
    }
}

impl Ledger {
    /// Opens or creates the ledger of `org`, and starts its writer.
    ///
    /// # Errors
    ///
    /// The file cannot be used, is newer than this program, or is another org's.
    pub fn open(path: &Path, org: &str, rules: Arc<Rules>) -> Result<Self, OpenError> {
        let connection = open::open(path)?;
        open::claim(&connection, path, org)?;
        Self::start(connection, path, rules)
    }

    /// A copy in memory, to try something out on; an empty one if there is no such file.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn copy(path: &Path, rules: Arc<Rules>) -> Result<Self, OpenError> {
        let connection = open::copy(path)?;
        Self::start(connection, path, rules)
    }

    fn start(connection: Connection, path: &Path, rules: Arc<Rules>) -> Result<Self, OpenError> {
        let orders = orders::Orders::default();
        orders.load(&connection).map_err(|e| OpenError::new(path, e.to_string()))?;
        let writer = writer::Writer::start(connection).map_err(|e| OpenError::new(path, e.to_string()))?;
        let headcounts = guard::Headcounts::default();
        Ok(Self { writer, rules: InForce::new(rules), headcounts, orders })
    }

    /// The rules in force: those that it was opened with, under the org's schema as far as that is known.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        self.rules.get()
    }

    /// The value of a key of the `meta` table.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub async fn meta(&self, key: &'static str) -> Result<Option<String>, LedgerError> {
        self.writer.call(move |tx| row::meta(tx, key)).await
    }

    /// Waits until the writer has come to this: it lives, whether or not the file can be written.
    ///
    /// # Errors
    ///
    /// The file cannot be written just now; or the writer is gone.
    pub async fn ping(&self) -> Result<(), LedgerError> {
        self.writer.call(|_| Ok(())).await
    }

    /// Tries whether the file can be written.
    ///
    /// # Errors
    ///
    /// It cannot.
    pub async fn try_to_write(&self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.set_meta(key::PROBED, Some(now.to_rfc3339())).await
    }

    /// Sets a key of the `meta` table; none removes it.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn set_meta(&self, key: &'static str, value: Option<String>) -> Result<(), LedgerError> {
        self.writer.call(move |tx| row::set_meta(tx, key, value.as_deref())).await
    }
}

/// Keys of the `meta` table that more than one room reads.
pub mod key {
    /// The org that the ledger belongs to.
    pub const ORG: &str = "org";
    /// Fingerprint of the rules that every person was last decided by.
    pub const RULES: &str = "rules";
    /// The fields that were tracked then.
    pub const TRACKED: &str = "tracked";
    /// What the last reading of everybody from HR has found, as JSON; nothing where another is due at once.
    pub const SYNCED: &str = "synced";
    /// How the present one fares, as JSON.
    pub const SYNCING: &str = "syncing";
    /// What the last comparison with all of Okta has found, as JSON.
    pub const RECONCILED: &str = "reconciled";
    /// How the one that an operator has asked for fares, as JSON.
    pub const RECONCILING: &str = "reconciling";
    /// Whom HR's list of everybody has left out, and since when, as JSON.
    pub const MISSING: &str = "missing";
    /// The org's user schema as it was last seen.
    pub const SCHEMA: &str = "schema";
    /// When the mirror was last complete (RFC 3339).
    pub const MIRROR: &str = "mirror";
    /// The attributes that it holds.
    pub const MIRRORED: &str = "mirrored";
    /// That a first look at the org has decided how the first run begins.
    pub const BEGUN: &str = "begun";
    /// Up to when changes in Okta have been listed since (RFC 3339).
    pub const LISTED: &str = "listed";
    /// On whose word it decides and writes nothing to Okta, if it does ([`super::mode`]).
    pub const MODE: &str = "mode";
    /// Whom the org trusts with itself, as it was last read, as JSON.
    pub const PROTECTED: &str = "protected";
    /// The number of the last batch of people who were held.
    pub const BATCH: &str = "batch";
    /// When the API token expires unless it is used (RFC 3339), as far as Okta tells.
    pub const TOKEN: &str = "token";
    /// Why calls to Okta are stopped, if they are.
    pub const HALTED: &str = "halted";
    /// What the session with the broker is doing.
    pub const BROKER: &str = "broker";
    /// How reading from HR fares; nothing where HR is not read.
    pub const BOB: &str = "bob";
    /// When it was last tried whether the ledger can be written (RFC 3339).
    pub const PROBED: &str = "probed";
    /// The last row of the record of decisions that was pruned, as JSON.
    pub const PRUNED: &str = "pruned";
    /// When the daemon that holds the ledger started (RFC 3339).
    pub const STARTED: &str = "started";
}

#[cfg(test)]
mod tests;
