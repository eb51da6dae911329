//! Comparing all of Okta with the ledger: after each whole list of the directory, and when an operator says so.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::{Engine, announce};
use crate::ledger::{Differences, Drift, Ledger, LedgerError, key};

/// What an operator wants.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    asked: Notify,
    how: AtomicU8,
}

const NOTHING: u8 = 0;
const COMPARE: u8 = 1;
const REPAIR: u8 = 2;

impl Wanted {
    /// The whole org is to be compared, and perhaps what differs to be put right.
    pub fn ask(&self, repair: bool) {
        self.how.fetch_max(if repair { REPAIR } else { COMPARE }, Ordering::Relaxed);
        self.asked.notify_one();
    }

    /// Waits until somebody asks; tells whether to repair.
    pub async fn asked(&self) -> bool {
        loop {
            match self.how.swap(NOTHING, Ordering::Relaxed) {
                NOTHING => self.asked.notified().await,
                how => return how == REPAIR,
            }
        }
    }
}

/// What a comparison of everybody with all of Okta has found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// When the list was asked for.
    pub began: DateTime<Utc>,
    /// When everybody was compared.
    pub ended: DateTime<Utc>,
    /// How many users Okta has.
    pub accounts: usize,
    /// How many people the ledger has.
    pub people: i64,
    /// What was found and is not over, by kind.
    pub found: BTreeMap<String, usize>,
    /// How much of it had not been told before.
    pub new: usize,
    /// Okta's list lacks so many linked accounts, of so many, that none of them is taken for gone.
    pub doubtful: Option<(usize, usize)>,
    /// How many people's turns put right what they can; none where nobody asked for it.
    pub repairing: Option<usize>,
}

/// How the comparison that somebody has asked for fares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparing {
    /// When the list was asked for.
    pub began: DateTime<Utc>,
    /// How many users have been listed.
    pub listed: usize,
}

impl Compared {
    /// Compares everybody with the directory as it was listed whole, from `began` on.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn with(
        ledger: &Ledger,
        listed: HashSet<String>,
        began: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(Self, Vec<Drift>), LedgerError> {
        let accounts = listed.len();
        let Differences { new, doubtful } = ledger.compare_all(Arc::new(listed), began, now).await?;
        new.iter().for_each(announce);
        let drift = ledger.drift().await?;
        let mut found = BTreeMap::new();
        for one in &drift {
            *found.entry(one.finding.kind.to_string()).or_default() += 1;
        }
        let (_, people) = ledger.sizes().await?;
        let new = new.len();
        let compared = Self { began, ended: now, accounts, people, found, new, doubtful, repairing: None };
        Ok((compared, drift))
    }
}

impl Engine {
    /// The whole directory has been listed: tells what is not as it should be. `repair`: whether somebody has asked for
    /// this, and for that to be put right.
    pub(super) async fn compare(&self, listed: HashSet<String>, began: DateTime<Utc>, repair: Option<bool>) {
        let now = self.clock.now();
        let compared = self
            .write("what differs in Okta", || Compared::with(&self.ledger, listed.clone(), began, now))
            .await;
        let (mut compared, _) = compared;
        if repair == Some(true) {
            let repairing = self.write("a repair", || self.ledger.repair_drift(now)).await;
            compared.repairing = Some(repairing);
        }
        let found = compared.found.iter().map(|(kind, count)| format!("{kind} {count}"));
        let found = found.collect::<Vec<_>>().join(", ");
        tracing::info!(
            code = "drift.compared",
            accounts = compared.accounts,
            people = compared.people,
            found,
            new = compared.new,
            repairing = compared.repairing,
            "all of Okta was compared with what should be"
        );
        if let Some((missing, of)) = compared.doubtful {
            tracing::warn!(
                code = "drift.doubtful",
                missing,
                of,
                "Okta's list of all users lacks too many linked accounts at once; none of them is taken for gone. Look in \
                 Okta whether the token's role still covers every user; an account that was really deleted is found out \
                 with the next change of its person"
            );
        }
        let outcome = serde_json::to_string(&compared).ok();
        self.write("a comparison", || self.ledger.set_meta(key::RECONCILED, outcome.clone())).await;
        if repair.is_some() {
            self.write("a comparison", || self.ledger.set_meta(key::RECONCILING, None)).await;
        }
    }

    /// These accounts have changed: tells what is not as it should be about theirs.
    pub(super) async fn compare_changed(&self, accounts: HashSet<String>) {
        let now = self.clock.now();
        let accounts: Vec<String> = accounts.into_iter().collect();
        let told =
            self.write("what differs in Okta", || self.ledger.compare_some(accounts.clone(), now)).await;
        told.iter().for_each(announce);
    }

    /// Tells whoever has asked for it how far the list is.
    pub(super) async fn note_listed(&self, began: DateTime<Utc>, listed: usize) {
        let progress = serde_json::to_string(&Comparing { began, listed }).ok();
        self.write("how far a list is", || self.ledger.set_meta(key::RECONCILING, progress.clone())).await;
    }
}
