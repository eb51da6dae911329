use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::okta::limits::Limits;
use Bucket::{Update, Users};
use Urgency::{Change, Joiner, Leaver, Repair};

/// A gate with so many slots, on a clock that shows the seconds.
fn gate(slots: usize) -> (Arc<Gate>, Arc<AtomicI64>) {
    let clock = Arc::new(AtomicI64::new(0));
    let shown = Arc::clone(&clock);
    let now = move || DateTime::UNIX_EPOCH + TimeDelta::seconds(shown.load(Ordering::Relaxed));
    (Arc::new(Gate::new(Budget::new(1.0, slots), Arc::new(now))), clock)
}

fn since(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
}

/// An answer of a window that ends in a minute.
fn shown(gate: &Gate, limit: u32, remaining: u32) -> Outcome {
    let now = gate.now();
    Outcome::Answered(Limits {
        status: 200,
        limit: Some(limit),
        remaining: Some(remaining),
        reset: Some(now.timestamp() + 60),
        date: Some(now),
        retry_after: None,
    })
}

/// What has been told to a waiter by now.
fn told(waiter: &mut Waiter) -> Option<Result<Permit, Spent>> {
    waiter.answer.try_recv().ok()
}

fn is_admitted(waiter: &mut Waiter) -> bool {
    matches!(told(waiter), Some(Ok(_)))
}

#[test]
fn slots_go_by_urgency_and_then_by_age() {
    let (gate, _) = gate(1);
    let mut first = gate.queue(Users, Repair, since(0));
    let mut permit = told(&mut first).expect("an answer").expect("a permit");
    let order = [(Joiner, 2), (Change, 0), (Leaver, 9), (Repair, 0), (Joiner, 1), (Leaver, 8), (Change, 1)];
    let mut waiters: Vec<_> = order
        .map(|(urgency, minutes)| Some((urgency, minutes, gate.queue(Users, urgency, since(minutes)))))
        .into();
    let mut seen = Vec::new();
    while seen.len() < order.len() {
        permit.settle(shown(&gate, 100, 90));
        let mut next = None;
        for place in &mut waiters {
            if let Some((urgency, minutes, waiter)) = place
                && let Some(answer) = told(waiter)
            {
                assert!(next.is_none(), "one slot, one permit");
                seen.push((*urgency, *minutes));
                next = Some(answer.expect("a permit"));
                *place = None;
            }
        }
        permit = next.expect("somebody is told");
    }
    let expected =
        [(Leaver, 8), (Leaver, 9), (Joiner, 1), (Joiner, 2), (Change, 0), (Change, 1), (Repair, 0)];
    assert_eq!(seen, expected);
}

#[test]
fn nobody_is_overtaken_for_ever() {
    let (gate, _) = gate(1);
    let mut order = [(Repair, 0), (Joiner, 19), (Joiner, 21), (Change, 9), (Change, 11)];
    order.sort_by_key(|(urgency, minutes)| rank(*urgency, (since(*minutes), 0)));
    // A change goes before whoever joins ten minutes later, a repair twenty; a leaver before all.
    assert_eq!(order, [(Joiner, 19), (Change, 9), (Repair, 0), (Joiner, 21), (Change, 11)]);
    assert!(rank(Leaver, (since(1000), 9)) < rank(Joiner, (since(0), 0)));
    assert_eq!(gate.slots_free(), 1);
}

#[test]
fn a_spent_bucket_is_told_to_all_who_wait_for_it_and_holds_up_no_other() {
    let (gate, clock) = gate(10);
    let first = told(&mut gate.queue(Users, Joiner, since(0))).expect("an answer").expect("a permit");
    let mut joiners: Vec<_> = (0..5).map(|n| gate.queue(Users, Joiner, since(n))).collect();
    assert!(joiners.iter_mut().all(|waiter| told(waiter).is_none()), "one call finds out");
    let mut change = gate.queue(Update, Change, since(9));
    assert!(is_admitted(&mut change));
    first.settle(shown(&gate, 100, 10));
    let until = DateTime::UNIX_EPOCH + TimeDelta::seconds(57);
    for waiter in &mut joiners {
        let spent = told(waiter).expect("an answer").expect_err("a tenth is kept");
        assert_eq!(spent.until, until);
    }
    assert!(is_admitted(&mut gate.queue(Users, Leaver, since(9))), "for leavers");
    let mut late = gate.queue(Users, Joiner, since(0));
    assert!(matches!(told(&mut late), Some(Err(_))));
    clock.store(57, Ordering::Relaxed);
    assert!(is_admitted(&mut gate.queue(Users, Joiner, since(0))));
}

#[test]
fn where_no_answer_comes_time_lets_the_next_one_go() {
    let (gate, clock) = gate(10);
    let mut hung = gate.queue(Users, Joiner, since(0));
    let hung = told(&mut hung);
    let mut next = gate.queue(Users, Joiner, since(1));
    clock.store(3, Ordering::Relaxed);
    assert!(told(&mut next).is_none(), "nobody has looked");
    next.look_again();
    assert!(is_admitted(&mut next));
    drop(hung);
}

#[test]
fn a_permit_that_nobody_takes_any_more_goes_to_the_next() {
    let (gate, _) = gate(1);
    let permit = told(&mut gate.queue(Users, Joiner, since(0))).expect("an answer").expect("a permit");
    let (one, two) = (gate.queue(Users, Joiner, since(1)), gate.queue(Users, Joiner, since(2)));
    let mut three = gate.queue(Users, Joiner, since(3));
    drop(one);
    drop(permit);
    // It has been told by now, and goes without having looked.
    drop(two);
    assert!(is_admitted(&mut three));
    assert_eq!(gate.slots_free(), 1);
    assert!(gate.state().lines.values().all(BTreeMap::is_empty));
}
