//! What HR has said of one person: a last-writer-wins map from field to value and stamp.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event::{Event, Kind, Stamp, date, parents};
use super::field;
use super::mapping::Known;

/// The fields worth keeping: named by the mapping, the access policy, the scope or the zone rule.
pub type Tracked = BTreeSet<String>;

const FALSE: Value = Value::Bool(false);

/// One value and where it stands in time. Null means that HR said "empty".
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The value, tidied.
    pub value: Value,
    /// Who said so, and when.
    pub stamp: Arc<Stamp>,
}

/// Everything known of one person. Merging is commutative, associative and idempotent, so that any
/// order, duplication and batching of the same events gives the same facts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Facts(BTreeMap<String, Fact>);

/// What a merge did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// The fields and markers whose value is another one now.
    pub changed: BTreeSet<String>,
    /// Whether anything at all is to be stored: a newer stamp on an old value counts.
    pub moved: bool,
}

impl Facts {
    /// Merges one event, as far as it touches tracked fields.
    pub fn merge(&mut self, event: &Event, tracked: &Tracked) -> Merged {
        let stamp = Arc::new(event.stamp.clone());
        let mut merged = Merged::default();
        for name in tracked {
            if let Some(value) = said(event, name) {
                self.put(name, value, &stamp, &mut merged);
            }
        }
        for (marker, value) in markers(event) {
            self.put(marker, &Value::Bool(*value), &stamp, &mut merged);
        }
        merged
    }

    fn put(&mut self, name: &str, value: &Value, stamp: &Arc<Stamp>, merged: &mut Merged) {
        let older = self.0.get(name);
        let newer = older.is_none_or(|fact| match fact.stamp.cmp(stamp) {
            Ordering::Less => true,
            Ordering::Greater => false,
            // One stamp with two values is a publisher's fault; the order of arrival must not decide it.
            Ordering::Equal => text(&fact.value) < text(value),
        });
        if newer {
            // A marker that was never set is as good as false.
            let before = older.map(|fact| &fact.value).or(name.starts_with('@').then_some(&FALSE));
            if before != Some(value) {
                merged.changed.insert(name.to_owned());
            }
            merged.moved = true;
            self.0.insert(name.to_owned(), Fact { value: value.clone(), stamp: Arc::clone(stamp) });
        }
    }

    /// What HR said of a field, if it ever did.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.0.get(name)
    }

    /// What is known of a field, for mappings and conditions.
    #[must_use]
    pub fn known(&self, name: &str) -> Known<'_> {
        match self.get(name).map(|fact| &fact.value) {
            None => Known::Unknown,
            Some(Value::Null) => Known::Null,
            Some(value) => Known::Value(value),
        }
    }

    /// The date in a field; null, unknown and unreadable are all none.
    #[must_use]
    pub fn date(&self, name: &str) -> Option<(NaiveDate, DateTime<Utc>)> {
        self.get(name).and_then(|fact| Some((date(&fact.value)?, fact.stamp.at)))
    }

    /// The text in a field, if it is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|fact| fact.value.as_str())
    }

    /// When a marker was last set to true, unless it has been set to false since.
    #[must_use]
    pub fn marked(&self, marker: &str) -> Option<DateTime<Utc>> {
        self.get(marker).filter(|fact| fact.value == Value::Bool(true)).map(|fact| fact.stamp.at)
    }

    /// Where the newest read of HR stands of which anything holds still; none if no read has ever told of the person.
    #[must_use]
    pub fn last_read(&self) -> Option<&Stamp> {
        self.0.values().map(|fact| &*fact.stamp).filter(|stamp| stamp.is_read()).max()
    }

    /// Every field and marker with its fact, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Fact)> {
        self.0.iter().map(|(name, fact)| (name.as_str(), fact))
    }

    /// Forgets what is no longer tracked; tells whether there was anything.
    pub fn retain(&mut self, tracked: &Tracked) -> bool {
        let before = self.0.len();
        self.0.retain(|name, _| name.starts_with('@') || tracked.contains(name));
        self.0.len() < before
    }
}

fn text(value: &Value) -> String {
    value.to_string()
}

/// What an event says of one field: a value, null, or nothing.
fn said<'a>(event: &'a Event, name: &str) -> Option<&'a Value> {
    static NULL: Value = Value::Null;
    let cleared = |parent: &str| event.fields.get(parent).is_some_and(Value::is_null);
    match event.fields.get(name) {
        Some(value) => Some(value),
        None if event.kind == Kind::Snapshot || parents(name).any(cleared) => Some(&NULL),
        None => None,
    }
}

fn markers(event: &Event) -> &'static [(&'static str, bool)] {
    const FOUND: (&str, bool) = (field::GONE, false);
    const BACK: (&str, bool) = (field::DELETED, false);
    match event.kind {
        Kind::Hired | Kind::Snapshot => &[BACK, FOUND],
        Kind::Rehired => &[BACK, FOUND, (field::REHIRED, true)],
        Kind::AccessRevoked => &[(field::REVOKED, true)],
        Kind::AccessRestored => &[(field::REVOKED, false)],
        Kind::Deleted => &[(field::DELETED, true)],
        Kind::Gone => &[(field::GONE, true)],
        Kind::Read if stays(event) => &[FOUND, (field::LEAVING, false)],
        Kind::Read => &[FOUND],
        Kind::Changed | Kind::Terminated => &[],
    }
}

/// Whether a read shows nothing of a termination: no leave date, and an active status.
fn stays(event: &Event) -> bool {
    let status = said(event, field::ACTIVITY).and_then(Value::as_str);
    status.is_some_and(|status| status.eq_ignore_ascii_case("active"))
        && field::LEAVES.iter().all(|name| said(event, name).is_some_and(Value::is_null))
}

/// The facts as they are written down: each stamp once, as most facts of a person share a few.
#[derive(Serialize, Deserialize)]
struct Stored {
    stamps: Vec<Arc<Stamp>>,
    facts: BTreeMap<String, (Value, usize)>,
}

impl From<Stored> for Facts {
    fn from(stored: Stored) -> Self {
        let fact = |(value, at): (Value, usize)| Some(Fact { value, stamp: stored.stamps.get(at)?.clone() });
        Self(stored.facts.into_iter().filter_map(|(name, entry)| Some((name, fact(entry)?))).collect())
    }
}

impl From<Facts> for Stored {
    fn from(facts: Facts) -> Self {
        let mut stamps: Vec<Arc<Stamp>> = Vec::new();
        let mut index = |stamp: Arc<Stamp>| {
            stamps.iter().position(|known| *known == stamp).unwrap_or_else(|| {
                stamps.push(stamp);
                stamps.len() - 1
            })
        };
        let facts = facts.0.into_iter().map(|(name, fact)| (name, (fact.value, index(fact.stamp)))).collect();
        Self { stamps, facts }
    }
}

#[cfg(test)]
mod tests;
