use std::time::Duration;

use super::*;
use Urgency::{Change, Joiner, Leaver, Repair};

pub(super) fn at(seconds: f64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
        + TimeDelta::milliseconds(1_000_000)
        + TimeDelta::from_std(Duration::from_secs_f64(seconds)).unwrap()
}

/// An answer of a window that ends at 60 s, by a server whose clock is ours.
fn answer(now: f64, limit: u32, remaining: u32) -> Outcome {
    answer_until(now, limit, remaining, 60.0)
}

pub(super) fn answer_until(now: f64, limit: u32, remaining: u32, reset: f64) -> Outcome {
    Outcome::Answered(Limits {
        status: 200,
        limit: Some(limit),
        remaining: Some(remaining),
        reset: Some(at(reset).timestamp()),
        date: Some(at(now.floor())),
        retry_after: None,
    })
}

fn status(status: u16, limit: Option<u32>, reset: Option<f64>) -> Outcome {
    let reset = reset.map(|reset| at(reset).timestamp());
    Outcome::Answered(Limits { status, limit, remaining: limit.map(|_| 0), reset, ..Limits::default() })
}

/// What is left of a window of which nobody else has spent anything.
fn learnt(share: f64, limit: u32, remaining: u32) -> Budget {
    let mut budget = Budget::new(share, 1000);
    for left in (remaining..limit).rev() {
        let ticket = budget.force(Bucket::Users, at(0.0));
        budget.settle(ticket, answer(0.0, limit, left), at(0.0));
    }
    budget
}

/// What is left of a window after one call of ours.
fn shared(limit: u32, remaining: u32) -> Budget {
    let mut budget = Budget::new(1.0, 1000);
    let ticket = budget.force(Bucket::Users, at(0.0));
    budget.settle(ticket, answer(0.0, limit, remaining), at(0.0));
    budget
}

fn drain(budget: &mut Budget, urgency: Urgency, now: f64) -> usize {
    std::iter::from_fn(|| budget.take(Bucket::Users, urgency, at(now)).ok()).count()
}

#[test]
fn an_unknown_window_lets_one_call_go_alone_in_each_bucket() {
    let mut budget = Budget::new(1.0, 10);
    let first = budget.take(Bucket::Users, Joiner, at(0.0)).unwrap();
    assert_eq!(budget.take(Bucket::Users, Joiner, at(0.0)).unwrap_err(), Refusal::Answer);
    assert!(budget.take(Bucket::Get, Repair, at(0.0)).is_ok());
    budget.settle(first, Outcome::Unsent, at(0.1));
    let second = budget.take(Bucket::Users, Change, at(0.1)).unwrap();
    budget.settle(second, answer(0.1, 100, 99), at(0.1));
    assert!(drain(&mut budget, Change, 0.2) > 5);
}

#[test]
fn a_share_is_used_and_its_tenth_is_kept_for_leavers() {
    let mut budget = learnt(0.5, 100, 99);
    // 50 are ours, one is spent, 5 are kept.
    assert_eq!(drain(&mut budget, Joiner, 1.0), 44);
    assert_eq!(drain(&mut budget, Leaver, 1.0), 5);
    assert_eq!(budget.slots_free(), 1000 - 49);
}

#[test]
fn what_others_left_is_the_limit() {
    let mut budget = shared(100, 30);
    assert_eq!(drain(&mut budget, Change, 1.0), 2, "others may spend ten for each of ours");
    for left in [29, 28, 20, 11] {
        let ticket = budget.force(Bucket::Users, at(1.0));
        budget.settle(ticket, answer(1.0, 100, left), at(1.0));
    }
    assert_eq!(budget.take(Bucket::Users, Change, at(1.0)).unwrap_err(), Refusal::Answer);
    let ticket = budget.force(Bucket::Users, at(1.0));
    budget.settle(ticket, answer(1.0, 100, 10), at(1.0));
    assert_eq!(budget.take(Bucket::Users, Change, at(1.0)).unwrap_err(), Refusal::Spent(at(57.0)));
}

#[test]
fn the_mirror_takes_at_most_half() {
    let mut budget = learnt(0.5, 100, 99);
    assert_eq!(drain(&mut budget, Repair, 1.0), 24);
    assert_eq!(drain(&mut budget, Repair, 59.5), 0);
    assert_eq!(drain(&mut budget, Change, 1.0), 20);
}

#[test]
fn the_kept_tenth_is_released_at_the_end_of_the_window() {
    let mut budget = learnt(1.0, 100, 10);
    assert_eq!(budget.take(Bucket::Users, Change, at(1.0)).unwrap_err(), Refusal::Spent(at(57.0)));
    assert_eq!(drain(&mut budget, Change, 57.0), 1, "others may have spent it long ago");
    let ticket = budget.force(Bucket::Users, at(57.0));
    budget.settle(ticket, answer(57.0, 100, 8), at(57.0));
    assert_eq!(drain(&mut budget, Change, 57.0), 7);
}

