//! Sites, and when a day begins there.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// A place of work.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) country: String,
    pub(super) city: String,
    pub(super) zone: Tz,
}

impl Site {
    fn new(id: i64, name: &str, country: &str, zone: Tz) -> Self {
        Self { id, name: name.to_owned(), country: country.to_owned(), city: name.to_owned(), zone }
    }

    /// Three sites, of which the first is where those are who are given none.
    pub(super) fn first() -> Vec<Self> {
        vec![
            Self::new(1_814_407, "London", "United Kingdom", Tz::Europe__London),
            Self::new(1_814_408, "New York", "United States", Tz::America__New_York),
            Self::new(1_814_409, "Sydney", "Australia", Tz::Australia__Sydney),
        ]
    }

    /// A site that HR opens; nothing is known of it but its name and zone.
    pub(super) fn open(id: i64, name: &str, zone: Tz) -> Self {
        Self { city: String::new(), ..Self::new(id, name, "", zone) }
    }

    /// When this day begins: its midnight, or where clocks leap over that, what they leap to.
    pub(super) fn midnight(&self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        // No zone leaps over more than a day.
        let mut steps =
            (0..=96).filter_map(|quarters| midnight.checked_add_signed(TimeDelta::minutes(15 * quarters)));
        let first = steps.find_map(|time| self.zone.from_local_datetime(&time).earliest());
        first.map_or_else(|| midnight.and_utc(), |time| time.to_utc())
    }

    /// The calendar date there.
    pub(super) fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_or_where_the_clocks_leap_to() {
        for (zone, day, begins) in [
            (Tz::Europe__London, "2027-03-28", "2027-03-28T00:00:00Z"),
            (Tz::Europe__London, "2027-03-29", "2027-03-28T23:00:00Z"),
            (Tz::America__New_York, "2027-11-07", "2027-11-07T04:00:00Z"),
            (Tz::America__New_York, "2027-11-08", "2027-11-08T05:00:00Z"),
            (Tz::Australia__Sydney, "2027-01-04", "2027-01-03T13:00:00Z"),
            // There is no midnight on this day, and two on that one.
            (Tz::Africa__Cairo, "2024-04-26", "2024-04-25T22:00:00Z"),
            (Tz::America__Havana, "2024-11-03", "2024-11-03T04:00:00Z"),
            // This day never was.
            (Tz::Pacific__Apia, "2011-12-30", "2011-12-30T10:00:00Z"),
        ] {
            let site = Site::open(1, "X", zone);
            let begins: DateTime<Utc> = begins.parse().expect("a time");
            assert_eq!(site.midnight(day.parse().expect("a day")), begins, "{zone} {day}");
        }
    }
}
