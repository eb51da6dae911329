//! HR's hands: each [`Act`] as a method, for tests, which panics where HR could not do it.
//!
//! `who` is an id or an email; days are `2027-01-31` where the person works; fields are a JSON object of
//! dotted ids and values.

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::control::in_full;
use super::{Act, Bob};

impl Bob {
    /// Does something in HR; gives the id of whom it was about, empty if it was about nobody.
    ///
    /// # Errors
    /// Why HR cannot do it.
    pub fn act(&self, act: Act) -> Result<String, String> {
        let now = (self.server.clock)();
        self.server.world().perform(act, now)
    }

    /// Adds acts to the script, one JSON object a line, each with the time `at` (UTC where it names no zone);
    /// they are done by the clock, at the latest with the next [`Self::deliver`]. Gives how many were added.
    ///
    /// # Errors
    /// The first line that is no act, and why.
    pub fn play(&self, acts: &str) -> Result<usize, String> {
        self.server.world().script.add(acts)
    }

    /// How many acts of the script are to come.
    #[must_use]
    pub fn acts_left(&self) -> usize {
        self.server.world().script.left()
    }

    /// The acts of the script that HR could not do, each with its time and the reason.
    #[must_use]
    pub fn acts_refused(&self) -> Vec<String> {
        self.server.world().script.refused.clone()
    }

    /// Plants somebody who has been there all along (or will come): no webhook tells of it, nor of what
    /// has come into effect by now. Gives the id.
    ///
    /// # Panics
    /// If HR could not hire them.
    #[expect(clippy::must_use_candidate, reason = "called for its effect as often")]
    pub fn insert(&self, start: &str, fields: Value) -> String {
        let act = Act::Hire { id: None, start: Some(day(start)), fields: object(fields) };
        let now = (self.server.clock)();
        let mut world = self.server.world();
        let webhook = world.post.webhook.take();
        let done = world.perform(act, now);
        world.post.webhook = webhook;
        done.expect("a person whom HR can hire")
    }

    /// Hires somebody, who starts on that day; gives the id.
    #[expect(clippy::must_use_candidate, reason = "called for its effect as often")]
    pub fn hire(&self, start: &str, fields: Value) -> String {
        self.must(Act::Hire { id: None, start: Some(day(start)), fields: object(fields) })
    }

    /// Changes fields at once; those of the work table in the row in effect.
    pub fn change(&self, who: &str, fields: Value) {
        self.must(Act::Change { who: who.to_owned(), from: None, fields: object(fields) });
    }

    /// Writes a new row of the work table, from that day on.
    pub fn change_from(&self, who: &str, from: &str, fields: Value) {
        self.must(Act::Change { who: who.to_owned(), from: Some(day(from)), fields: object(fields) });
    }

    /// Moves the start date.
    pub fn move_start(&self, who: &str, start: &str) {
        self.must(Act::MoveStart { who: who.to_owned(), start: day(start) });
    }

    /// Deletes the row of somebody who has not started. No webhook.
    pub fn cancel_hire(&self, who: &str) {
        self.must(Act::CancelHire { who: who.to_owned() });
    }

    /// Writes a termination.
    pub fn terminate(&self, who: &str, on: &str, last_day: Option<&str>) {
        self.end(who, on, last_day, false);
    }

    /// Writes a termination with "Revoke access immediately".
    pub fn terminate_at_once(&self, who: &str, on: &str, last_day: Option<&str>) {
        self.end(who, on, last_day, true);
    }

    /// Moves the termination.
    pub fn move_termination(&self, who: &str, on: &str, last_day: Option<&str>) {
        self.must(Act::MoveTermination { who: who.to_owned(), on: day(on), last_day: last_day.map(day) });
    }

    /// Deletes the rows of the termination. No webhook.
    pub fn cancel_termination(&self, who: &str) {
        self.must(Act::CancelTermination { who: who.to_owned() });
    }

    /// Somebody who left comes back on that day.
    pub fn rehire(&self, who: &str, start: &str) {
        self.must(Act::Rehire { who: who.to_owned(), start: Some(day(start)), fields: Map::new() });
    }

    /// A leave of absence from that day on.
    pub fn leave(&self, who: &str, from: &str, remain_active: bool) {
        let (who, from) = (who.to_owned(), Some(day(from)));
        self.must(Act::Leave { who, from, status: None, remain_active, until: None });
    }

    /// Back from the leave on that day.
    pub fn back(&self, who: &str, from: &str) {
        self.must(Act::Back { who: who.to_owned(), from: Some(day(from)) });
    }

    /// Takes the access to Bob away, and nothing else.
    pub fn revoke(&self, who: &str) {
        self.must(Act::Revoke { who: who.to_owned() });
    }

    /// Deletes the employee file.
    pub fn delete(&self, who: &str) {
        self.must(Act::Delete { who: who.to_owned() });
    }

    /// Opens a site in a time zone (IANA name), or moves one there.
    pub fn site(&self, name: &str, zone: &str) {
        self.must(Act::Site { name: name.to_owned(), zone: zone.to_owned() });
    }

    /// The whole record for machines, as it is in truth; none if there is nobody of that id or email.
    #[must_use]
    pub fn person(&self, who: &str) -> Option<Value> {
        let world = self.server.world();
        let person = world.company.find(who)?;
        Some(in_full(&world.company, person, (self.server.clock)()))
    }

    fn end(&self, who: &str, on: &str, last_day: Option<&str>, revoke: bool) {
        let (who, on, last_day) = (who.to_owned(), Some(day(on)), last_day.map(day));
        self.must(Act::Terminate { who, on, last_day, reason: None, revoke });
    }

    fn must(&self, act: Act) -> String {
        self.act(act).expect("something that HR can do")
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn object(fields: Value) -> Map<String, Value> {
    let Value::Object(fields) = fields else { panic!("fields are a JSON object") };
    fields
}
