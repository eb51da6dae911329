//! What a message from HR says: both inbound forms, decoded or refused with a reason.

mod cloudevent;
mod fields;
mod json;
mod webhook;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use fields::{parents, tidy};

use super::field;

/// Larger bodies are refused unread.
pub const MAX_BODY: usize = 256 * 1024;
/// How far HR's clock may be ahead of ours.
const MAX_AHEAD: TimeDelta = TimeDelta::minutes(5);
/// Bob's ids have 19 digits; nobody's have thousands.
const MAX_EMPLOYEE: usize = 128;
const MAX_ID: usize = 512;
/// The source of what Bob itself says.
pub const BOB: &str = "bob";
/// How the ids of reads begin.
const READ: &str = "read-";

/// Where a value stands in time: the greatest `(at, id, source)` wins, ids compared bytewise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// When HR recorded it.
    pub at: DateTime<Utc>,
    /// The message's id.
    pub id: String,
    /// The system that the message's id is unique in.
    pub source: String,
}

impl Stamp {
    /// Whether it is that of a read of HR.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.source == BOB && self.id.starts_with(READ)
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person will start, or has started; undoes a deletion.
    Hired,
    /// Fields have new values.
    Changed,
    /// The person leaves on the date given.
    Terminated,
    /// A new employment; undoes a deletion and a revocation.
    Rehired,
    /// Cut access now.
    AccessRevoked,
    /// Give access back.
    AccessRestored,
    /// The employee file was deleted.
    Deleted,
    /// Everything HR has: a tracked field that is missing is cleared; undoes a deletion.
    Snapshot,
    /// What a read of HR showed: a patch with explicit nulls. The person is there, though a deletion stands.
    Read,
    /// HR does not know the person any more, and nothing has said why.
    Gone,
}

/// One message from HR.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// HR's id of the employee.
    pub employee: String,
    /// What happened.
    pub kind: Kind,
    /// Where it stands in time.
    pub stamp: Stamp,
    /// Dotted field id → value; null clears the field and everything below it.
    pub fields: BTreeMap<String, Value>,
    /// The message announces news without carrying all of it: this person is to be read from HR.
    pub read_wanted: bool,
}

/// Why a message was refused, for the person who reads the dead letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// What is wrong, without any value of the message.
    pub reason: String,
    /// Whom it was about, where that could be told.
    pub employee: Option<String>,
}

impl Rejection {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), employee: None }
    }
}

impl Event {
    /// Decodes a message body; `now` bounds how far ahead its time may be.
    ///
    /// # Errors
    ///
    /// Whatever makes the message unusable, as a sentence without any of its values.
    pub fn decode(body: &[u8], now: DateTime<Utc>) -> Result<Self, Rejection> {
        if body.len() > MAX_BODY {
            return Err(Rejection::new(format!("body over {} KiB", MAX_BODY / 1024)));
        }
        let message = json::parse(body).map_err(Rejection::new)?;
        let Value::Object(message) = message else {
            return Err(Rejection::new("not a JSON object"));
        };
        let event = if message.contains_key("specversion") {
            cloudevent::decode(message)
        } else if message.contains_key("triggeredAt") || message.get("version").is_some_and(|v| v == "v2") {
            webhook::decode_v2(&message, body)
        } else if message.contains_key("employee") && message.contains_key("creationDate") {
            webhook::decode_v1(message, body)
        } else {
            Err(Rejection::new("neither a CloudEvent (no specversion) nor a webhook body of Bob"))
        }?;
        event.validate(now).map_err(|reason| Rejection { reason, employee: Some(event.employee.clone()) })?;
        Ok(event)
    }

    /// What Bob showed of a person who was asked for at `asked`, by Bob's clock. A read may lag behind a write by up to `settle`,
    /// so it stands for what HR said before that. A date that is none is left as it was: unknown, not empty.
    #[must_use]
    pub fn read(
        employee: String,
        asked: DateTime<Utc>,
        settle: TimeDelta,
        mut fields: BTreeMap<String, Value>,
    ) -> Self {
        fields.retain(|name, value| {
            value.is_null() || date(value).is_some() || !field::DATES.contains(&name.as_str())
        });
        let id = format!("{READ}{}", asked.to_rfc3339_opts(SecondsFormat::Millis, true));
        let stamp = Stamp { at: asked - settle, id, source: BOB.into() };
        Self { employee, kind: Kind::Read, stamp, fields, read_wanted: false }
    }

    /// HR does not know the person any more; `asked`: when it was last asked.
    #[must_use]
    pub fn gone(employee: String, asked: DateTime<Utc>, settle: TimeDelta) -> Self {
        Self { kind: Kind::Gone, ..Self::read(employee, asked, settle, BTreeMap::new()) }
    }

    fn validate(&self, now: DateTime<Utc>) -> Result<(), String> {
        if self.stamp.at > now + MAX_AHEAD {
            return Err("its time is more than 5 minutes ahead of our clock".into());
        }
        for name in field::DATES {
            match self.fields.get(name) {
                None | Some(Value::Null) => {}
                Some(value) if date(value).is_some() => {}
                Some(_) => return Err(format!("{name} is not a date (YYYY-MM-DD)")),
            }
        }
        let has = |name: &str| self.fields.get(name).is_some_and(|value| !value.is_null());
        match self.kind {
            Kind::Hired | Kind::Rehired if !has(field::START) => Err(format!("{} is missing", field::START)),
            Kind::Terminated if !field::LEAVES.into_iter().any(has) => {
                Err(format!("{} and {} are both missing", field::LEAVES[0], field::LEAVES[1]))
            }
            _ => Ok(()),
        }
    }
}

/// The calendar date that a fact holds: `YYYY-MM-DD` and nothing else.
#[must_use]
pub fn date(value: &Value) -> Option<NaiveDate> {
    let text = value.as_str()?;
    let shaped = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if shaped { NaiveDate::parse_from_str(text, "%Y-%m-%d").ok() } else { None }
}

/// An id as it may be logged, stored and sent back: not empty, of bounded length, no control
/// characters.
fn identifier(value: Option<&Value>, name: &str, longest: usize) -> Result<String, Rejection> {
    match value {
        Some(Value::String(text)) if text.trim().is_empty() => {
            Err(Rejection::new(format!("{name} is empty")))
        }
        Some(Value::String(text)) if text.len() > longest => {
            Err(Rejection::new(format!("{name} is longer than {longest} bytes")))
        }
        Some(Value::String(text)) if text.chars().any(char::is_control) => {
            Err(Rejection::new(format!("{name} holds a control character")))
        }
        Some(Value::String(text)) => Ok(text.trim().to_owned()),
        Some(_) => Err(Rejection::new(format!("{name} is not a string"))),
        None => Err(Rejection::new(format!("{name} is missing"))),
    }
}

#[cfg(test)]
mod tests;
