//! Rate limits: one fixed window of 60 seconds per bucket, begun by the first call in it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

const WINDOW_SECONDS: i64 = 60;
/// How far ahead Okta's reset lies on a concurrency 429, which has nothing to do with any window.
const CONCURRENCY_RESET_SECONDS: i64 = 120;

/// What the `X-Rate-Limit-*` headers show; `reset` in epoch seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Quota {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) reset: i64,
}

/// The windows of all buckets. All have the same limit.
pub(super) struct Limits {
    limit: u32,
    windows: HashMap<&'static str, Quota>,
}

impl Limits {
    pub(super) fn new(limit: u32) -> Self {
        Self { limit, windows: HashMap::new() }
    }

    /// Counts one call against `bucket`; `Err` when there is none left in the window.
    pub(super) fn take(&mut self, bucket: &'static str, now: DateTime<Utc>) -> Result<Quota, Quota> {
        let window = self.window(bucket, now);
        if window.remaining == 0 {
            return Err(*window);
        }
        window.remaining -= 1;
        Ok(*window)
    }

    /// The bucket's headers without counting a call.
    pub(super) fn show(&mut self, bucket: &'static str, now: DateTime<Utc>) -> Quota {
        *self.window(bucket, now)
    }

    fn window(&mut self, bucket: &'static str, now: DateTime<Utc>) -> &mut Quota {
        let seconds = now.timestamp();
        let fresh = Quota { limit: self.limit, remaining: self.limit, reset: seconds + WINDOW_SECONDS };
        let window = self.windows.entry(bucket).or_insert(fresh);
        // A reset too far ahead is a clock that was set back.
        if seconds >= window.reset || window.reset > fresh.reset {
            *window = fresh;
        }
        window
    }
}

/// The headers of Okta's other 429: too many calls at the same time.
pub(super) fn concurrency(now: DateTime<Utc>) -> Quota {
    Quota { limit: 0, remaining: 0, reset: now.timestamp() + CONCURRENCY_RESET_SECONDS }
}

/// The bucket of a call, by Okta's own names. `path` is what follows `/api/v1`.
pub(super) fn bucket(method: &str, path: &[&str]) -> &'static str {
    match (method, path) {
        ("GET", ["users", _]) => "/api/v1/users/{id:.+}",
        (_, ["users", _]) => "/api/v1/users/{id}",
        (_, ["users", ..]) => "/api/v1/users",
        ("GET" | "PUT" | "DELETE", ["groups", _]) => "/api/v1/groups/{id}",
        (_, ["groups", ..]) => "/api/v1/groups",
        _ => "/api/v1",
    }
}
