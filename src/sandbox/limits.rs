//! Rate limits: one fixed window of 60 seconds per bucket, begun by the first call in it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::tokens::Bearer;

const WINDOW_SECONDS: i64 = 60;
/// How far ahead the reset of a concurrency 429 was seen to lie; it has nothing to do with any window.
const CONCURRENCY_RESET_SECONDS: [i64; 3] = [111, 127, 140];

const CREATE_AND_LIST: &str = "/api/v1/users";
const UPDATE: &str = "/api/v1/users/{id}";
const GET: &str = "/api/v1/users/{id:.+}";
const GROUPS: &str = "/api/v1/groups";
const GROUP: &str = "/api/v1/groups/{id}";
const OTHERS: &str = "/api/v1";

/// What an org may call per minute, by bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// The same in each bucket.
    Each(u32),
    /// A free developer's org.
    Integrator,
    /// An org of the Enterprise plan.
    Enterprise,
    /// An org of Workforce Identity.
    Workforce,
}

impl Plan {
    fn limit(self, bucket: &str) -> u32 {
        match (self, bucket) {
            (Plan::Each(limit), _) => limit,
            (Plan::Integrator, _) => 100,
            (Plan::Enterprise, GET) | (Plan::Workforce, GROUP) => 1_000,
            (Plan::Enterprise, _) | (Plan::Workforce, CREATE_AND_LIST | UPDATE) => 600,
            (Plan::Workforce, GET) => 2_000,
            (Plan::Workforce, GROUPS) => 500,
            (Plan::Workforce, _) => 1_200,
        }
    }
}

/// What the `X-Rate-Limit-*` headers show; `reset` in epoch seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Quota {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) reset: i64,
}

/// The windows of all buckets.
pub(super) struct Limits {
    plan: Plan,
    windows: HashMap<&'static str, Window>,
}

struct Window {
    reset: i64,
    used: u32,
    /// By the id of the token.
    used_by: HashMap<String, u32>,
}

impl Limits {
    pub(super) fn new(plan: Plan) -> Self {
        Self { plan, windows: HashMap::new() }
    }

    /// Counts one call against `bucket`; `Err` when the org or the token has none left in the window.
    pub(super) fn take(
        &mut self,
        bucket: &'static str,
        bearer: &Bearer,
        now: DateTime<Utc>,
    ) -> Result<Quota, Quota> {
        let quota = self.show(bucket, bearer, now);
        if quota.remaining == 0 {
            return Err(quota);
        }
        let window = self.window(bucket, now);
        window.used += 1;
        match window.used_by.get_mut(&bearer.id) {
            Some(used) => *used += 1,
            None => _ = window.used_by.insert(bearer.id.clone(), 1),
        }
        Ok(Quota { remaining: quota.remaining - 1, ..quota })
    }

    /// The bucket's headers without counting a call: the limit shown is the token's own.
    pub(super) fn show(&mut self, bucket: &'static str, bearer: &Bearer, now: DateTime<Utc>) -> Quota {
        let whole = self.plan.limit(bucket);
        let limit = u32::try_from(u64::from(whole) * u64::from(bearer.share) / 100).unwrap_or(u32::MAX);
        let window = self.window(bucket, now);
        let own = window.used_by.get(&bearer.id).copied().unwrap_or(0);
        let remaining = limit.saturating_sub(own).min(whole.saturating_sub(window.used));
        Quota { limit, remaining, reset: window.reset }
    }

    fn window(&mut self, bucket: &'static str, now: DateTime<Utc>) -> &mut Window {
        let seconds = now.timestamp();
        let reset = seconds + WINDOW_SECONDS;
        let fresh = || Window { reset, used: 0, used_by: HashMap::new() };
        let window = self.windows.entry(bucket).or_insert_with(fresh);
        // A reset too far ahead is a clock that was set back.
        if seconds >= window.reset || window.reset > reset {
            *window = fresh();
        }
        window
    }
}

/// The headers of Okta's other 429: too many calls at the same time.
pub(super) fn concurrency(number: u64, now: DateTime<Utc>) -> Quota {
    let ahead = CONCURRENCY_RESET_SECONDS[usize::try_from(number % 3).unwrap_or_default()];
    Quota { limit: 0, remaining: 0, reset: now.timestamp() + ahead }
}

/// The bucket of a call, by Okta's own names. `path` is what follows `/api/v1`.
pub(super) fn bucket(method: &str, path: &[&str]) -> &'static str {
    match (method, path) {
        ("GET", ["users", _]) => GET,
        (_, ["users", _]) => UPDATE,
        (_, ["users", ..]) => CREATE_AND_LIST,
        ("GET" | "PUT" | "DELETE", ["groups", id]) if *id != "rules" => GROUP,
        (_, ["groups", ..]) => GROUPS,
        _ => OTHERS,
    }
}
