//! One event from flags, and the routing key of any.

use anyhow::bail;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Fields;
use crate::cli::samples::Samples;
use crate::domain::digest::digest;
use crate::domain::event::Event;

/// The types, as they follow `hr.employee.`.
pub(super) const TYPES: [&str; 8] =
    ["hired", "changed", "terminated", "rehired", "access_revoked", "access_restored", "deleted", "snapshot"];

pub(super) fn field(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write it as work.title=Analyst".into()),
    }
}

/// The message. What the daemon would refuse is not sent: that would only be read from the dead letters.
pub(super) fn body(
    what: &str,
    given: Fields,
    samples: &Samples,
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<u8>> {
    let time = given.time.unwrap_or(now).to_rfc3339_opts(SecondsFormat::AutoSi, true);
    // Unique enough for events that people type.
    let fresh = || digest(format!("{time} {}", std::process::id()).as_bytes())[..32].to_owned();
    let fields: Map<String, Value> =
        given.said.into_iter().map(|(name, value)| (name, value.into())).collect();
    let message = json!({
        "specversion": "1.0",
        "id": given.id.unwrap_or_else(fresh),
        "source": given.source.as_deref().unwrap_or("okta-provisioner-send"),
        "type": format!("hr.employee.{what}"),
        "subject": given.employee,
        "time": time,
        "datacontenttype": "application/json",
        "data": { "fields": fields },
    });
    let body = samples.fill(message.to_string().as_bytes(), 0);
    match Event::decode(&body, now) {
        Ok(_) => Ok(body),
        Err(rejection) => bail!("not sent: the daemon would refuse it, as {}", rejection.reason),
    }
}

/// The type, as far as there is one that a routing key can be.
pub(super) fn routing_key(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Typed {
        r#type: String,
    }
    let named = serde_json::from_slice::<Typed>(body).ok().map(|typed| typed.r#type);
    named.filter(|name| (1..=255).contains(&name.len())).unwrap_or_else(|| "hr.unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Tz;

    fn of(what: &str, fields: &[&str]) -> anyhow::Result<Value> {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let said = fields.iter().map(|text| field(text).unwrap()).collect();
        let given = Fields { employee: Some("1001".into()), said, id: None, time: None, source: None };
        let body = body(what, given, &Samples::new(now, Tz::UTC), now)?;
        Ok(serde_json::from_slice(&body).unwrap())
    }

    #[test]
    fn flags_become_a_message_that_the_daemon_takes() {
        let message = of("hired", &["work.startDate={{today+3}}", "work.title=a=b", "work.site="]).unwrap();
        assert_eq!(message["type"], "hr.employee.hired");
        assert_eq!(message["time"], "2026-11-21T12:00:00Z");
        let fields = json!({ "work.startDate": "2026-11-24", "work.title": "a=b", "work.site": "" });
        assert_eq!(message["data"]["fields"], fields);
        for what in TYPES {
            let dates = ["work.startDate={{today}}", "employee.lastDayOfWork={{today}}"];
            assert!(of(what, &dates).is_ok(), "{what}");
        }
    }

    #[test]
    fn what_the_daemon_would_refuse_is_not_sent() {
        let refusal = of("hired", &["work.startDate=soon"]).unwrap_err().to_string();
        assert_eq!(
            refusal,
            "not sent: the daemon would refuse it, as work.startDate is not a date (YYYY-MM-DD)"
        );
    }

    #[test]
    fn a_message_is_routed_by_its_type_if_it_has_one() {
        let long = format!(r#"{{"type":"{}"}}"#, "x".repeat(256));
        for (body, key) in [
            (&br#"{"type":"hr.employee.hired","type2":1}"#[..], "hr.employee.hired"),
            (br#"{"type":5}"#, "hr.unknown"),
            (br#"{"type":""}"#, "hr.unknown"),
            (b"[]", "hr.unknown"),
            (b"\xff", "hr.unknown"),
            (long.as_bytes(), "hr.unknown"),
        ] {
            assert_eq!(routing_key(body), key);
        }
    }
}
