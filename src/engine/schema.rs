//! The org's user schema: values are checked against it before a call, so it is kept up to date.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

use super::Engine;
use crate::domain::attribute::Rule;
use crate::domain::schema::is_whole;
use crate::okta::Seen;

/// How often it is read; where that fails, with every list of the directory.
const DAILY: TimeDelta = TimeDelta::days(1);
/// Refusals of many people are one reason to read it again, not many.
const APART: TimeDelta = TimeDelta::minutes(10);
/// How long the start waits for it: an org that is down must not keep the daemon from taking messages.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is known of the schema's age, and whether it is in doubt.
#[derive(Debug, Default)]
pub(super) struct Known {
    state: Mutex<State>,
    doubted: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// When it was last asked for, whatever came of it.
    asked: Option<DateTime<Utc>>,
    /// When it was last read.
    read: Option<DateTime<Utc>>,
    /// An answer of Okta's has put it in doubt since it was asked for.
    doubted: bool,
    /// That it cannot be read has been said.
    told: bool,
}

impl Known {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// What the org says now, or else what it last said (`recalled`: whether that is known), is what values
    /// are checked against from here on.
    pub(super) async fn schema_at_start(&self, recalled: bool) {
        // What has been found before is said again: it holds for as long as nobody puts it right.
        if !self.learn_schema().await && recalled {
            self.tell_misfits();
        }
    }

    /// Reads the schema if that was last done a day ago.
    pub(super) async fn schema_of_the_day(&self) {
        let read = self.schema.state().read;
        if read.is_none_or(|at| self.clock.now() >= at + DAILY) {
            self.learn_schema().await;
        }
    }

    /// Okta has refused what the known schema takes.
    pub(super) fn doubt_schema(&self) {
        self.schema.state().doubted = true;
        self.schema.doubted.notify_one();
    }

    /// Waits for a doubt, and until the schema may be read because of it.
    pub(super) async fn schema_doubted(&self) {
        loop {
            let asked = {
                let state = self.schema.state();
                state.doubted.then_some(state.asked)
            };
            match asked {
                None => self.schema.doubted.notified().await,
                Some(asked) => {
                    if let Some(at) = asked {
                        self.clock.sleep_until(at + APART).await;
                    }
                    return;
                }
            }
        }
    }

    /// Reads the schema; whatever of it changes how values are checked makes everybody due. Tells whether
    /// it was read.
    pub(super) async fn learn_schema(&self) -> bool {
        let now = self.clock.now();
        let (first, doubted) = {
            let mut state = self.schema.state();
            // A doubt that comes while it is being read may be about what is read then.
            (state.asked.replace(now).is_none(), std::mem::take(&mut state.doubted))
        };
        let answer = tokio::time::timeout(PATIENCE, self.okta.schema()).await;
        let reason = match answer {
            Ok(Ok(Seen { value: schema, .. })) if is_whole(&schema) => {
                self.answered();
                {
                    let mut state = self.schema.state();
                    (state.read, state.told) = (Some(now), false);
                }
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
        let told = {
            let mut state = self.schema.state();
            state.doubted |= doubted;
            std::mem::replace(&mut state.told, true)
        };
        // It is asked for again within the hour: said once, until it can be read.
        if !told {
            tracing::warn!(
                code = "schema.unreadable",
                reason,
                "the org's user schema cannot be read: values are checked as it last was, or as every org has it"
            );
        }
        false
    }

    /// Says once what nobody's data can put right.
    fn tell_misfits(&self) {
        for misfit in self.ledger.rules().mapping.misfits() {
            let code = match misfit.rule {
                Rule::NoAttribute => "schema.attribute_missing",
                Rule::Unmapped => "schema.attribute_required",
                _ => "schema.attribute_read_only",
            };
            tracing::error!(code, fields = misfit.attribute, "{}", misfit.rule);
        }
    }
}
