//! How many calls an endpoint has left, by what its answers show.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::fault::Op;

/// A window lasts a minute (Bob API: rate limits).
const MINUTE: TimeDelta = TimeDelta::minutes(1);
/// Ends of one window that two answers show differ by less: the server's clock shows whole seconds.
const MARGIN: TimeDelta = TimeDelta::seconds(2);
/// No wait that a server asks for is longer: who is locked out is let in again after five minutes.
const LONGEST: TimeDelta = TimeDelta::minutes(5);

/// The windows of all endpoints: each is counted by itself.
#[derive(Default)]
pub(super) struct Windows(Mutex<BTreeMap<Op, Window>>);

/// One endpoint's window. Times are by our clock.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// How many calls it has; none where nobody has said.
    limit: Option<u32>,
    left: Option<u32>,
    until: DateTime<Utc>,
    /// Whether an answer showed it; else it is our guess.
    shown: bool,
}

impl Windows {
    /// Counts a call that is about to be made.
    ///
    /// # Errors
    /// If the window is known to be spent: how long it lasts.
    pub fn take(&self, op: Op, now: DateTime<Utc>) -> Result<(), Duration> {
        let mut windows = self.lock();
        let window = windows.entry(op).or_insert_with(|| Window::guessed(op.usual_limit(), now));
        // An end that is further off than any means that our clock was set back.
        if now >= window.until || window.until - now > LONGEST {
            *window = Window::guessed(window.limit, now);
        }
        match &mut window.left {
            Some(0) => Err((window.until - now).to_std().unwrap_or_default()),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Learns from an answer; gives the wait that it asks for, if it asks for one.
    pub fn learn(&self, op: Op, status: u16, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
        let limit = number::<u32>(headers, "x-ratelimit-limit").filter(|limit| *limit > 0);
        let remaining = number::<u32>(headers, "x-ratelimit-remaining");
        // Both by the server's clock, if it shows one; one second more, so that the window is surely over.
        let servers = date(headers).unwrap_or(now);
        let window = number::<i64>(headers, "x-ratelimit-reset")
            .map(|reset| seconds(reset.saturating_sub(servers.timestamp()).saturating_add(1), MINUTE * 2));
        let asked = number::<i64>(headers, RETRY_AFTER.as_str()).map(|wait| seconds(wait, LONGEST));
        let wait = match status {
            429 => Some(window.max(asked).unwrap_or(MINUTE)),
            200..=399 => None,
            _ => asked,
        };
        let mut windows = self.lock();
        let known = windows.entry(op).or_insert_with(|| Window::guessed(op.usual_limit(), now));
        known.limit = limit.or(known.limit);
        if let Some(wait) = wait {
            *known = Window { left: Some(0), until: now + wait, shown: true, ..*known };
        } else if let (Some(left), Some(window)) = (remaining, window) {
            known.show(left, now + window);
        }
        wait.and_then(|wait| wait.to_std().ok())
    }

    /// How many calls a minute the endpoint has, if its last answer showed it.
    pub fn shown(&self, op: Op) -> Option<u32> {
        self.lock().get(&op).filter(|window| window.shown).and_then(|window| window.limit)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Op, Window>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Window {
    fn guessed(limit: Option<u32>, now: DateTime<Utc>) -> Self {
        Self { limit, left: limit, until: now + MINUTE, shown: false }
    }

    /// Answers come in any order: of one window the least holds, and an earlier one says nothing.
    fn show(&mut self, left: u32, until: DateTime<Utc>) {
        if !self.shown || until > self.until + MARGIN {
            *self = Self { left: Some(left), until, shown: true, ..*self };
        } else if until + MARGIN >= self.until {
            self.left = Some(self.left.map_or(left, |known| known.min(left)));
        }
    }
}

fn seconds(count: i64, longest: TimeDelta) -> TimeDelta {
    TimeDelta::seconds(count.clamp(1, longest.num_seconds()))
}

/// When a request was sent, by the clock of the server whose answer began `now`. Ours is finer and holds as long as
/// the two may agree; where they do not, the server's own facts are to be compared by its own time.
pub(super) fn sent(asked: DateTime<Utc>, now: DateTime<Utc>, headers: &HeaderMap) -> DateTime<Utc> {
    let Some(date) = date(headers) else { return asked };
    let earliest = date - (now - asked).max(TimeDelta::zero());
    if (earliest..=earliest + MARGIN).contains(&asked) { asked } else { earliest }
}

fn date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc2822(text(headers, DATE.as_str())?).ok()?.to_utc())
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn number<T: FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    text(headers, name)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-09T14:10:00Z".parse().unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn calls_until_spent(windows: &Windows, op: Op, now: DateTime<Utc>) -> (u32, Duration) {
        (0..1000)
            .find_map(|made| windows.take(op, now).err().map(|wait| (made, wait)))
            .unwrap_or((1000, Duration::ZERO))
    }

    #[test]
    fn a_search_has_fifty_calls_a_minute_until_bob_says_otherwise() {
        let windows = Windows::default();
        assert_eq!(calls_until_spent(&windows, Op::Search, now()), (50, Duration::from_mins(1)));
        assert_eq!(calls_until_spent(&windows, Op::Person, now()).0, 1000);
        assert_eq!(calls_until_spent(&windows, Op::Search, now() + MINUTE).0, 50);
        let back = now() - TimeDelta::hours(1);
        assert_eq!(calls_until_spent(&windows, Op::Search, back).0, 50, "our clock was set back");
    }

    #[test]
    fn an_answer_shows_what_is_left_by_the_servers_clock() {
        let windows = Windows::default();
        windows.take(Op::Person, now()).unwrap();
        let reset = (now() + TimeDelta::minutes(7)).timestamp();
        let shown = |left: &str| {
            headers(&[
                ("date", "Mon, 09 Mar 2026 14:16:30 GMT"),
                ("x-ratelimit-limit", "10"),
                ("x-ratelimit-remaining", left),
                ("x-ratelimit-reset", &reset.to_string()),
            ])
        };
        assert_eq!(windows.learn(Op::Person, 200, &shown("3"), now()), None);
        windows.learn(Op::Person, 200, &shown("4"), now());
        assert_eq!(calls_until_spent(&windows, Op::Person, now()), (3, Duration::from_secs(31)));
        assert_eq!(calls_until_spent(&windows, Op::Person, now() + MINUTE).0, 10);
    }

    #[test]
    fn a_429_spends_the_window() {
        let odd = [("x-ratelimit-reset", "soon"), ("x-ratelimit-remaining", "-1"), ("date", "today")];
        let reset = now().timestamp().to_string();
        for (status, pairs, wait) in [
            (429, &[][..], Some(60)),
            (429, &odd, Some(60)),
            (429, &[("retry-after", "7")], Some(7)),
            (429, &[("retry-after", "86400")], Some(300)),
            (429, &[("x-ratelimit-reset", "1")], Some(1)),
            (429, &[("x-ratelimit-reset", "9223372036854775807")], Some(120)),
            (429, &[("x-ratelimit-reset", &*reset), ("retry-after", "9")], Some(9)),
            (503, &[("retry-after", "9")], Some(9)),
            (503, &[], None),
            (200, &[("retry-after", "9")], None),
        ] {
            let windows = Windows::default();
            let wait = wait.map(Duration::from_secs);
            assert_eq!(windows.learn(Op::Search, status, &headers(pairs), now()), wait, "{pairs:?}");
            assert_eq!(windows.take(Op::Search, now()).err(), wait, "{pairs:?}");
        }
    }
}
