//! Moments as people write them.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

/// A moment: so long ago, or fixed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum When {
    Ago(TimeDelta),
    At(DateTime<Utc>),
}

impl When {
    /// The moment, seen from now.
    pub fn instant(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Ago(span) => now.checked_sub_signed(span).unwrap_or(DateTime::<Utc>::MIN_UTC),
            Self::At(at) => at,
        }
    }
}

/// For the command line: `2h`, `2026-11-21` (its beginning, in UTC), or an instant (RFC 3339).
pub(super) fn parse(text: &str) -> Result<When, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(When::At(at.to_utc()));
    }
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(When::At(day.and_time(NaiveTime::MIN).and_utc()));
    }
    let span = humantime::parse_duration(text).ok().and_then(|span| TimeDelta::from_std(span).ok());
    span.map(When::Ago).ok_or_else(|| "write 2h, 3days, 2026-11-21 or 2026-11-21T09:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_span_ago_a_day_or_an_instant() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(parse("2h"), Ok(When::Ago(TimeDelta::hours(2))));
        assert_eq!(parse("2026-11-21T09:00:00+01:00"), Ok(When::At(at("2026-11-21T08:00:00Z"))));
        assert_eq!(parse("2026-11-21"), Ok(When::At(at("2026-11-21T00:00:00Z"))));
        assert!(parse("yesterday").is_err() && parse("").is_err() && parse("2026-13-01").is_err());
        assert_eq!(
            When::Ago(TimeDelta::hours(2)).instant(at("2026-11-21T01:00:00Z")),
            at("2026-11-20T23:00:00Z")
        );
        assert_eq!(When::Ago(TimeDelta::MAX).instant(at("2026-11-21T01:00:00Z")), DateTime::<Utc>::MIN_UTC);
    }
}
