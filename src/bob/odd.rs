//! Dates that Bob shows in another form than as dates.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use chrono::NaiveDateTime;
use serde_json::Value;

use crate::domain::event::date;
use crate::domain::field;

/// The fields that were seen so; each is told of once.
#[derive(Default)]
pub(super) struct Odd(Mutex<BTreeSet<String>>);

impl Odd {
    /// The value, with the day alone where a time without a zone follows it: Bob's dates are days of a calendar, and
    /// the day written is the day meant. None where which day is meant cannot be told: with a zone, a time may be of
    /// the day before.
    pub fn settle(&self, id: &str, value: Value) -> Option<Value> {
        if !field::DATES.contains(&id) || value.is_null() || date(&value).is_some() {
            return Some(value);
        }
        let time = value.as_str().and_then(|text| text.parse::<NaiveDateTime>().ok());
        if let Some(time) = time {
            return Some(time.date().to_string().into());
        }
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned()) {
            tracing::warn!(
                code = "bob.field_odd",
                fields = id,
                "HR shows this date in a form that is none: it stays as it was, of everybody of whom it is shown so. \
                 Said once for each field"
            );
        }
        None
    }

    /// All of them.
    pub fn all(&self) -> BTreeSet<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_day_is_taken_where_it_is_certain_which() {
        let odd = Odd::default();
        for (id, value, settled) in [
            (field::TERMINATION, json!("2026-06-30"), Some(json!("2026-06-30"))),
            (field::TERMINATION, json!("2026-06-30T00:00:00"), Some(json!("2026-06-30"))),
            (field::TERMINATION, json!("2026-06-30T23:59:59.123456"), Some(json!("2026-06-30"))),
            (field::TERMINATION, Value::Null, Some(Value::Null)),
            (field::TERMINATION, json!("2026-06-29T22:00:00Z"), None),
            (field::LAST_DAY, json!("30/06/2026"), None),
            (field::LAST_DAY, json!(1_782_770_400_000_i64), None),
            ("work.customDate", json!("30/06/2026"), Some(json!("30/06/2026"))),
        ] {
            assert_eq!(odd.settle(id, value.clone()), settled, "{id} {value}");
        }
        assert_eq!(json!(odd.all()), json!([field::LAST_DAY, field::TERMINATION]));
    }
}
