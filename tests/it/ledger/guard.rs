//! Who may be cut, who is held, and what an operator's word does.

#[path = "guard/word.rs"]
mod word;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use okta_provisioner::domain::access::{Access, Desired, Why};
use okta_provisioner::domain::account::{OktaId, Status};
use okta_provisioner::domain::block::Block;
use okta_provisioner::domain::employee::Memory;
use okta_provisioner::domain::event::Kind;
use okta_provisioner::domain::guard::{Claim, Effect, Guard, Limit};
use okta_provisioner::ledger::{Held, Intent, Ledger, Report, Settlement, Waiting, Wish, Word};
use proptest::prelude::*;
use serde_json::json;

use super::{Book, ORG, end};
use crate::people::{account, at, event, hire, now, rules};

fn limit(count: u32) -> Limit {
    Limit { count, share: 0.0 }
}

/// So many people with accounts, the first five in one department, under these limits.
async fn staff(people: usize, guard: Guard) -> Book {
    let book = Book::new();
    let path = book.folder.path().join("staff.sqlite3");
    let rules = okta_provisioner::domain::decide::Rules { guard, ..rules() };
    let ledger = Ledger::open(&path, ORG, Arc::new(rules)).expect("a ledger that opens");
    let book = Book { ledger, ..book };
    let hired = |n: usize| {
        let department = if n < 5 { "Sales" } else { "Rest" };
        let mut fields = hire(&format!("p{n}@x.com"), "03-01");
        fields["work.title"] = department.into();
        event(&n.to_string(), "01-01", Kind::Hired, &fields)
    };
    book.ledger.merge((0..people).map(hired).collect(), now()).await.expect("merged");
    for n in 0..people {
        let mut end = end(&book.person(&n.to_string()).await);
        let id = format!("00u{n}");
        end.employee.memory = Memory { link: Some(OktaId(id.clone())), ..Memory::default() };
        end.accounts = vec![account(&id, &format!("p{n}@x.com"), Status::Active)];
        book.settle(end).await;
    }
    book
}

fn guard(cuts: Limit) -> Guard {
    Guard { cuts, of_value: Limit { count: 0, share: 1.0 }, ..Guard::default() }
}

fn leaves(wish: &str) -> Claim {
    Claim { effect: Effect::Cut, wish: wish.into() }
}

impl Book {
    /// Asks for a cut, as a turn does just before the call.
    async fn cut(&self, id: &str, at: DateTime<Utc>) -> Intent {
        self.cut_for(id, "left", at).await
    }

    async fn cut_for(&self, id: &str, wish: &str, at: DateTime<Utc>) -> Intent {
        let person = self.person(id).await;
        let intent =
            self.ledger.intend(&person.employee, vec![], vec![], Some(leaves(wish)), at).await.unwrap();
        if let Intent::Held(block) = &intent {
            self.wait(id, block.clone(), at).await;
        }
        intent
    }

    async fn wait(&self, id: &str, block: Block, at: DateTime<Utc>) {
        let end = end(&self.person(id).await);
        let end = Settlement {
            desired: Desired {
                access: Access::Deactivated,
                why: Why::LeftByStatus(now()),
                ..end.desired.clone()
            },
            waiting: Some(Waiting::Block),
            block: Some(block),
            ..end
        };
        self.ledger.settle(end, at).await.unwrap();
    }

    fn held(&self) -> Vec<Held> {
        Report::open(&self.folder.path().join("staff.sqlite3")).unwrap().held().unwrap()
    }

    /// What an operator says of somebody who is held.
    async fn say(&self, id: &str, reject: bool) {
        self.say_of(id, reject, true).await;
    }

    async fn say_of(&self, id: &str, reject: bool, named: bool) {
        let held = self.held().into_iter().find(|held| held.employee == id).expect("somebody who is held");
        let wish = Word::wish(&held, reject, named, Some("ticket 4711".into()), Some("zoe".into()));
        Wish::leave_all(&[wish], &self.folder.path().join("staff.sqlite3"), now()).unwrap();
        self.ledger.grant_wishes(now()).await.unwrap();
    }
}

fn batch(intent: &Intent) -> Option<i64> {
    match intent {
        Intent::Held(Block::OverLimit { batch, .. }) => Some(*batch),
        _ => None,
    }
}

const FREE: Intent = Intent::Kept(Some(Effect::Cut));

