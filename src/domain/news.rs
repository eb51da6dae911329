//! What a read of HR tells that no event had told.

use std::fmt;

use chrono::NaiveDate;

use super::facts::Facts;
use super::field;

/// The gist of a person's facts having moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// Somebody new, or a start date where none was known, or a new employment.
    Joined,
    /// A leave where none was known, or a sooner one.
    Left,
    /// A leave or a start was taken back.
    Cancelled,
    /// Anything else.
    Changed,
}

impl News {
    /// What the facts before and after a read tell, given that they differ.
    #[must_use]
    pub fn of(before: &Facts, after: &Facts) -> Self {
        let was = |marker| before.marked(marker).is_some();
        let is = |marker| after.marked(marker).is_some();
        let absent = [field::DELETED, field::GONE];
        if absent.into_iter().any(|marker| !was(marker) && is(marker)) {
            return Self::Left;
        }
        if before.iter().next().is_none() || absent.into_iter().any(|marker| was(marker) && !is(marker)) {
            return Self::Joined;
        }
        match (start(before), start(after)) {
            (None, Some(_)) => return Self::Joined,
            (Some(_), None) => return Self::Cancelled,
            // The dates of the employment that has ended may be gone, or may still be there.
            (Some(old), Some(new)) if leave(before).is_some_and(|left| old <= left && left < new) => {
                return Self::Joined;
            }
            _ => {}
        }
        match (leave(before), leave(after)) {
            (None, Some(_)) => Self::Left,
            (Some(before), Some(after)) if after < before => Self::Left,
            (Some(_), None) => Self::Cancelled,
            (None, None) if !has_left(before) && has_left(after) => Self::Left,
            (None, None) if has_left(before) && !has_left(after) => Self::Cancelled,
            _ => Self::Changed,
        }
    }
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Joined => "joined",
            Self::Left => "left",
            Self::Cancelled => "cancelled",
            Self::Changed => "changed",
        })
    }
}

fn start(facts: &Facts) -> Option<NaiveDate> {
    facts.date(field::START).map(|(date, _)| date)
}

/// The sooner of the leave dates.
fn leave(facts: &Facts) -> Option<NaiveDate> {
    field::LEAVES.into_iter().filter_map(|name| facts.date(name)).map(|(date, _)| date).min()
}

fn has_left(facts: &Facts) -> bool {
    let status = facts.text(field::LIFECYCLE).unwrap_or_default().to_lowercase();
    matches!(status.as_str(), "terminated" | "garden leave")
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::event::{Event, Kind, Stamp};

    /// Facts that were told one after the other.
    fn facts(told: &[(Kind, Value)]) -> Facts {
        let mut facts = Facts::default();
        for ((kind, fields), second) in told.iter().zip(1..) {
            let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
            let event = Event {
                employee: "1".into(),
                kind: *kind,
                stamp: Stamp { at, id: "e".into(), source: "hr".into() },
                fields: fields.as_object().unwrap().clone().into_iter().collect(),
                read_wanted: false,
            };
            facts.merge(&event, &event.fields.keys().cloned().collect());
        }
        facts
    }

    #[test]
    fn dates_tell_what_happened() {
        use News::{Cancelled, Changed, Joined, Left};
        let employed = json!({"work.startDate": "2026-03-01", "work.title": "Cook"});
        let leaving = json!({"work.startDate": "2026-03-01", "internal.terminationDate": "2026-06-30"});
        let read = Kind::Read;
        let nobody: &[(Kind, Value)] = &[];
        let known = [(read, employed.clone())];
        let leaver = [(read, leaving.clone())];
        let unstarted = [(read, json!({"work.title": "Cook"}))];
        let by_status =
            [(read, json!({"work.startDate": "2026-03-01", "internal.lifecycleStatus": "Terminated"}))];
        for (before, then, news) in [
            (nobody, (read, employed.clone()), Joined),
            (nobody, (read, leaving), Joined),
            (&unstarted, (read, employed.clone()), Joined),
            (&known, (read, json!({"work.startDate": null})), Cancelled),
            (&known, (read, json!({"work.startDate": "2026-04-01"})), Changed),
            (&known, (read, json!({"work.title": "Chef"})), Changed),
            (&known, (read, json!({"employee.lastDayOfWork": "2026-06-01"})), Left),
            (&known, (read, json!({"internal.lifecycleStatus": "garden leave"})), Left),
            (&leaver, (read, json!({"employee.lastDayOfWork": "2026-06-01"})), Left),
            (&leaver, (read, json!({"employee.lastDayOfWork": "2026-07-31"})), Changed),
            (&leaver, (read, json!({"internal.terminationDate": "2026-07-31"})), Changed),
            (&leaver, (read, json!({"internal.terminationDate": "2026-05-31"})), Left),
            (&leaver, (read, json!({"internal.terminationDate": null})), Cancelled),
            (
                &leaver,
                (read, json!({"internal.terminationDate": null, "work.startDate": "2026-09-01"})),
                Joined,
            ),
            (&leaver, (read, json!({"work.startDate": "2026-09-01"})), Joined),
            (&by_status, (read, json!({"internal.lifecycleStatus": "employed"})), Cancelled),
            (&known, (Kind::Gone, json!({})), Left),
            (&known, (Kind::Deleted, json!({})), Left),
            (&[(read, employed.clone()), (Kind::Gone, json!({}))], (read, employed), Joined),
        ] {
            let told = [before, std::slice::from_ref(&then)].concat();
            assert_eq!(News::of(&facts(before), &facts(&told)), news, "{before:?}, then {then:?}");
        }
    }
}
