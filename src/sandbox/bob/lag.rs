//! Bob API: a read may show a write only seconds later.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::person::Person;

/// When a write is shown, and what was there before it; none: nobody.
type Write = (DateTime<Utc>, Option<Person>);

/// What reads do not show yet.
#[derive(Default)]
pub(super) struct Lag {
    span: TimeDelta,
    /// Id → the writes, in their order.
    stale: HashMap<String, Vec<Write>>,
}

impl Lag {
    pub(super) fn set(&mut self, span: TimeDelta) {
        self.span = span;
    }

    /// Somebody was written, and was this before.
    pub(super) fn remember(&mut self, id: &str, was: Option<Person>, at: DateTime<Utc>) {
        if self.span > TimeDelta::zero() {
            self.stale.entry(id.to_owned()).or_default().push((at + self.span, was));
        }
    }

    /// Forgets what all reads show by now.
    pub(super) fn advance(&mut self, now: DateTime<Utc>) {
        self.stale.retain(|_, writes| {
            writes.retain(|(shown, _)| *shown > now);
            !writes.is_empty()
        });
    }

    /// What reads show of somebody who is `now` in truth.
    pub(super) fn seen<'a>(&'a self, id: &str, now: Option<&'a Person>) -> Option<&'a Person> {
        match self.stale.get(id).and_then(|writes| writes.first()) {
            Some((_, was)) => was.as_ref(),
            None => now,
        }
    }

    /// Those whom reads show differently.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.stale.keys().map(String::as_str)
    }
}