#[test]
fn a_spent_window_waits_for_its_end_by_oktas_clock() {
    let mut budget = Budget::new(1.0, 10);
    let first = budget.take(Bucket::Users, Change, at(0.0)).unwrap();
    // Okta is ten minutes ahead of us.
    let limits = Limits {
        status: 200,
        limit: Some(600),
        remaining: Some(0),
        reset: Some(at(640.0).timestamp()),
        date: Some(at(600.0)),
        retry_after: None,
    };
    budget.settle(first, Outcome::Answered(limits), at(0.0));
    assert_eq!(budget.skew(), Some(TimeDelta::minutes(10)));
    assert_eq!(budget.take(Bucket::Users, Leaver, at(1.0)).unwrap_err(), Refusal::Spent(at(41.0)));
    assert_eq!(drain(&mut budget, Leaver, 41.0), 2, "a new window is learnt by one call, or two");
}

#[test]
fn late_answers_of_an_old_window_change_nothing() {
    let mut budget = learnt(1.0, 100, 1);
    let late = budget.force(Bucket::Users, at(0.0));
    let first = budget.force(Bucket::Users, at(0.0));
    budget.settle(first, answer_until(61.5, 100, 99, 121.0), at(61.5));
    budget.settle(late, answer(59.0, 100, 0), at(61.6));
    assert_eq!(drain(&mut budget, Leaver, 62.0), 99);
}

#[test]
fn answers_out_of_order_keep_the_least() {
    let mut budget = learnt(1.0, 100, 99);
    let (one, two) = (budget.force(Bucket::Users, at(0.0)), budget.force(Bucket::Users, at(0.0)));
    budget.settle(two, answer(0.0, 100, 97), at(1.0));
    budget.settle(one, answer(0.0, 100, 98), at(1.0));
    assert_eq!(drain(&mut budget, Leaver, 1.0), 97);
}

#[test]
fn while_answers_are_due_a_refusal_is_short() {
    let mut budget = learnt(1.0, 100, 2);
    let tickets = [(); 2].map(|()| budget.take(Bucket::Users, Leaver, at(1.0)).unwrap());
    assert_eq!(budget.take(Bucket::Users, Leaver, at(1.0)).unwrap_err(), Refusal::Answer);
    for ticket in tickets {
        budget.settle(ticket, Outcome::Lost, at(2.0));
    }
    assert_eq!(budget.take(Bucket::Users, Leaver, at(2.0)).unwrap_err(), Refusal::Spent(at(61.0)));
}

#[test]
fn a_rate_429_closes_the_bucket_until_the_reset() {
    let mut budget = learnt(1.0, 100, 50);
    let ticket = budget.take(Bucket::Users, Change, at(10.0)).unwrap();
    let limits = Limits {
        status: 429,
        limit: Some(100),
        remaining: Some(0),
        reset: Some(at(60.0).timestamp()),
        ..Limits::default()
    };
    budget.settle(ticket, Outcome::Answered(Limits { date: Some(at(10.0)), ..limits }), at(10.0));
    assert_eq!(budget.take(Bucket::Users, Leaver, at(10.0)).unwrap_err(), Refusal::Spent(at(61.0)));
    assert!(budget.take(Bucket::Get, Change, at(10.0)).is_ok());
    assert_eq!(drain(&mut budget, Change, 61.0), 1, "others must have been at it");
}

#[test]
fn no_wait_is_longer_than_any_window() {
    let mut budget = Budget::new(1.0, 10);
    let ticket = budget.force(Bucket::Users, at(0.0));
    budget.settle(ticket, answer_until(0.0, 100, 0, 100_000.0), at(0.0));
    assert_eq!(budget.take(Bucket::Users, Leaver, at(0.0)).unwrap_err(), Refusal::Spent(at(90.0)));
    // Our clock is set back by an hour.
    assert_eq!(drain(&mut budget, Leaver, -0.0_f64.max(0.0)), 0);
    let closed = budget.force(Bucket::Get, at(0.0));
    budget.settle(closed, status(429, None, None), at(3600.0));
    assert!(budget.take(Bucket::Get, Leaver, at(3601.0)).is_err());
    assert!(budget.take(Bucket::Get, Leaver, at(1.0)).is_ok());
}

