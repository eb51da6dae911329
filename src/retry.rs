//! How long to wait before the next attempt.

use std::time::Duration;

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff;

/// The first and the longest delay of a series that doubles.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Before the second attempt.
    pub first: Duration,
    /// The longest one.
    pub most: Duration,
}

/// Connections: 1 s, 2 s, 4 s … 30 s.
pub const RECONNECT: Policy = Policy { first: Duration::from_secs(1), most: Duration::from_secs(30) };

/// The delay after failed attempt number `attempt` (from 1), jittered by half either way.
#[must_use]
pub fn delay(attempt: u32, policy: &Policy) -> Duration {
    let doubled = policy.first.saturating_mul(1u32 << attempt.saturating_sub(1).min(20)).min(policy.most);
    let mut series = ExponentialBackoff { current_interval: doubled, ..ExponentialBackoff::default() };
    series.next_backoff().unwrap_or(doubled)
}
