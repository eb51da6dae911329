//! When the next daily reading is.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::domain::digest::digest;
use crate::domain::zone;

/// The time of the day for reading everybody, by the clock of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Daily {
    /// The time that was set.
    pub at: NaiveTime,
    /// Where clocks show it.
    pub zone: Tz,
}

/// No later than this after the time that was set.
const JITTER: i64 = 30 * 60;

impl Daily {
    /// The first such time after `last`, later by a span that is another one for each org: not all of
    /// Bob's customers are to ask at three o'clock sharp.
    #[must_use]
    pub fn after(&self, last: DateTime<Utc>, org: &str) -> DateTime<Utc> {
        let seed = digest(org.as_bytes());
        let seed = i64::from_str_radix(&seed[..8], 16).unwrap_or_default();
        let jitter = TimeDelta::seconds(seed % JITTER);
        // The evening before may have had its time after midnight.
        let from = (last - TimeDelta::days(1)).with_timezone(&self.zone).date_naive();
        let times = from.iter_days().take(4).map(|day| zone::at(day, self.at, self.zone) + jitter);
        times.into_iter().find(|at| *at > last).unwrap_or(last + TimeDelta::days(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn daily() -> Daily {
        Daily { at: NaiveTime::from_hms_opt(2, 30, 0).unwrap(), zone: Tz::Europe__Berlin }
    }

    fn after(last: &str) -> (DateTime<Utc>, TimeDelta) {
        let last = format!("{last}:00Z").parse().unwrap();
        let at = daily().after(last, "https://acme.okta.com");
        let plain = at.with_timezone(&daily().zone).naive_local();
        (at, plain.time() - daily().at)
    }

    #[test]
    fn it_comes_once_a_day_and_late_by_the_same_span() {
        let (first, late) = after("2026-12-01T12:00");
        assert!(TimeDelta::zero() <= late && late < TimeDelta::seconds(JITTER), "{late}");
        assert_eq!(first.date_naive().to_string(), "2026-12-02");
        let mut last = first;
        for _ in 0..200 {
            let next = daily().after(last, "https://acme.okta.com");
            let apart = (next - last).num_hours();
            assert!((23..=25).contains(&apart), "{last} {next}");
            last = next;
        }
        assert_ne!(daily().after(first, "https://other.okta.com") - first, TimeDelta::days(1));
    }

    #[test]
    fn just_before_it_is_today_and_just_after_it_is_tomorrow() {
        let (at, _) = after("2026-12-01T12:00");
        let daily = |last| daily().after(last, "https://acme.okta.com");
        assert_eq!(daily(at - TimeDelta::seconds(1)), at);
        assert_eq!(daily(at), at + TimeDelta::days(1));
    }
}
