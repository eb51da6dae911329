//! How long to wait before the next attempt. The only file that names the `backoff` crate, and of
//! that only its delay generator: what is waited for, and for how long at all, is the callers' business.

use std::time::Duration;

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff as _;

/// How delays grow: doubled from attempt to attempt, each spread by ±50 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The middle of the first delay.
    pub first: Duration,
    /// No delay is longer than this, the spread included.
    pub most: Duration,
}

/// Calls to Okta that failed, per person:
///
/// | attempt | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 and on |
/// |---|---|---|---|---|---|---|---|---|---|---|---|---|---|
/// | middle | 1 s | 2 s | 4 s | 8 s | 16 s | 32 s | 64 s | 128 s | 256 s | 512 s | 17 min | 34 min | 40 min |
///
/// The middle stops at two thirds of `most`, so that the longest delays are spread as well.
pub const CALLS: Policy = Policy { first: Duration::from_secs(1), most: Duration::from_hours(1) };

/// Connections that were lost:
///
/// | attempt | 1 | 2 | 3 | 4 | 5 | 6 and on |
/// |---|---|---|---|---|---|---|
/// | middle | 1 s | 2 s | 4 s | 8 s | 16 s | 20 s |
pub const RECONNECT: Policy = Policy { first: Duration::from_secs(1), most: Duration::from_secs(30) };

/// The delay after the given failed attempt, counted from 1: anywhere from half to one and a half
/// of the middle that the policy's table shows.
#[must_use]
pub fn delay(attempt: u32, policy: &Policy) -> Duration {
    let doublings = attempt.saturating_sub(1).min(31);
    let middle = policy.first.saturating_mul(1 << doublings).min(policy.most * 2 / 3);
    ExponentialBackoff {
        current_interval: middle,
        randomization_factor: 0.5,
        max_elapsed_time: None,
        ..ExponentialBackoff::default()
    }
    .next_backoff()
    .unwrap_or(middle)
    .min(policy.most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(attempt: u32, policy: &Policy) -> (f64, f64) {
        let delays = (0..500).map(|_| delay(attempt, policy).as_secs_f64());
        delays.fold((f64::MAX, 0.0), |(low, high), d| (low.min(d), high.max(d)))
    }

    #[test]
    fn delays_double_around_the_middle_of_the_table() {
        for (attempt, middle) in
            [(0, 1.0), (1, 1.0), (2, 2.0), (3, 4.0), (6, 32.0), (13, 2400.0), (u32::MAX, 2400.0)]
        {
            let (low, high) = range(attempt, &CALLS);
            assert!(low >= middle * 0.5 && low < middle * 0.7, "attempt {attempt}: from {low}");
            assert!(high <= middle * 1.5 && high > middle * 1.3, "attempt {attempt}: to {high}");
        }
    }

    #[test]
    fn no_delay_exceeds_the_most() {
        for attempt in [6, 20, 1000] {
            let (low, high) = range(attempt, &RECONNECT);
            assert!(low >= 10.0 && high <= 30.0, "attempt {attempt}: {low} to {high}");
        }
    }
}
