//! CloudEvents 1.0 in structured mode: the form in which HR's events are published to us.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{Event, Kind, MAX_EMPLOYEE, MAX_ID, Rejection, Stamp, fields, identifier};

const PREFIX: &str = "hr.employee.";

/// The types, as they follow `hr.employee.`.
const KINDS: [(&str, Kind); 8] = [
    ("hired", Kind::Hired),
    ("changed", Kind::Changed),
    ("terminated", Kind::Terminated),
    ("rehired", Kind::Rehired),
    ("access_revoked", Kind::AccessRevoked),
    ("access_restored", Kind::AccessRestored),
    ("deleted", Kind::Deleted),
    ("snapshot", Kind::Snapshot),
];

pub(super) fn decode(mut message: Map<String, Value>) -> Result<Event, Rejection> {
    let employee = identifier(message.get("subject"), "subject (the employee id)", MAX_EMPLOYEE)?;
    decode_for(&employee, &mut message)
        .map_err(|rejection| Rejection { employee: Some(employee), ..rejection })
}

fn decode_for(employee: &str, message: &mut Map<String, Value>) -> Result<Event, Rejection> {
    if message.get("specversion").is_none_or(|v| v != "1.0") {
        return Err(Rejection::new("specversion is not 1.0"));
    }
    let stamp = Stamp {
        at: time(message.get("time"))?,
        id: identifier(message.get("id"), "id", MAX_ID)?,
        source: identifier(message.get("source"), "source", MAX_ID)?,
    };
    let kind = kind(message.get("type"))?;
    let fields = match (kind, message.remove("data")) {
        (Kind::AccessRevoked | Kind::AccessRestored | Kind::Deleted, _) => Map::new(),
        (_, Some(Value::Object(mut data))) => match data.remove("fields") {
            Some(Value::Object(fields)) => fields,
            Some(_) => return Err(Rejection::new("data.fields is not an object")),
            None => return Err(Rejection::new("data.fields is missing")),
        },
        (_, Some(_)) => return Err(Rejection::new("data is not an object")),
        (_, None) => return Err(Rejection::new("data is missing")),
    };
    let fields = fields::flatten(fields).map_err(Rejection::new)?;
    Ok(Event { employee: employee.to_owned(), kind, stamp, fields, read_wanted: false })
}

fn kind(value: Option<&Value>) -> Result<Kind, Rejection> {
    let Some(Value::String(name)) = value else {
        return Err(Rejection::new("type is missing, or not a string"));
    };
    let known = name.strip_prefix(PREFIX).and_then(|rest| KINDS.iter().find(|(known, _)| *known == rest));
    known.map(|(_, kind)| *kind).ok_or_else(|| Rejection::new("unknown event type"))
}

fn time(value: Option<&Value>) -> Result<DateTime<Utc>, Rejection> {
    let Some(Value::String(text)) = value else {
        return Err(Rejection::new("time is missing, or not a string"));
    };
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| Rejection::new("time is not an RFC 3339 instant with a zone"))
}