#[test]
fn too_many_at_once_halves_once_and_grows_back_slowly() {
    let mut budget = Budget::new(1.0, 8);
    budget.meters[0].unmetered = true;
    let tickets: Vec<_> = (0..8).map(|_| budget.take(Bucket::Users, Change, at(0.0)).unwrap()).collect();
    assert_eq!(budget.take(Bucket::Users, Leaver, at(0.0)).unwrap_err(), Refusal::Slot);
    for ticket in tickets {
        budget.settle(ticket, status(429, Some(0), Some(140.0)), at(0.0));
    }
    assert_eq!(budget.slots_free(), 4, "eight answers to one burst count once");
    for expected in [2, 1, 1] {
        let ticket = budget.take(Bucket::Users, Change, at(0.0)).unwrap();
        budget.settle(ticket, status(429, Some(0), Some(140.0)), at(0.0));
        assert_eq!(budget.slots_free(), expected);
    }
    for (calls, expected) in [(9, 1), (1, 2), (19, 2), (1, 3), (1000, 8)] {
        for _ in 0..calls {
            let ticket = budget.force(Bucket::Users, at(0.0));
            budget.settle(ticket, status(200, None, None), at(0.0));
        }
        assert_eq!(budget.slots_free(), expected);
    }
}

#[test]
fn without_limits_in_the_answers_only_slots_count() {
    let mut budget = Budget::new(1.0, 20);
    let ticket = budget.take(Bucket::Users, Change, at(0.0)).unwrap();
    budget.settle(ticket, status(502, None, None), at(0.0));
    assert_eq!(drain(&mut budget, Change, 0.0), 1, "a gateway's error page proves nothing");
    let mut budget = Budget::new(1.0, 20);
    let ticket = budget.take(Bucket::Users, Change, at(0.0)).unwrap();
    budget.settle(ticket, status(200, None, None), at(0.0));
    assert_eq!(drain(&mut budget, Repair, 0.0), 20);
}

#[test]
fn a_call_that_hangs_does_not_hold_up_the_rest() {
    let mut budget = Budget::new(1.0, 10);
    let hung = budget.take(Bucket::Users, Repair, at(0.0)).unwrap();
    assert_eq!(drain(&mut budget, Joiner, 2.9), 0);
    assert_eq!(drain(&mut budget, Leaver, 2.9), 1, "one more for a leaver");
    assert_eq!(drain(&mut budget, Joiner, 6.1), 1);
    assert_eq!(drain(&mut budget, Joiner, 9.1), 1);
    budget.settle(hung, Outcome::Lost, at(30.0));
    assert_eq!(drain(&mut budget, Joiner, 30.0), 0, "three are still in flight");
    assert_eq!(drain(&mut budget, Joiner, 39.1), 1);
}

#[test]
fn lost_answers_cost_a_call_each_and_close_nothing() {
    let mut budget = Budget::new(1.0, 100);
    for _ in 0..20 {
        let ticket = budget.take(Bucket::Users, Change, at(0.0)).unwrap();
        budget.settle(ticket, Outcome::Lost, at(0.0));
    }
    let mut budget = learnt(1.0, 100, 99);
    for _ in 0..20 {
        let ticket = budget.take(Bucket::Users, Change, at(0.5)).unwrap();
        budget.settle(ticket, Outcome::Lost, at(0.5));
    }
    assert_eq!(drain(&mut budget, Leaver, 0.5), 79);
}

#[test]
fn the_last_calls_go_one_at_a_time_where_others_spend_as_well() {
    // 60 are gone, one of them by us.
    let mut budget = shared(100, 40);
    assert_eq!(drain(&mut budget, Leaver, 0.0), 4);
    // One of theirs for each of ours.
    let mut budget = learnt(1.0, 100, 99);
    for left in [97, 95, 93, 91] {
        let ticket = budget.take(Bucket::Users, Leaver, at(0.0)).unwrap();
        budget.settle(ticket, answer(0.0, 100, left), at(0.0));
    }
    assert_eq!(drain(&mut budget, Leaver, 0.0), 46, "half of what is left");
    // They have stopped.
    let ticket = budget.force(Bucket::Users, at(0.0));
    budget.settle(ticket, answer(0.0, 100, 90), at(0.0));
    assert_eq!(drain(&mut budget, Leaver, 0.0), 44);
}

#[test]
fn limits_change_between_windows_and_resets_by_a_second() {
    let mut budget = learnt(0.5, 100, 99);
    let ticket = budget.force(Bucket::Users, at(0.5));
    budget.settle(ticket, answer_until(0.5, 100, 98, 59.0), at(0.5));
    assert_eq!(drain(&mut budget, Leaver, 0.5), 48, "the same window");
    let mut budget = learnt(0.5, 100, 99);
    let ticket = budget.force(Bucket::Users, at(62.0));
    budget.settle(ticket, answer_until(62.0, 40, 39, 122.0), at(62.0));
    assert_eq!(drain(&mut budget, Leaver, 62.0), 19);
}
