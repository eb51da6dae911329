//! The org's user schema: values are checked against it before a call, so it is kept up to date.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

use super::Engine;
use crate::domain::attribute::Rule;
use crate::ledger::LedgerError;

/// How often it is read.
const DAILY: TimeDelta = TimeDelta::days(1);
/// Refusals of many people are one reason to read it again, not many.
const APART: TimeDelta = TimeDelta::minutes(10);
/// How long the start waits for it: an org that is down must not keep the daemon from taking messages.
const PATIENCE: Duration = Duration::from_secs(10);

/// When the schema was last asked for, and whether an answer of Okta's has put it in doubt since.
#[derive(Debug, Default)]
pub(super) struct Known {
    asked: Mutex<Option<DateTime<Utc>>>,
    doubted: Notify,
}

impl Engine {
    /// What the org says now, or else what it last said, is what values are checked against from here on.
    pub(super) async fn schema_at_start(&self) -> Result<(), LedgerError> {
        let seen = self.ledger.recall_schema().await?;
        // What has been found before is said again: it holds for as long as nobody puts it right.
        if !self.learn_schema().await && seen {
            self.tell_misfits();
        }
        Ok(())
    }

    /// Reads the schema if that was last done a day ago.
    pub(super) async fn schema_of_the_day(&self) {
        let asked = *self.schema.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.is_none_or(|at| self.clock.now() >= at + DAILY) {
            self.learn_schema().await;
        }
    }

    /// Okta has refused what the known schema takes.
    pub(super) fn doubt_schema(&self) {
        let asked = *self.schema.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.is_none_or(|at| self.clock.now() >= at + APART) {
            self.schema.doubted.notify_one();
        }
    }

    /// Waits for a doubt.
    pub(super) async fn schema_doubted(&self) {
        self.schema.doubted.notified().await;
    }

    /// Reads the schema; whatever of it changes how values are checked makes everybody due. Tells whether
    /// the misfits have been told.
    pub(super) async fn learn_schema(&self) -> bool {
        let now = self.clock.now();
        let first = self.schema.asked.lock().unwrap_or_else(PoisonError::into_inner).replace(now).is_none();
        let answer = tokio::time::timeout(PATIENCE, self.okta.schema()).await;
        let reason = match answer {
            // Every org has logins: without one it is not a user schema.
            Ok(Ok(schema)) if schema.contains_key("login") => {
                self.answered();
                let heeded = self.write("the schema", || self.ledger.heed_schema(schema.clone(), now)).await;
                if let Some(people) = heeded {
                    tracing::info!(
                        code = "schema.changed",
                        people,
                        "the org's user schema is another one: everybody is decided anew"
                    );
                    self.wake();
                }
                if heeded.is_some() || first {
                    self.tell_misfits();
                }
                return true;
            }
            Ok(Ok(_)) => "the answer is not a user schema".to_owned(),
            Ok(Err(fault)) => fault.to_string(),
            Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
        };
        tracing::warn!(
            code = "schema.unreadable",
            reason,
            "the org's user schema cannot be read: values are checked as it last was, or as every org has it"
        );
        false
    }

    /// Says once what nobody's data can put right.
    fn tell_misfits(&self) {
        for misfit in self.ledger.rules().mapping.misfits() {
            let fields = &misfit.attribute;
            match misfit.rule {
                Rule::NoAttribute => tracing::error!(
                    code = "schema.attribute_missing",
                    fields,
                    "the org has no such attribute: it is left out for everybody; add it in Okta (Directory, \
                     Profile Editor), or take it out of the mapping"
                ),
                Rule::Unmapped => tracing::error!(
                    code = "schema.attribute_required",
                    fields,
                    "the org requires this attribute and no row of the mapping fills it: nobody is created; add a \
                     row, or make it optional in Okta"
                ),
                _ => tracing::error!(
                    code = "schema.attribute_read_only",
                    fields,
                    "the org lets nobody write this attribute: it is left out for everybody; let it be written in \
                     Okta, or take it out of the mapping"
                ),
            }
        }
    }
}
