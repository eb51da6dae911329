//! The state of everything as it is shown: by `status --json`, and over HTTP.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Ledger, LedgerError, OpenError, Report, Summary};
use crate::domain::decide::Rules;
use crate::domain::outlook::Outlook;

/// What the ledger says, and whether somebody works on it.
#[derive(Debug, Serialize)]
pub struct Glance {
    /// Whether a daemon does.
    pub running: bool,
    /// What the ledger says.
    #[serde(flatten)]
    pub summary: Summary,
    /// What would be done, while nothing is.
    pub outlook: Option<Outlook>,
}

/// The ledger could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// Not opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Not read.
    #[error(transparent)]
    Read(#[from] LedgerError),
}

impl Glance {
    /// What a summary shows. What a daemon that has ended wrote of its connections is no longer so.
    #[must_use]
    pub fn new(running: bool, summary: Summary) -> Self {
        let summary =
            if running { summary } else { Summary { broker: None, halted: None, bob: None, ..summary } };
        Self { running, summary, outlook: None }
    }

    /// Looks at the ledger at `path`; while nothing is written to Okta, decides about everybody on a copy.
    ///
    /// # Errors
    ///
    /// There is none, or it cannot be read.
    pub async fn read(
        path: &Path,
        rules: &Arc<Rules>,
        running: bool,
        now: DateTime<Utc>,
    ) -> Result<Self, LookError> {
        let summary = Report::open(path)?.summary(now)?;
        let mut glance = Self::new(running, summary);
        if glance.summary.mode.is_some() {
            let copy = Ledger::copy(path, Arc::clone(rules))?;
            copy.recall_schema().await?;
            glance.outlook = Some(copy.outlook(now).await?);
        }
        Ok(glance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_daemon_that_has_ended_only_what_it_left_behind_is_told() {
        let summary = Summary {
            broker: Some("consuming".into()),
            halted: Some("401".into()),
            due: 2,
            ..Summary::default()
        };
        let told = |running| serde_json::to_value(Glance::new(running, summary.clone())).unwrap();
        let (ended, running) = (told(false), told(true));
        assert_eq!(
            (&ended["running"], &ended["broker"], &ended["halted"]),
            (&false.into(), &().into(), &().into())
        );
        assert_eq!((&running["running"], &running["broker"]), (&true.into(), &"consuming".into()));
        assert_eq!((&ended["due"], &running["halted"]), (&2.into(), &"401".into()));
    }
}
