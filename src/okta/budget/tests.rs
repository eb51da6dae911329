use super::*;
use Urgency::{Change, Joiner, Leaver, Repair};

fn at(seconds: f64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
        + TimeDelta::milliseconds(1_000_000)
        + TimeDelta::from_std(Duration::from_secs_f64(seconds)).unwrap()
}

/// An answer of a window that ends at 60 s, by a server whose clock is ours.
fn answer(now: f64, limit: u32, remaining: u32) -> Outcome {
    answer_until(now, limit, remaining, 60.0)
}

fn answer_until(now: f64, limit: u32, remaining: u32, reset: f64) -> Outcome {
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

fn learnt(share: f64, limit: u32, remaining: u32) -> Budget {
    let mut budget = Budget::new(share, 1000);
    let first = budget.take(Bucket::Users, Change, at(0.0)).unwrap();
    budget.settle(first, answer(0.0, limit, remaining), at(0.0));
    budget
}

fn drain(budget: &mut Budget, urgency: Urgency, now: f64) -> usize {
    std::iter::from_fn(|| budget.take(Bucket::Users, urgency, at(now)).ok()).count()
}

#[test]
fn an_unknown_window_lets_one_call_go_alone_in_each_bucket() {
    let mut budget = Budget::new(1.0, 10);
    let first = budget.take(Bucket::Users, Leaver, at(0.0)).unwrap();
    assert_eq!(budget.take(Bucket::Users, Leaver, at(0.0)).unwrap_err(), Refusal::Budget(at(0.05)));
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
    let mut budget = learnt(1.0, 100, 14);
    assert_eq!(drain(&mut budget, Change, 1.0), 4);
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
    assert_eq!(budget.take(Bucket::Users, Change, at(1.0)).unwrap_err(), Refusal::Budget(at(57.0)));
    assert_eq!(drain(&mut budget, Change, 57.0), 10);
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
    assert_eq!(budget.take(Bucket::Users, Leaver, at(1.0)).unwrap_err(), Refusal::Budget(at(41.0)));
    assert_eq!(drain(&mut budget, Leaver, 41.0), 1, "a new window is learnt by one call");
}

#[test]
fn late_answers_of_an_old_window_change_nothing() {
    let mut budget = learnt(1.0, 100, 1);
    let late = budget.force(Bucket::Users);
    let first = budget.force(Bucket::Users);
    budget.settle(first, answer_until(61.5, 100, 99, 121.0), at(61.5));
    budget.settle(late, answer(59.0, 100, 0), at(61.6));
    assert_eq!(drain(&mut budget, Leaver, 62.0), 99);
}

#[test]
fn answers_out_of_order_keep_the_least() {
    let mut budget = learnt(1.0, 100, 99);
    let (one, two) = (budget.force(Bucket::Users), budget.force(Bucket::Users));
    budget.settle(two, answer(0.0, 100, 20), at(1.0));
    budget.settle(one, answer(0.0, 100, 21), at(1.0));
    assert_eq!(drain(&mut budget, Leaver, 1.0), 20);
}

#[test]
fn while_answers_are_due_a_refusal_is_short() {
    let mut budget = learnt(1.0, 100, 2);
    let tickets = [(); 2].map(|()| budget.take(Bucket::Users, Leaver, at(1.0)).unwrap());
    assert_eq!(budget.take(Bucket::Users, Leaver, at(1.0)).unwrap_err(), Refusal::Budget(at(1.05)));
    for ticket in tickets {
        budget.settle(ticket, Outcome::Lost, at(2.0));
    }
    assert_eq!(budget.take(Bucket::Users, Leaver, at(2.0)).unwrap_err(), Refusal::Budget(at(61.0)));
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
    assert_eq!(budget.take(Bucket::Users, Leaver, at(10.0)).unwrap_err(), Refusal::Budget(at(61.0)));
    assert!(budget.take(Bucket::Get, Change, at(10.0)).is_ok());
    assert_eq!(drain(&mut budget, Leaver, 61.0), 1);
}

#[test]
fn no_wait_is_longer_than_any_window() {
    let mut budget = Budget::new(1.0, 10);
    let ticket = budget.force(Bucket::Users);
    budget.settle(ticket, answer_until(0.0, 100, 0, 100_000.0), at(0.0));
    assert_eq!(budget.take(Bucket::Users, Leaver, at(0.0)).unwrap_err(), Refusal::Budget(at(90.0)));
    // Our clock is set back by an hour.
    assert_eq!(drain(&mut budget, Leaver, -0.0_f64.max(0.0)), 0);
    let closed = budget.force(Bucket::Get);
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
            let ticket = budget.force(Bucket::Users);
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

/// A model of Okta: a window of 60 s that starts with its first request, seen through a delay each way.
#[test]
fn alone_there_is_never_a_429_and_the_share_is_used() {
    const LIMIT: u32 = 100;
    for (share, clock) in [(1.0, 0.0), (0.5, 300.4), (0.9, 17.7)] {
        let mut budget = Budget::new(share, 10);
        let (mut ends, mut used, mut served) = (0.0, 0, 0);
        let mut flying: Vec<(f64, f64, Ticket, Option<Outcome>)> = Vec::new();
        for tick in 0..60_000 {
            let now = f64::from(tick) * 0.01;
            let okta = now + clock;
            for (arrives, _, _, outcome) in &mut flying {
                if *arrives <= now && outcome.is_none() {
                    if okta >= ends {
                        (ends, used) = (okta + 60.0, 0);
                    }
                    used += 1;
                    served += 1;
                    assert!(used <= LIMIT, "a 429 at {now} s with share {share}");
                    *outcome = Some(answer_until(okta, LIMIT, LIMIT - used, ends.floor()));
                }
            }
            flying.retain(|(_, lands, ticket, outcome)| match outcome {
                Some(outcome) if *lands <= now => {
                    budget.settle(*ticket, *outcome, at(now));
                    false
                }
                _ => true,
            });
            if let Ok(ticket) = budget.take(Bucket::Users, Leaver, at(now)) {
                flying.push((now + 0.04, now + 0.1 + f64::from(tick % 7) * 0.02, ticket, None));
            }
        }
        // Ten minutes hold nearly ten windows.
        let most = f64::from(LIMIT) * share * 10.0;
        assert!(f64::from(served) <= most && f64::from(served) >= most * 0.9, "{served} of {most}");
    }
}
