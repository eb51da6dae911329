//! Whether Okta answers, for whoever looks after the daemon.

use chrono::TimeDelta;

use super::Engine;
use crate::okta::{Heard, Verdict};

impl Engine {
    /// What is known of Okta from calls that ended no longer ago than this: an error says why no call would
    /// succeed. Nothing if nothing is known.
    #[must_use]
    pub fn known_of_okta(&self, fresh: TimeDelta) -> Option<Result<(), String>> {
        if let Some(reason) = self.halted_because() {
            return Some(Err(format!("no calls are made: {reason}")));
        }
        let Heard { at, trouble } = self.okta.heard()?;
        let known = (self.clock.now() - at).abs() <= fresh;
        known.then(|| trouble.map_or(Ok(()), Err))
    }

    /// Asks Okta, with one call within the budget. A token that is refused stops all calls: it would be refused to
    /// everybody.
    ///
    /// # Errors
    ///
    /// Why no call would succeed.
    pub async fn ask_okta(&self) -> Result<(), String> {
        let Err(fault) = self.okta.is_there().await else { return Ok(()) };
        if fault.verdict == Verdict::Halt {
            self.halt(&fault).await;
        }
        Err(fault.to_string())
    }
}
