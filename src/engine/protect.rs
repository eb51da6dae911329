//! Whom the org trusts with itself: read from it daily, kept for the next start, and never cut.
//!
//! Somebody who was made an administrator since the last reading is not known as one: to ask Okta before every cut
//! would cost a call for each leaver. `retry` reads it anew at once.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Engine;
use crate::domain::protect::Trusted;
use crate::ledger::{LedgerError, Person, key};

/// What is known of the org.
#[derive(Debug, Default)]
pub(super) struct Known {
    trusted: Mutex<Trusted>,
}

impl Known {
    fn trusted(&self) -> MutexGuard<'_, Trusted> {
        // Nothing panics while it holds the lock.
        self.trusted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Why this person is not cut, without anybody's name; none where nothing stands against it. Who is let go
    /// counts as gone from then on: of two super administrators too many, both do not go at once.
    pub fn protection(&self, person: &Person) -> Option<String> {
        let rules = self.ledger.rules();
        let mut trusted = self.protect.trusted();
        let (link, account) = (person.employee.memory.link.as_ref(), person.view.linked.as_ref());
        let why = rules.protect.why(&person.employee.id, link, account, &trusted);
        if let (None, Some(id)) = (&why, link) {
            trusted.super_admins.remove(id);
        }
        why
    }

    /// What was known at the last stop.
    pub(super) async fn recall_trusted(&self) -> Result<(), LedgerError> {
        let kept = self.ledger.meta(key::PROTECTED).await?;
        // What cannot be read is as good as nothing: Okta is asked anyway.
        if let Some(trusted) = kept.and_then(|text| serde_json::from_str(&text).ok()) {
            *self.protect.trusted() = trusted;
        }
        Ok(())
    }
}
