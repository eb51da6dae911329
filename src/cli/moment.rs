//! An instant as people write it.

use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::domain::zone;

/// `2026-12-24`, `2026-12-24T18:00` or `2026-12-24T18:00:00`, by the clock of `local`, or with `Z` or an offset.
pub(super) fn moment(text: &str, local: Tz) -> anyhow::Result<DateTime<Utc>> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.to_utc());
    }
    let (text, zone) = text.strip_suffix('Z').map_or((text, local), |text| (text, Tz::UTC));
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00"));
    let date: NaiveDate = date.parse().with_context(|| expected(text))?;
    let formats = ["%H:%M", "%H:%M:%S"];
    let Some(time) = formats.iter().find_map(|format| NaiveTime::parse_from_str(time, format).ok()) else {
        bail!(expected(text));
    };
    Ok(zone::at(date, time, zone))
}

fn expected(text: &str) -> String {
    format!("{text} is no time such as 2026-12-24, 2026-12-24T18:00 or 2026-12-24T18:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_those_of_the_company_unless_they_say_otherwise() {
        let local = Tz::America__New_York;
        for (text, instant) in [
            ("2026-12-24", "2026-12-24T05:00:00Z"),
            ("2026-12-24T18:30", "2026-12-24T23:30:00Z"),
            ("2026-12-24T18:30Z", "2026-12-24T18:30:00Z"),
            ("2026-12-24Z", "2026-12-24T00:00:00Z"),
            ("2026-12-24T18:30:15+01:00", "2026-12-24T17:30:15Z"),
        ] {
            assert_eq!(moment(text, local).unwrap(), instant.parse::<DateTime<Utc>>().unwrap(), "{text}");
        }
        for text in ["tomorrow", "2026-13-01", "2026-12-24T25:00", "24.12.2026"] {
            assert!(moment(text, local).unwrap_err().to_string().contains("is no time such as"), "{text}");
        }
    }
}
