//! Moments as people write them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::domain::zone;

/// A moment on the command line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Moment {
    /// So long ago.
    Ago(TimeDelta),
    At(DateTime<Utc>),
    /// By the company's clock.
    Local(NaiveDateTime),
}

impl Moment {
    /// The instant, seen from now, where the company's clock is that of `local`.
    pub fn instant(self, now: DateTime<Utc>, local: Tz) -> DateTime<Utc> {
        match self {
            Self::Ago(span) => now.checked_sub_signed(span).unwrap_or(DateTime::<Utc>::MIN_UTC),
            Self::At(at) => at,
            Self::Local(at) => zone::at(at.date(), at.time(), local),
        }
    }
}

/// For the command line: `2h`, `2026-12-24` (its beginning), `2026-12-24T18:00`, the same with `Z`, or an instant
/// (RFC 3339). Without a zone, by the company's clock.
pub(super) fn parse(text: &str) -> Result<Moment, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(Moment::At(at.to_utc()));
    }
    let (bare, is_utc) = text.strip_suffix('Z').map_or((text, false), |bare| (bare, true));
    let (date, time) = bare.split_once('T').unwrap_or((bare, "00:00"));
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok();
    let time = ["%H:%M", "%H:%M:%S"].iter().find_map(|form| NaiveTime::parse_from_str(time, form).ok());
    if let (Some(date), Some(time)) = (date, time) {
        let at = date.and_time(time);
        return Ok(if is_utc { Moment::At(at.and_utc()) } else { Moment::Local(at) });
    }
    let span = humantime::parse_duration(text).ok().and_then(|span| TimeDelta::from_std(span).ok());
    span.map(Moment::Ago)
        .ok_or_else(|| "write 2h, 3days, 2026-12-24, 2026-12-24T18:00 or 2026-12-24T18:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_span_ago_or_a_time_by_the_company_s_clock_unless_it_says_otherwise() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let now = at("2026-11-21T01:00:00Z");
        for (text, instant) in [
            ("2h", "2026-11-20T23:00:00Z"),
            ("2026-12-24", "2026-12-24T05:00:00Z"),
            ("2026-12-24T18:30", "2026-12-24T23:30:00Z"),
            ("2026-12-24T18:30Z", "2026-12-24T18:30:00Z"),
            ("2026-12-24Z", "2026-12-24T00:00:00Z"),
            ("2026-12-24T18:30:15+01:00", "2026-12-24T17:30:15Z"),
        ] {
            assert_eq!(parse(text).unwrap().instant(now, Tz::America__New_York), at(instant), "{text}");
        }
        for text in ["", "tomorrow", "2026-13-01", "2026-12-24T25:00", "24.12.2026"] {
            assert!(parse(text).unwrap_err().starts_with("write 2h"), "{text}");
        }
        assert_eq!(Moment::Ago(TimeDelta::MAX).instant(now, Tz::UTC), DateTime::<Utc>::MIN_UTC);
    }
}
