//! Whom the org trusts with itself: read from it daily, kept for the next start, and never cut.
//!
//! Somebody who was made an administrator since the last reading is not known as one: to ask Okta before every cut
//! would cost a call for each leaver. `retry` reads it anew at once.

mod read;

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

pub use self::read::group_ids;
pub(super) use self::read::run;
use super::Engine;
use crate::domain::account::OktaId;
use crate::domain::protect::Trusted;
use crate::ledger::{LedgerError, Person, key};

/// So long cuts wait, at most, for the first answer there ever was. Then access that must end does.
const PATIENCE: TimeDelta = TimeDelta::minutes(5);

/// What is known of the org.
#[derive(Debug, Default)]
pub(super) struct Known {
    state: Mutex<State>,
    wanted: Notify,
}

#[derive(Debug, Default)]
struct State {
    trusted: Trusted,
    /// Super administrators who were let go since it was read.
    gone: Vec<OktaId>,
    /// When it was first asked for since the start.
    asked: Option<DateTime<Utc>>,
    /// How often in a row it could not be read.
    failures: u32,
}

impl Known {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Why this person is not cut, without anybody's name; none where nothing stands against it. Who is let go
    /// counts as gone from then on: of two super administrators too many, both do not go at once.
    pub fn protection(&self, person: &Person) -> Option<String> {
        let rules = self.ledger.rules();
        let mut state = self.protect.state();
        let (link, account) = (person.employee.memory.link.as_ref(), person.view.linked.as_ref());
        let why = rules.protect.why(&person.employee.id, link, account, &state.trusted);
        if let (None, Some(id)) = (&why, link)
            && state.trusted.super_admins.remove(id)
        {
            state.gone.push(id.clone());
        }
        why
    }

    /// Until when a cut is to wait for Okta to say for the first time whom it trusts, with those whom the settings
    /// name by now.
    pub(super) fn trust_awaited(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let state = self.protect.state();
        let until = state.asked? + PATIENCE;
        (state.trusted.read.is_none() && now < until).then_some(until)
    }

    /// Has it read anew, now.
    pub(super) fn want_trusted(&self) {
        self.protect.wanted.notify_one();
    }

    /// What was known at the last stop.
    pub(super) async fn recall_trusted(&self) -> Result<(), LedgerError> {
        let kept = self.ledger.meta(key::PROTECTED).await?;
        // What cannot be read is as good as nothing: Okta is asked anyway.
        let kept: Option<Trusted> = kept.and_then(|text| serde_json::from_str(&text).ok());
        if let Some(mut trusted) = kept {
            // Who has been cut since is none of the last ones.
            trusted.super_admins = self.ledger.usable(trusted.super_admins).await?;
            // Of a group or role that has been named since, nobody is known yet.
            trusted.read =
                trusted.read.filter(|_| self.ledger.rules().protect.asks().is_subset(&trusted.asked));
            self.protect.state().trusted = trusted;
        }
        Ok(())
    }
}
