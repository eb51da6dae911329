//! What an operator asks of the ledger beside the daemon, as JSON.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::World;

impl World {
    /// Why a person's account is as it is.
    pub fn explain(&self, employee: &str, values: bool) -> Value {
        let rules = self.daemon.engine.ledger.rules();
        let explained = self.report().explain(&rules, employee, self.clock.now(), values);
        json!(explained.expect("a readable ledger").expect("a known employee"))
    }

    /// What is coming in so many days.
    pub fn upcoming(&self, days: i64) -> Value {
        let (rules, now) = (self.daemon.engine.ledger.rules(), self.clock.now());
        let upcoming = self.report().upcoming(&rules, now, now + TimeDelta::days(days));
        json!(upcoming.expect("a readable ledger"))
    }

    /// Moves the clock to an instant; returns when everything that is due by then has been done.
    pub async fn until_instant(&self, at: DateTime<Utc>) {
        self.pass(at - self.clock.now()).await;
    }
}