#[tokio::test]
async fn turns_beside_each_other_cannot_pass_the_limit_together() {
    let book = staff(12, guard(limit(3))).await;
    let ids: Vec<String> = (0..12).map(|n| n.to_string()).collect();
    let intents = join_all(ids.iter().map(|id| book.cut(id, now()))).await;
    assert_eq!(intents.iter().filter(|intent| **intent == FREE).count(), 3);
    assert_eq!(intents.iter().filter(|intent| batch(intent) == Some(1)).count(), 9);
    assert_eq!(book.held().len(), 9);
}

#[tokio::test]
async fn a_share_is_of_those_who_have_access_or_lost_it_within_the_window() {
    let book = staff(40, guard(Limit { count: 0, share: 0.1 })).await;
    for n in 0..4 {
        // More than a minute apart, so that people are counted anew each time.
        let then = now() + TimeDelta::minutes(2 * n);
        assert_eq!(book.cut(&n.to_string(), then).await, FREE, "{n}");
        let mut end = end(&book.person(&n.to_string()).await);
        end.accounts = vec![account(&format!("00u{n}"), "x@x.com", Status::Deprovisioned)];
        end.desired = Desired { access: Access::Deactivated, why: Why::LeftByStatus(now()), ..end.desired };
        book.settle(end).await;
    }
    assert_eq!(batch(&book.cut("5", now() + TimeDelta::minutes(10)).await), Some(1));
    // A day later the window is empty; of the 36 who are left the tenth is three.
    let later = now() + TimeDelta::hours(25);
    for (n, free) in [(6, true), (7, true), (8, true), (9, false)] {
        assert_eq!(book.cut(&n.to_string(), later).await == FREE, free, "{n}");
    }
}

#[tokio::test]
async fn who_is_held_stays_so_when_the_window_slides_and_at_a_restart() {
    let book = staff(4, guard(limit(1))).await;
    assert_eq!(book.cut("0", now()).await, FREE);
    assert_eq!(batch(&book.cut("1", now()).await), Some(1));
    let later = now() + TimeDelta::days(3);
    assert_eq!(batch(&book.cut("1", later).await), Some(1), "it does not drip out");
    assert_eq!(batch(&book.cut_for("1", "left on another day", later).await), Some(1));
    let rules = okta_provisioner::domain::decide::Rules { guard: guard(limit(9)), ..rules() };
    let path = book.folder.path().join("staff.sqlite3");
    let again = Book { ledger: Ledger::open(&path, ORG, Arc::new(rules)).unwrap(), ..book };
    assert_eq!(batch(&again.cut("1", later).await), Some(1), "nor by another limit");
    // HR takes it back; what it wants later is another matter.
    again.rest("1").await;
    assert_eq!(again.cut("1", later).await, FREE);
}

#[tokio::test]
async fn the_clock_set_back_gives_no_second_limit() {
    let book = staff(4, guard(limit(1))).await;
    let ahead = now() + TimeDelta::days(2);
    assert_eq!(book.cut("0", ahead).await, FREE);
    book.ledger.set_back(ahead, now()).await.unwrap();
    assert_eq!(batch(&book.cut("1", now() + TimeDelta::hours(23)).await), Some(1));
    assert_eq!(book.cut("2", now() + TimeDelta::hours(25)).await, FREE);
}

#[tokio::test]
async fn to_ask_by_a_clock_that_is_ahead_forgets_nothing() {
    let book = staff(3, guard(limit(1))).await;
    assert_eq!(book.cut("0", now()).await, FREE);
    let ahead = now() + TimeDelta::days(40);
    assert_eq!(book.ledger.guard("1", leaves("left"), ahead).await.unwrap(), None, "and nobody is cut by it");
    book.ledger.set_back(ahead, now()).await.unwrap();
    assert_eq!(batch(&book.cut("1", now()).await), Some(1));
}

#[tokio::test]
async fn what_okta_refused_does_not_count_and_who_is_cut_twice_counts_once() {
    let book = staff(4, guard(limit(2))).await;
    assert_eq!(book.cut("0", now()).await, FREE);
    assert_eq!(book.cut("0", now() + TimeDelta::hours(1)).await, FREE);
    assert_eq!(book.cut("1", now()).await, FREE);
    let refused = Settlement { undone: Some(Effect::Cut), ..end(&book.person("1").await) };
    book.settle(refused).await;
    assert_eq!(book.cut("2", now()).await, FREE);
    assert_eq!(batch(&book.cut("3", now()).await), Some(1));
    // The second time is gone, the first is not.
    let refused = Settlement { undone: Some(Effect::Cut), ..end(&book.person("0").await) };
    book.settle(refused).await;
    assert_eq!(batch(&book.cut("1", now()).await), Some(1));
}

