//! The budget against a model of Okta: a window of 60 s that starts with its first request, a clock
//! of its own, answers that take their time and overtake each other, other clients.

use super::tests::{answer_until, at};
use super::*;
use Urgency::{Joiner, Leaver};

const LIMIT: u32 = 300;

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap_or_default() % n
    }

    /// Seconds, in hundredths.
    fn time(&mut self, least: u32, most: u32) -> f64 {
        f64::from(least + self.below(most - least)) / 100.0
    }
}

/// A call of ours on its way.
struct Call {
    arrives: f64,
    lands: f64,
    ticket: Ticket,
    outcome: Option<Outcome>,
}

#[derive(Default)]
struct Okta {
    ends: f64,
    used: u32,
    ours: u32,
    /// Used by all and by us, of each window that is over.
    windows: Vec<(u32, u32)>,
}

impl Okta {
    fn take(&mut self, now: f64, ours: bool) -> Outcome {
        if now >= self.ends {
            self.windows.push((self.used, self.ours));
            (self.ends, self.used, self.ours) = (now + 60.0, 0, 0);
        }
        if self.used < LIMIT {
            self.used += 1;
            self.ours += u32::from(ours);
            return answer_until(now, LIMIT, LIMIT - self.used, self.ends.floor());
        }
        let Outcome::Answered(limits) = answer_until(now, LIMIT, 0, self.ends.floor()) else {
            unreachable!()
        };
        Outcome::Answered(Limits { status: 429, ..limits })
    }
}

/// What ten minutes came to.
struct Tally {
    calls: u32,
    refused: u32,
    /// Used by all and by us, of each whole window.
    windows: Vec<(u32, u32)>,
}

/// Ten minutes in which there is always somebody who wants to call; `others` decides in each hundredth
/// of a second whether somebody else does.
fn ten_minutes(
    share: f64,
    urgency: Urgency,
    ahead: f64,
    lost: bool,
    mut others: impl FnMut(&mut Dice, f64) -> bool,
) -> Tally {
    let (mut budget, mut okta, mut dice) = (Budget::new(share, 10), Okta::default(), Dice(7));
    let mut flying: Vec<Call> = Vec::new();
    let (mut calls, mut refused) = (0, 0);
    for tick in 0..60_000 {
        let now = f64::from(tick) / 100.0;
        if others(&mut dice, now) {
            okta.take(now + ahead, false);
        }
        for call in flying.iter_mut().filter(|call| call.arrives <= now && call.outcome.is_none()) {
            let outcome = okta.take(now + ahead, true);
            calls += 1;
            refused += u32::from(matches!(outcome, Outcome::Answered(limits) if limits.status == 429));
            call.outcome = Some(if lost && dice.below(50) == 0 { Outcome::Lost } else { outcome });
        }
        flying.retain(|call| match call.outcome {
            Some(outcome) if call.lands <= now => {
                budget.settle(call.ticket, outcome, at(now));
                false
            }
            _ => true,
        });
        while let Ok(ticket) = budget.take(Bucket::Users, urgency, at(now)) {
            let arrives = now + dice.time(1, 10);
            flying.push(Call { arrives, lands: arrives + dice.time(1, 30), ticket, outcome: None });
        }
    }
    // The first one is what was before anything.
    okta.windows.remove(0);
    Tally { calls, refused, windows: okta.windows }
}

#[test]
fn alone_there_is_never_a_429_and_the_share_is_used() {
    for (share, ahead, lost) in [(1.0, 0.0, false), (0.5, 300.4, false), (0.9, 17.7, false), (0.8, 0.3, true)]
    {
        for urgency in [Leaver, Joiner] {
            let tally = ten_minutes(share, urgency, ahead, lost, |_, _| false);
            assert_eq!(tally.refused, 0, "{share} {urgency:?}");
            let ours = window::ours(LIMIT, share);
            // Whether Okta has counted a call that was lost before anything was known, nobody can tell.
            let most = ours + if lost { 8 } else { 0 };
            for (_, used) in tally.windows {
                assert!(used <= most && used * 100 >= ours * 98, "{used} of {ours}, {share} {urgency:?}");
            }
        }
    }
}

#[test]
fn beside_others_nearly_no_call_meets_the_limit_and_nearly_all_of_it_is_used() {
    type Others = fn(&mut Dice, f64) -> bool;
    // Half of the limit: evenly, in bursts of ten seconds, and at the end of each window.
    let steady: Others = |dice, _| dice.below(40) == 0;
    let bursts: Others = |dice, now| now % 20.0 < 10.0 && dice.below(20) == 0;
    let late: Others = |dice, now| now % 61.0 > 45.0 && dice.below(10) == 0;
    for (name, others) in [("steady", steady), ("bursts", bursts), ("late", late)] {
        for urgency in [Leaver, Joiner] {
            let tally = ten_minutes(1.0, urgency, 0.4, false, others);
            let (used, windows) = (tally.windows.iter().map(|w| w.0).sum::<u32>(), tally.windows.len());
            let all = LIMIT * u32::try_from(windows).unwrap_or_default();
            println!(
                "{name} {urgency:?}: {} of {} refused, {used} of {all} used",
                tally.refused, tally.calls
            );
            assert!(
                tally.refused * 100 <= tally.calls,
                "{name} {urgency:?}: {} of {}",
                tally.refused,
                tally.calls
            );
            assert!(used * 100 >= all * 95, "{name} {urgency:?}: {used} of {all}");
        }
    }
}
