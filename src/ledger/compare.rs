//! What a reading of everybody tells of each: only news leaves a trace.

use chrono::{DateTime, TimeDelta, Utc};

use super::activity::Activity;
use super::merge::{Voice, merge};
use super::reading::answered;
use super::{Ledger, LedgerError};
use crate::domain::event::Event;
use crate::domain::news::News;

/// Somebody of whom events had not told everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The gist.
    pub news: News,
    /// The decision as it was recorded, with the fields that it is about.
    pub activity: Activity,
}

impl Ledger {
    /// Merges reads of people, for whom HR was `asked` then, into their facts, in one transaction on disk.
    /// Returns those that told something new, and only those are recorded. A read may lag by `settle`.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written; nothing was merged.
    pub async fn compare(
        &self,
        reads: Vec<Event>,
        asked: DateTime<Utc>,
        settle: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Vec<Found>, LedgerError> {
        let rules = self.rules.clone();
        self.writer
            .call(move |tx| {
                let rules = rules.get();
                let tracked = rules.tracked();
                let mut found = Vec::new();
                for read in &reads {
                    let merge = merge(tx, &rules, &tracked, read, now, Voice::Reconcile)?;
                    if !merge.outdated {
                        answered(tx, &read.employee, asked, settle, now)?;
                    }
                    found.extend(merge.news.map(|news| Found { news, activity: merge.activity }));
                }
                Ok(found)
            })
            .await
    }
}
