//! Dates that HR has moved: told by what was announced before, not stored a second time.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::activity::code;
use super::{LedgerError, Report, row};
use crate::domain::access::{Why, rests_on};
use crate::domain::field;

/// What was to happen at another instant before HR said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// When it was to happen.
    pub from: DateTime<Utc>,
    /// When the change was recorded here.
    pub recorded_at: DateTime<Utc>,
    /// The event that said so, if one did.
    pub event: Option<String>,
}

/// The words between the reason of now and the instant that ends it.
const NEXT: &str = "; next at ";

/// The reason of an `employee.scheduled`: what holds now, until when, and what will hold then.
#[must_use]
pub fn schedule(why: &Why, until: DateTime<Utc>, then: &Why) -> String {
    format!("{}{NEXT}{}, {}", why.text(), until.to_rfc3339(), then.text())
}

/// When, by such a reason, `then` was to hold.
fn scheduled(reason: &str, then: &str) -> Option<DateTime<Utc>> {
    let (at, what) = reason.split_once(NEXT)?.1.split_once(", ")?;
    (what == then).then(|| DateTime::parse_from_rfc3339(at).ok())?.map(|at| at.to_utc())
}

impl Report {
    /// Whether what this person has coming `at` an instant, for the reason `then`, was announced for another one that
    /// had not come yet when HR moved it.
    pub(super) fn moved(
        &self,
        employee: &str,
        at: DateTime<Utc>,
        then: &Why,
    ) -> Result<Option<Moved>, LedgerError> {
        let mut query = self.connection().prepare_cached(
            "SELECT at, code, reason, event, fields FROM activity WHERE employee = ?1 AND code IN (?2, ?3, ?4) ORDER BY seq",
        )?;
        let then = then.text();
        let mut deciding = rests_on(&then);
        deciding.extend([field::SITE, field::SITE_ID]);
        let codes = rusqlite::params![employee, code::SCHEDULED, code::EVENT_ACCEPTED, code::FOUND];
        let mut rows = query.query(codes)?;
        let (mut before, mut moved) = (None::<DateTime<Utc>>, None);
        while let Some(found) = rows.next()? {
            let recorded_at = row::instant(found, 0)?;
            if found.get_ref(1)?.as_str().is_ok_and(|name| name != code::SCHEDULED) {
                let fields: Vec<String> = row::optional_json(found, 4)?.unwrap_or_default();
                if !fields.iter().any(|name| deciding.contains(&name.as_str())) {
                    continue;
                }
                if let Some(from) = before.take() {
                    // What had come by then was not moved: this is another time.
                    let is_moved = from != at && from > recorded_at;
                    moved = is_moved.then_some(Moved { from, recorded_at, event: found.get(3)? });
                }
                continue;
            }
            let Some(reason) = found.get::<_, Option<String>>(2)? else { continue };
            if let Some(announced) = scheduled(&reason, &then) {
                before = Some(announced);
            }
        }
        Ok(moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_can_be_read_again() {
        let at: DateTime<Utc> = "2026-12-11T00:00:00Z".parse().unwrap();
        let left = Why::Left("employee.lastDayOfWork", at);
        let reason = schedule(&Why::Employed, at, &left);
        assert_eq!(reason, "employed; next at 2026-12-11T00:00:00+00:00, left by employee.lastDayOfWork");
        assert_eq!(scheduled(&reason, &left.text()), Some(at));
        assert_eq!(scheduled(&reason, "employed"), None);
        assert_eq!(scheduled("employed; next at 2026-12-11T00:00:00+00:00", "employed"), None);
    }
}