#[tokio::test]
async fn a_department_is_not_emptied_slowly_though_hr_blanks_it_first() {
    let of_value = Limit { count: 1, share: 0.5 };
    let book = staff(30, Guard { of_value, field: Some("work.title".into()), ..Guard::default() }).await;
    let day = |n: i64| now() + TimeDelta::days(n);
    // What Okta holds is not changed for somebody who leaves: it still tells.
    let nothing = json!({"work.title": null});
    book.ledger.merge(vec![event("1", "06-01", Kind::Changed, &nothing)], now()).await.unwrap();
    let mut one = end(&book.person("1").await);
    let mut known = account("00u1", "p1@x.com", Status::Active);
    known.profile.insert("title".into(), "Sales".into());
    one.accounts = vec![known];
    book.settle(one).await;
    assert_eq!(book.cut("0", day(0)).await, FREE);
    assert_eq!(book.cut("2", day(1)).await, FREE);
    let Intent::Held(Block::OverLimit { bound, batch: 1 }) = book.cut("3", day(2)).await else {
        panic!("half of the five are gone")
    };
    assert_eq!((bound.most, bound.field.as_deref()), (2, Some("work.title")));
    assert!(!format!("{bound}").contains("Sales"));
    assert_eq!(book.cut("6", day(2)).await, FREE, "others go on");
    // Thirty days later the first two do not count any more; but who is held is.
    assert_eq!(batch(&book.cut("3", day(32)).await), Some(1));
    assert_eq!(book.cut("4", day(32)).await, FREE);
}

#[tokio::test]
async fn what_would_be_held_is_told_and_counts_for_nothing_real() {
    let book = staff(4, guard(limit(2))).await;
    let would =
        async |id: &str| book.ledger.guard_observed(id, leaves("left"), now()).await.unwrap().is_some();
    assert_eq!(
        [would("0").await, would("1").await, would("2").await, would("0").await],
        [false, false, true, false]
    );
    assert_eq!((book.cut("2", now()).await, book.cut("3", now()).await), (FREE, FREE));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// People leave, come back, are refused by Okta, are let through, all at any time, some at once.
    #[test]
    fn no_window_has_more_cuts_than_the_limit_and_what_was_approved(
        acts in prop::collection::vec((0..4_u8, prop::collection::vec(0..14_usize, 1..5), 0..9_i64), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let book = staff(14, guard(limit(3))).await;
            let mut now = at("06-02");
            let mut cuts: Vec<(DateTime<Utc>, usize)> = Vec::new();
            let mut tries = 0;
            for (act, people, hours) in acts {
                now += TimeDelta::hours(hours);
                let people: BTreeSet<usize> = people.into_iter().collect();
                match act {
                    0 | 1 => {
                        let ids: Vec<_> = people.iter().map(|n| (*n, n.to_string())).collect();
                        let asked = ids.iter().map(async |(n, id)| (*n, book.cut(id, now).await));
                        for (n, intent) in join_all(asked).await {
                            tries += 1;
                            match intent {
                                // Okta refuses some.
                                FREE if act == 1 && n % 3 == 0 => {
                                    let end = end(&book.person(&n.to_string()).await);
                                    book.settle(Settlement { undone: Some(Effect::Cut), ..end }).await;
                                }
                                FREE => cuts.push((now, n)),
                                Intent::Kept(None) | Intent::Held(_) => {}
                                other => panic!("{other:?}"),
                            }
                        }
                    }
                    2 => {
                        for held in book.held() {
                            book.say(&held.employee, false).await;
                        }
                    }
                    _ => {
                        for n in people {
                            book.rest(&n.to_string()).await;
                        }
                    }
                }
            }
            for (from, _) in &cuts {
                let window = cuts.iter().filter(|(at, _)| at >= from && *at < *from + TimeDelta::hours(24));
                let people: BTreeSet<usize> = window.map(|(_, n)| *n).collect();
                assert!(people.len() <= 3, "{people:?} in a day from {from}, of {tries} tries");
            }
        });
    }
}
