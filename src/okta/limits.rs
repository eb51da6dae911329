//! What the headers of an answer say about limits and time.

use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// No wait that a server asks for is longer than this: windows last 60 s (Okta API: rate limits).
pub const LONGEST: Duration = Duration::from_secs(90);

/// The limit headers of one answer; a header that is missing or unreadable is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// HTTP status.
    pub status: u16,
    /// `X-Rate-Limit-Limit`: calls per window.
    pub limit: Option<u32>,
    /// `X-Rate-Limit-Remaining`: calls left in the window.
    pub remaining: Option<u32>,
    /// `X-Rate-Limit-Reset`: the window's end in epoch seconds, by Okta's clock.
    pub reset: Option<i64>,
    /// `Date`: Okta's clock, whole seconds.
    pub date: Option<DateTime<Utc>>,
    /// `Retry-After` in seconds; Okta does not send it, a proxy may.
    pub retry_after: Option<Duration>,
}

impl Limits {
    /// Reads an answer's headers.
    pub fn read(status: u16, headers: &HeaderMap) -> Self {
        Self {
            status,
            limit: number(headers, "x-rate-limit-limit"),
            remaining: number(headers, "x-rate-limit-remaining"),
            reset: number(headers, "x-rate-limit-reset"),
            date: text(headers, DATE.as_str())
                .and_then(|date| DateTime::parse_from_rfc2822(date).ok())
                .map(|date| date.to_utc()),
            retry_after: number(headers, RETRY_AFTER.as_str()).map(Duration::from_secs),
        }
    }

    /// Whether too many calls were in flight at once. Okta marks that 429 by a limit of 0, and its
    /// Reset is not to be believed (Okta API: concurrency rate limit).
    pub fn is_concurrency(&self) -> bool {
        self.status == 429 && self.limit == Some(0)
    }

    /// How long a 429 asks to wait; `None` for too many at once, where a short pause will do.
    pub fn wait(&self) -> Option<Duration> {
        if self.is_concurrency() {
            return self.retry_after.map(|wait| wait.min(LONGEST));
        }
        // Both by Okta's clock, of whole seconds: one more, so that the window is surely over.
        let window = self.reset.zip(self.date).map(|(reset, date)| {
            Duration::from_secs(u64::try_from(reset.saturating_sub(date.timestamp()) + 1).unwrap_or(1))
        });
        let wait = window.max(self.retry_after).unwrap_or(Duration::from_mins(1));
        Some(wait.clamp(Duration::from_secs(1), LONGEST))
    }
}

/// A header as text.
pub(super) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn number<T: FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    text(headers, name)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(status: u16, pairs: &[(&'static str, &str)]) -> Limits {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        Limits::read(status, &headers)
    }

    #[test]
    fn a_rate_429_waits_for_the_windows_end_by_the_servers_clock() {
        // Recorded of a real org.
        let recorded = limits(
            429,
            &[
                ("date", "Thu, 11 Sep 2025 16:21:50 GMT"),
                ("x-rate-limit-limit", "10"),
                ("x-rate-limit-remaining", "0"),
                ("x-rate-limit-reset", "1757607758"),
            ],
        );
        assert_eq!(recorded.wait(), Some(Duration::from_secs(49)));
        let past = Limits { reset: Some(1), ..recorded };
        assert_eq!(past.wait(), Some(Duration::from_secs(1)));
        for reset in [4_000_000_000, i64::MAX - 1] {
            assert_eq!(Limits { reset: Some(reset), ..recorded }.wait(), Some(LONGEST));
        }
    }

    #[test]
    fn a_concurrency_429_has_no_window() {
        let recorded = limits(
            429,
            &[
                ("date", "Mon, 09 Mar 2026 14:10:09 GMT"),
                ("x-rate-limit-limit", "0"),
                ("x-rate-limit-remaining", "0"),
                ("x-rate-limit-reset", "1773065536"),
            ],
        );
        assert!(recorded.is_concurrency());
        assert_eq!(recorded.wait(), None);
    }

    #[test]
    fn missing_and_odd_headers_do_no_harm() {
        assert_eq!(limits(429, &[]).wait(), Some(Duration::from_mins(1)));
        assert_eq!(limits(429, &[("retry-after", "7")]).wait(), Some(Duration::from_secs(7)));
        assert_eq!(limits(429, &[("retry-after", "86400")]).wait(), Some(LONGEST));
        let odd = limits(
            200,
            &[("date", "yesterday"), ("x-rate-limit-limit", "-1"), ("x-rate-limit-reset", "soon")],
        );
        assert_eq!(odd, Limits { status: 200, ..Limits::default() });
    }
}
