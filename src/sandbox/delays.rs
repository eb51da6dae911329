//! What takes its time at Okta: the index that lists are read from, new users, activations.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::user::User;

/// How long things take; zero at first.
#[derive(Clone, Copy, Default)]
pub(super) struct Conditions {
    pub(super) search_lag: TimeDelta,
    pub(super) hidden_for: TimeDelta,
    pub(super) hidden_from: u32,
    pub(super) transitions_take: TimeDelta,
}

/// What is still under way.
#[derive(Default)]
pub(super) struct Delays {
    instant: DateTime<Utc>,
    conditions: Conditions,
    /// Id → the writes that lists do not show yet, in their order.
    stale: BTreeMap<String, Vec<Write>>,
    /// Id → until when a new user cannot be read, and for how many GETs.
    hidden: HashMap<String, (DateTime<Utc>, u32)>,
    /// The ids of those whose status is changing.
    moving: BTreeSet<String>,
}

/// One write to one user.
struct Write {
    /// When lists will show it.
    shown: DateTime<Utc>,
    /// What the user was before it; none: not there.
    was: Option<User>,
}

impl Delays {
    /// The time is now this. Gives the ids of those whose transition is over.
    pub(super) fn advance(&mut self, instant: DateTime<Utc>, conditions: Conditions) -> Vec<String> {
        self.instant = instant;
        self.conditions = conditions;
        self.stale.retain(|_, writes| {
            writes.retain(|write| write.shown > instant);
            !writes.is_empty()
        });
        self.moving.iter().cloned().collect()
    }

    /// A user is about to be written, and was this (none: is new).
    pub(super) fn remember(&mut self, id: &str, was: Option<&User>) {
        if self.conditions.search_lag > TimeDelta::zero() {
            let shown = later(self.instant, self.conditions.search_lag);
            self.stale.entry(id.to_owned()).or_default().push(Write { shown, was: was.cloned() });
        }
    }

    pub(super) fn none_stale(&self) -> bool {
        self.stale.is_empty()
    }

    /// Those who are not yet what lists show, and what these show.
    pub(super) fn stale(&self) -> impl Iterator<Item = (&str, Option<&User>)> {
        self.stale.iter().filter_map(|(id, writes)| Some((id.as_str(), writes.first()?.was.as_ref())))
    }

    /// A new user, who may not be there for readers yet.
    pub(super) fn hide(&mut self, id: &str) {
        let Conditions { hidden_for, hidden_from, .. } = self.conditions;
        if hidden_for > TimeDelta::zero() || hidden_from > 0 {
            self.hidden.insert(id.to_owned(), (later(self.instant, hidden_for), hidden_from));
        }
    }

    /// Whether this GET does not find the user.
    pub(super) fn is_hidden(&mut self, id: &str) -> bool {
        let Some((until, gets)) = self.hidden.get_mut(id) else { return false };
        let hidden = self.instant < *until || *gets > 0;
        *gets = gets.saturating_sub(1);
        if !hidden {
            self.hidden.remove(id);
        }
        hidden
    }

    /// Remembers whether the user's status is changing.
    pub(super) fn watch(&mut self, user: &User) {
        if user.transition.is_some() {
            self.moving.insert(user.id.clone());
        } else {
            self.moving.remove(&user.id);
        }
    }
}

/// The moment that much later; the last there is where there is none.
pub(super) fn later(instant: DateTime<Utc>, span: TimeDelta) -> DateTime<Utc> {
    instant.checked_add_signed(span).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
