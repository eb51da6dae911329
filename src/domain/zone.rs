//! Where a person's calendar days begin: the one place that decides DST gaps and overlaps.

use std::collections::BTreeMap;

use chrono::{DateTime, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::facts::Facts;
use super::field;
use super::mapping::Known;

/// How to tell the time zone of a person.
#[derive(Clone, Debug)]
pub struct Zones {
    /// Where nothing else is known.
    pub default: Tz,
    /// By the name or the id of the site.
    pub by_site: BTreeMap<String, Tz>,
    /// A field that holds an IANA name.
    pub field: Option<String>,
}

impl Zones {
    /// The zone of a person.
    ///
    /// # Errors
    ///
    /// The field whose value is no zone that we know.
    pub fn of(&self, facts: &Facts) -> Result<Tz, String> {
        if let Some(zone) = sites(facts).find_map(|site| self.by_site.get(&site)) {
            return Ok(*zone);
        }
        let Some(name) = &self.field else { return Ok(self.default) };
        match facts.get(name).map(|fact| &fact.value) {
            None | Some(Value::Null) => Ok(self.default),
            Some(Value::String(zone)) => zone.parse().map_err(|_| name.clone()),
            Some(_) => Err(name.clone()),
        }
    }

    /// The site of a person for whom neither the site nor a field tells a zone, so that the default one is
    /// used: by its name, else its id.
    #[must_use]
    pub fn unzoned(&self, facts: &Facts) -> Option<String> {
        let told = self.field.as_ref().is_some_and(|name| matches!(facts.known(name), Known::Value(_)));
        let mut sites = sites(facts).peekable();
        let site = sites.peek().cloned()?;
        (!told && !sites.any(|site| self.by_site.contains_key(&site))).then_some(site)
    }
}

/// A person's site as it can be written in the configuration: by its name, and by its id.
fn sites(facts: &Facts) -> impl Iterator<Item = String> {
    [field::SITE, field::SITE_ID].into_iter().filter_map(|name| match &facts.get(name)?.value {
        Value::String(site) => Some(site.clone()),
        Value::Number(site) => Some(site.to_string()),
        _ => None,
    })
}

/// The first instant of a calendar day.
#[must_use]
pub fn start_of_day(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    at(date, NaiveTime::MIN, zone)
}

/// The first instant of the day after.
#[must_use]
pub fn end_of_day(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    start_of_day(date.succ_opt().unwrap_or(date), zone)
}

/// The instant at which clocks in `zone` show this date and time. Where they show it twice, the
/// first one; where they jump over it, the end of the jump.
#[must_use]
pub fn at(date: NaiveDate, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    let wanted = date.and_time(time);
    match zone.from_local_datetime(&wanted) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => instant.to_utc(),
        LocalResult::None => after_gap(wanted, zone),
    }
}

/// The first instant after the jump: a gap is found by halving a day in which it must lie, as
/// zones have skipped minutes, hours and, at the date line, whole days.
fn after_gap(wanted: chrono::NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let shows = |instant: DateTime<Utc>| instant.with_timezone(&zone).naive_local();
    let (mut before, mut after) =
        (wanted.and_utc() - TimeDelta::days(2), wanted.and_utc() + TimeDelta::days(2));
    while after - before > TimeDelta::seconds(1) {
        let middle = before + (after - before) / 2;
        if shows(middle) < wanted {
            before = middle;
        } else {
            after = middle;
        }
    }
    // Transitions fall on whole seconds; halving ends within one.
    DateTime::from_timestamp(after.timestamp(), 0).unwrap_or(after)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::event::{Event, Kind, Stamp};

    fn starts(date: &str, zone: &str) -> String {
        start_of_day(date.parse().unwrap(), zone.parse().unwrap()).to_rfc3339()
    }

    #[test]
    fn days_begin_where_the_person_is() {
        for (date, zone, instant) in [
            ("2026-11-21", "UTC", "2026-11-21T00:00:00+00:00"),
            ("2026-11-21", "Europe/London", "2026-11-21T00:00:00+00:00"),
            ("2026-07-01", "Europe/Berlin", "2026-06-30T22:00:00+00:00"),
            // 13 hours ahead: New Zealand in summer.
            ("2026-12-01", "Pacific/Auckland", "2026-11-30T11:00:00+00:00"),
            // Both sides of the date line: the same day begins 24 hours apart.
            ("2026-12-01", "Pacific/Kiritimati", "2026-11-30T10:00:00+00:00"),
            ("2026-12-01", "Pacific/Honolulu", "2026-12-01T10:00:00+00:00"),
            // Midnight is skipped: clocks go from 23:59 to 01:00.
            ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00+00:00"),
            // Midnight comes twice: the first one counts.
            ("2026-11-01", "America/Havana", "2026-11-01T04:00:00+00:00"),
            // A day that never was: Samoa crossed the date line.
            ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00+00:00"),
        ] {
            assert_eq!(starts(date, zone), instant, "{date} in {zone}");
        }
        let end = end_of_day("9999-12-31".parse().unwrap(), Tz::UTC);
        assert_eq!(end.timestamp(), 253_402_300_800);
    }

    fn at_site(fields: &serde_json::Value) -> Facts {
        let event = Event {
            employee: "1".into(),
            kind: Kind::Changed,
            stamp: Stamp { at: DateTime::UNIX_EPOCH, id: "e".into(), source: "hr".into() },
            fields: fields.as_object().unwrap().clone().into_iter().collect(),
            read_wanted: false,
        };
        let mut facts = Facts::default();
        facts.merge(&event, &event.fields.keys().cloned().collect());
        facts
    }

    #[test]
    fn a_site_without_a_zone_is_told_unless_something_else_tells_the_zone() {
        let zones = Zones {
            default: Tz::UTC,
            by_site: [("London".to_owned(), Tz::Europe__London), ("7".to_owned(), Tz::Europe__Berlin)].into(),
            field: Some("work.zone".to_owned()),
        };
        for (fields, site) in [
            (json!({"work.site": "London", "work.siteId": 1}), None),
            (json!({"work.site": "Berlin", "work.siteId": 7}), None),
            (json!({"work.site": "Oslo", "work.siteId": 8}), Some("Oslo")),
            (json!({"work.site": null, "work.siteId": 8}), Some("8")),
            (json!({"work.site": "Oslo", "work.zone": null}), Some("Oslo")),
            (json!({"work.site": "Oslo", "work.zone": "Europe/Oslo"}), None),
            (json!({"work.zone": null}), None),
        ] {
            assert_eq!(zones.unzoned(&at_site(&fields)).as_deref(), site, "{fields}");
        }
    }

    #[test]
    fn a_time_in_a_gap_is_the_end_of_the_gap() {
        let half_past_two = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
        let berlin = Tz::Europe__Berlin;
        let instant = |date: &str| at(date.parse().unwrap(), half_past_two, berlin).to_rfc3339();
        assert_eq!(instant("2026-03-29"), "2026-03-29T01:00:00+00:00");
        assert_eq!(instant("2026-10-25"), "2026-10-25T00:30:00+00:00");
    }
}
