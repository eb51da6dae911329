//! Who may call, how often, and what they see.

use std::collections::{BTreeSet, HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::fields::Field;

/// Bob API: 50 a minute for people/search, and for metadata and named lists.
pub(super) const SEARCH: u32 = 50;
const WINDOW: TimeDelta = TimeDelta::minutes(1);
/// Bob API: that many refusals within that time lead to a ban that long.
const REFUSALS: usize = 50;
const REFUSALS_WITHIN: TimeDelta = TimeDelta::seconds(10);
const BAN: TimeDelta = TimeDelta::minutes(5);

/// What the service user may see.
#[derive(Clone, Default)]
pub(super) struct Sight {
    /// Categories and ids of fields.
    pub(super) hidden: BTreeSet<String>,
    /// Ids of employees.
    pub(super) people: BTreeSet<String>,
    /// Not in a permission group: nothing at all.
    pub(super) nothing: bool,
    /// Without the right to the histories of tables: only the row in effect.
    pub(super) no_histories: bool,
}

impl Sight {
    pub(super) fn shows(&self, field: &Field) -> bool {
        !self.hidden.contains(&field.category) && !self.hidden.contains(&field.id)
    }
}

/// What the `X-RateLimit-*` headers show; `reset` in epoch seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Quota {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) reset: i64,
}

/// The way in.
pub(super) struct Gate {
    pub(super) authorization: String,
    pub(super) sight: Sight,
    /// Calls per minute where no document says how many.
    pub(super) others: u32,
    windows: HashMap<&'static str, (DateTime<Utc>, u32)>,
    /// By what is refused: when.
    refused: HashMap<String, VecDeque<DateTime<Utc>>>,
    banned: HashMap<String, DateTime<Utc>>,
}

impl Gate {
    pub(super) fn new(authorization: String, others: u32) -> Self {
        Self {
            authorization,
            sight: Sight::default(),
            others,
            windows: HashMap::new(),
            refused: HashMap::new(),
            banned: HashMap::new(),
        }
    }

    /// Whether the firewall lets nothing through from this caller.
    pub(super) fn is_banned(&mut self, authorization: &str, now: DateTime<Utc>) -> bool {
        self.banned.retain(|_, until| *until > now);
        self.banned.contains_key(HOST) || self.banned.contains_key(authorization)
    }

    /// 401 without the right credentials, 403 without a permission group. Too many in a row lead to a ban: of
    /// the caller's host for 401 (Bob API: or of the header), of the header for 403.
    pub(super) fn refusal(&mut self, authorization: &str, now: DateTime<Utc>) -> Option<u16> {
        let (status, whose) = if authorization != self.authorization {
            (401, HOST)
        } else if self.sight.nothing {
            (403, authorization)
        } else {
            return None;
        };
        let times = self.refused.entry(whose.to_owned()).or_default();
        times.push_back(now);
        times.retain(|time| now - *time <= REFUSALS_WITHIN);
        if times.len() >= REFUSALS {
            times.clear();
            self.banned.insert(whose.to_owned(), now + BAN);
        }
        Some(status)
    }

    /// Counts a call; `Err` when the window has none left.
    pub(super) fn take(&mut self, endpoint: &'static str, now: DateTime<Utc>) -> Result<Quota, Quota> {
        let quota = self.show(endpoint, now);
        if quota.remaining == 0 {
            return Err(quota);
        }
        let (_, used) = self.windows.entry(endpoint).or_insert((now + WINDOW, 0));
        *used += 1;
        Ok(Quota { remaining: quota.remaining - 1, ..quota })
    }

    /// The endpoint's window without counting a call.
    pub(super) fn show(&mut self, endpoint: &'static str, now: DateTime<Utc>) -> Quota {
        let limit = if LIMITED.contains(&endpoint) { SEARCH } else { self.others };
        // A window that ends too far ahead is of a clock that was set back.
        self.windows.retain(|_, (ends, _)| *ends > now && *ends <= now + WINDOW);
        let (ends, used) = self.windows.get(endpoint).copied().unwrap_or((now + WINDOW, 0));
        // The headers have whole seconds: the window is over by then.
        let reset = ends.timestamp() + i64::from(ends.timestamp_subsec_nanos() > 0);
        Quota { limit, remaining: limit.saturating_sub(used), reset }
    }
}

/// In place of a header: the address, and all callers come from this machine.
const HOST: &str = "";

pub(super) const PEOPLE_SEARCH: &str = "people/search";
pub(super) const FIELDS: &str = "company/people/fields";
pub(super) const NAMED_LISTS: &str = "company/named-lists";
const LIMITED: [&str; 3] = [PEOPLE_SEARCH, FIELDS, NAMED_LISTS];

/// The endpoint that a call is counted for. `path` is what follows `/v1`.
pub(super) fn endpoint(path: &[&str]) -> &'static str {
    match path {
        ["people", "search"] => PEOPLE_SEARCH,
        ["people", _] => "people/{id}",
        ["people", _, "lifecycle"] => "people/{id}/lifecycle",
        ["people", _, "work"] => "people/{id}/work",
        ["company", "people", "fields"] => FIELDS,
        ["company", "named-lists", ..] => NAMED_LISTS,
        _ => "others",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_a_minute_from_its_first_call() {
        let mut gate = Gate::new("x".into(), 2);
        let at = |second: i64| DateTime::from_timestamp(1_000_000 + second, 0).expect("a time");
        assert_eq!(gate.take("others", at(0)), Ok(Quota { limit: 2, remaining: 1, reset: 1_000_060 }));
        assert_eq!(gate.take("others", at(59)), Ok(Quota { limit: 2, remaining: 0, reset: 1_000_060 }));
        assert_eq!(gate.take("others", at(59)), Err(Quota { limit: 2, remaining: 0, reset: 1_000_060 }));
        assert_eq!(gate.take(PEOPLE_SEARCH, at(59)).map(|quota| quota.remaining), Ok(49));
        assert_eq!(gate.take("others", at(60)), Ok(Quota { limit: 2, remaining: 1, reset: 1_000_120 }));
    }
}
