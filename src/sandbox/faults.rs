//! Bad days on order: what goes wrong with the next calls, or with a share of all of them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;

use super::delays::Conditions;

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// Nothing is done, and this status is answered with the error body Okta most often sends with it.
    Status(u16),
    /// The call is carried out, and this status is answered all the same.
    StatusAfter(u16),
    /// Nothing is done, and the connection is closed without an answer.
    Dropped,
    /// The call is carried out, and the connection is closed without an answer.
    ReplyLost,
    /// Nothing is done: 429 with a limit of 0 and a reset that means nothing.
    ConcurrencyLimit,
    /// Nothing is done: 429 with 0 remaining and the bucket's own reset.
    RateLimit,
    /// Nothing is done, and a web page is answered with this status.
    Html(u16),
    /// The call is carried out, and a web page is answered with this status.
    HtmlAfter(u16),
    /// The call is carried out, and the answer is half of its JSON.
    Truncated,
    /// The call is carried out, and the answer has its status but no body.
    Empty,
    /// The call is carried out, and the answer begins as gzip and is none.
    BadGzip,
    /// The call is carried out, and the connection breaks in the middle of the answer.
    Torn,
    /// The call is carried out, and half of the answer comes; the rest is waited for in vain.
    Held,
    /// The call is carried out, and the answer comes that much later.
    Delay(Duration),
}

/// The faults that are on order. All methods take effect with the next call that arrives.
#[derive(Default)]
pub struct Faults(Mutex<Orders>);

#[derive(Default)]
struct Orders {
    down: bool,
    planned: VecDeque<Planned>,
    random: Option<Random>,
    conditions: Conditions,
}

struct Planned {
    fault: Fault,
    left: usize,
    method: String,
    path_prefix: String,
}

struct Random {
    dice: u64,
    rate: f64,
    half_after: bool,
}

impl Faults {
    /// While down, every connection is closed without an answer and nothing is done.
    pub fn down(&self, down: bool) {
        self.orders().down = down;
    }

    /// The next `n` calls fail like that, after those that are on order already.
    pub fn fail_next(&self, n: usize, fault: Fault) {
        self.fail_next_on(n, fault, "", "");
    }

    /// The next `n` calls with this method (empty: any) and a path (with query) that begins like that
    /// fail; other calls pass.
    pub fn fail_next_on(&self, n: usize, fault: Fault, method: &str, path_prefix: &str) {
        let planned =
            Planned { fault, left: n, method: method.to_owned(), path_prefix: path_prefix.to_owned() };
        self.orders().planned.push_back(planned);
    }

    /// From now on the share `rate` (0 to 1) of all calls fails with 500, 503 or a closed connection:
    /// before anything is done, or with `half_after` in half the cases after it was. The same seed
    /// gives the same sequence.
    pub fn random(&self, seed: u64, rate: f64, half_after: bool) {
        self.orders().random = Some(Random { dice: seed, rate, half_after });
    }

    /// From now on lists show a write only that much later; Okta's GET of one user does not lag, Bob's reads
    /// of one person do.
    pub fn search_lag(&self, lag: Duration) {
        self.orders().conditions.search_lag = delta(lag);
    }

    /// From now on a user who is created cannot be read for that long (Okta's only).
    pub fn hide_new_users(&self, span: Duration) {
        self.orders().conditions.hidden_for = delta(span);
    }

    /// From now on a user who is created cannot be read by the first `n` GETs (Okta's only).
    pub fn hide_new_users_from(&self, n: u32) {
        self.orders().conditions.hidden_from = n;
    }

    /// From now on (Okta's only) activations take that long, and what is called with `Prefer: respond-async`.
    pub fn transitions_take(&self, span: Duration) {
        self.orders().conditions.transitions_take = delta(span);
    }

    pub(super) fn conditions(&self) -> Conditions {
        self.orders().conditions
    }

    /// How many of the ordered failures no call has met yet; what holds until it is taken back is not counted.
    pub fn pending(&self) -> usize {
        self.orders().planned.iter().map(|planned| planned.left).sum()
    }

    /// Takes back every order: the good days return.
    pub fn clear(&self) {
        *self.orders() = Orders::default();
    }

    /// What goes wrong with this call. One too many at the same time (`crowded`) meets Okta's gate, which
    /// lies before everything that can go wrong behind it, and uses up no order; an org that is down has
    /// no gate.
    pub(super) fn next(&self, method: &str, path: &str, crowded: bool) -> Option<Fault> {
        let mut orders = self.orders();
        if orders.down {
            return Some(Fault::Dropped);
        }
        if crowded {
            return Some(Fault::ConcurrencyLimit);
        }
        orders.planned.retain(|planned| planned.left > 0);
        let planned = orders.planned.iter_mut().find(|planned| {
            (planned.method.is_empty() || planned.method == method) && path.starts_with(&planned.path_prefix)
        });
        if let Some(planned) = planned {
            planned.left -= 1;
            return Some(planned.fault);
        }
        orders.random.as_mut().and_then(Random::next)
    }

    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn delta(span: Duration) -> TimeDelta {
    TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX)
}

impl Random {
    fn next(&mut self) -> Option<Fault> {
        if f64::from(self.roll()) >= self.rate * f64::from(u32::MAX) {
            return None;
        }
        let after = self.half_after && self.roll().is_multiple_of(2);
        Some(match (self.roll() % 3, after) {
            (0, false) => Fault::Status(500),
            (1, false) => Fault::Status(503),
            (_, false) => Fault::Dropped,
            (0, true) => Fault::StatusAfter(500),
            (1, true) => Fault::StatusAfter(503),
            (_, true) => Fault::ReplyLost,
        })
    }

    /// `SplitMix64`: as good as needed here, and no crate.
    fn roll(&mut self) -> u32 {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.dice;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_fails_and_half_of_it_after_having_acted() {
        let faults = Faults::default();
        faults.random(7, 0.2, true);
        let drawn: Vec<Fault> = (0..10_000).filter_map(|_| faults.next("GET", "/", false)).collect();
        let after =
            drawn.iter().filter(|fault| matches!(fault, Fault::StatusAfter(_) | Fault::ReplyLost)).count();
        assert!((1_900..2_100).contains(&drawn.len()), "{} of 10000", drawn.len());
        assert!((900..1_100).contains(&after), "{after} of {}", drawn.len());
    }

    #[test]
    fn orders_are_kept_in_their_order_and_only_where_they_fit() {
        let faults = Faults::default();
        faults.fail_next_on(1, Fault::Html(404), "POST", "/a");
        faults.fail_next(2, Fault::Dropped);
        assert_eq!(faults.pending(), 3);
        let seen = [("GET", "/a"), ("POST", "/ab"), ("POST", "/a"), ("GET", "/b")]
            .map(|(method, path)| faults.next(method, path, false));
        assert_eq!(faults.pending(), 0);
        assert_eq!(seen, [Some(Fault::Dropped), Some(Fault::Html(404)), Some(Fault::Dropped), None]);
    }

    #[test]
    fn an_org_that_is_down_has_no_gate_and_the_gate_uses_up_no_order() {
        let faults = Faults::default();
        faults.fail_next(1, Fault::Html(404));
        assert_eq!(faults.next("GET", "/", true), Some(Fault::ConcurrencyLimit));
        faults.down(true);
        assert_eq!(faults.next("GET", "/", true), Some(Fault::Dropped));
        faults.down(false);
        assert_eq!(faults.next("GET", "/", false), Some(Fault::Html(404)));
    }
}
