//! Bob's webhook bodies as they are: news that somebody is to be read from Bob.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value};

use crate::domain::digest::digest;

use super::{BOB, Event, Kind, MAX_EMPLOYEE, Rejection, Stamp, fields, identifier};

/// v2 carries ids only; a revocation and a deletion are facts all the same.
pub(super) fn decode_v2(message: &Map<String, Value>, body: &[u8]) -> Result<Event, Rejection> {
    let data =
        message.get("data").and_then(Value::as_object).ok_or_else(|| Rejection::new("data is missing"))?;
    let employee = employee(data.get("employeeId"), "data.employeeId")?;
    let news = News { employee, at: message.get("triggeredAt"), kind: message.get("type"), body };
    news.event(BTreeMap::new())
}

/// v1 carries values: all that there is where Bob cannot be read.
pub(super) fn decode_v1(mut message: Map<String, Value>, body: &[u8]) -> Result<Event, Rejection> {
    let id = message.get("employee").and_then(|employee| employee.get("id"));
    let employee = employee(id, "employee.id")?;
    let mut data = match message.remove("data") {
        Some(Value::Object(data)) => data,
        _ => Map::new(),
    };
    // Not fields: a list of what changed, and a second copy in the reader's own formats.
    data.remove("fieldUpdates");
    data.remove("humanReadable");
    let reject = |reason| Rejection { reason, employee: Some(employee.clone()) };
    let fields = fields::flatten(data).map_err(reject)?;
    let news = News { employee, at: message.get("creationDate"), kind: message.get("type"), body };
    news.event(fields)
}

/// Bob API: ids are texts of digits; a whole number is the same id.
fn employee(id: Option<&Value>, name: &str) -> Result<String, Rejection> {
    match id {
        Some(Value::Number(number)) if number.is_u64() => Ok(number.to_string()),
        _ => identifier(id, name, MAX_EMPLOYEE),
    }
}

struct News<'a> {
    employee: String,
    at: Option<&'a Value>,
    kind: Option<&'a Value>,
    body: &'a [u8],
}

impl News<'_> {
    fn event(self, fields: BTreeMap<String, Value>) -> Result<Event, Rejection> {
        let reject =
            |reason: &str| Rejection { reason: reason.into(), employee: Some(self.employee.clone()) };
        let at = self.at.and_then(Value::as_str).ok_or_else(|| reject("its time is missing"))?;
        let at = time(at).ok_or_else(|| reject("its time is not an ISO 8601 instant"))?;
        let kind = match self.kind.and_then(Value::as_str) {
            Some("employee.deleted") => Kind::Deleted,
            Some("employee.access.revoked.immediately") => Kind::AccessRevoked,
            Some(name) if name.starts_with("employee.") || name.starts_with("table.entry.") => Kind::Changed,
            _ => return Err(reject("unknown event type")),
        };
        let stamp = Stamp { at, id: digest(self.body), source: BOB.into() };
        Ok(Event { employee: self.employee, kind, stamp, fields, read_wanted: true })
    }
}

/// Bob writes no zone; it means UTC.
fn time(text: &str) -> Option<DateTime<Utc>> {
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) => Some(time.to_utc()),
        Err(_) => text.parse::<NaiveDateTime>().ok().map(|time| time.and_utc()),
    }
}
