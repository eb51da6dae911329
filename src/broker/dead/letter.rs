//! One dead letter, as it is told to people: what failed how often and why, never what it says.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use lapin::message::Delivery;
use lapin::types::FieldTable;
use serde::Serialize;

use super::history::History;
use crate::domain::digest::digest;

/// So much of the digest names a letter.
const ID: usize = 10;

/// A message that was set aside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Letter {
    /// The same for the same routing key and body, each time that it is read: ten hexadecimal digits.
    pub id: String,
    /// Why it is here.
    pub reason: String,
    /// About whom it is, by HR's id, where that could be told.
    pub employee: Option<String>,
    /// The routing key that it was published with.
    pub routing_key: String,
    /// When it failed last, as far as that is known.
    pub failed_at: Option<DateTime<Utc>>,
    /// When it failed first.
    pub first_failed_at: Option<DateTime<Utc>>,
    /// How often it has failed, replays included.
    pub failures: u32,
    /// Why before that, the latest first; at most five.
    pub earlier: Vec<String>,
    /// The length of its body in bytes.
    pub bytes: usize,
    /// How many messages with this routing key and body there are: one is as good as all.
    pub copies: usize,
    /// SHA-256 over routing key and body, in hexadecimal.
    #[serde(skip)]
    pub digest: String,
}

impl Letter {
    pub(super) fn read(delivery: &Delivery) -> Self {
        let none = FieldTable::default();
        let history = History::read(delivery.properties.headers().as_ref().unwrap_or(&none));
        let key = delivery.routing_key.as_str();
        let digest = digest(&[key.as_bytes(), b"\0", &delivery.data].concat());
        Self {
            id: digest.chars().take(ID).collect(),
            reason: history.reason.unwrap_or_else(|| "not set aside by this program".to_owned()),
            employee: history.employee,
            routing_key: key.to_owned(),
            failed_at: history.at,
            first_failed_at: history.first,
            failures: history.failures,
            earlier: history.earlier,
            bytes: delivery.data.len(),
            copies: 1,
            digest,
        }
    }

    /// The reason without what differs from one letter to the next, to count by.
    #[must_use]
    pub fn gist(&self) -> &str {
        self.reason.split(" (").next().unwrap_or_default()
    }
}

/// Each letter once, however many copies of it there are: the one that failed last stands for all. The one that
/// failed last comes first.
#[must_use]
pub fn collapse(letters: Vec<Letter>) -> Vec<Letter> {
    let mut each: BTreeMap<String, Letter> = BTreeMap::new();
    for letter in letters {
        let copies = letter.copies + each.get(&letter.digest).map_or(0, |known| known.copies);
        let known = each.entry(letter.digest.clone()).or_default();
        if (letter.failures, letter.failed_at) >= (known.failures, known.failed_at) {
            *known = letter;
        }
        known.copies = copies;
    }
    let mut letters: Vec<Letter> = each.into_values().collect();
    letters.sort_by(|one, other| other.failed_at.cmp(&one.failed_at).then_with(|| one.id.cmp(&other.id)));
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_one_letter_with_the_longest_history() {
        let letter = |digest: &str, failures| Letter {
            id: digest.into(),
            digest: digest.into(),
            failures,
            copies: 1,
            failed_at: DateTime::from_timestamp(1_800_000_000 + i64::from(failures), 0),
            ..Letter::default()
        };
        let all = collapse(vec![letter("a", 2), letter("b", 3), letter("a", 1), letter("a", 1)]);
        let seen: Vec<_> = all.iter().map(|one| (one.id.as_str(), one.failures, one.copies)).collect();
        assert_eq!(seen, [("b", 3, 1), ("a", 2, 3)]);
    }

    #[test]
    fn reasons_count_without_what_differs() {
        let gist = |reason: &str| Letter { reason: reason.into(), ..Letter::default() }.gist().to_owned();
        assert_eq!(gist("not JSON (line 3, column 9)"), "not JSON");
        assert_eq!(gist("no employee id"), "no employee id");
    }
}
