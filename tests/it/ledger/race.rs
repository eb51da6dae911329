//! What happens between the beginning of a turn and its end is not lost.

use std::sync::Arc;

use okta_provisioner::domain::account::{OktaId, Status};
use okta_provisioner::domain::block::Block;
use okta_provisioner::domain::employee::Creating;
use okta_provisioner::domain::event::Kind;
use okta_provisioner::domain::plan::Step;
use okta_provisioner::ledger::{Intent, Report, Settlement, Verb, Waiting, Wish, Word};
use serde_json::json;

use super::{Book, blocked, end};
use crate::people::{account, event, hire, last_day, now};

#[tokio::test]
async fn facts_that_come_during_a_turn_leave_the_person_due_and_keep_what_was_done() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com")]).await;
    let begun = book.person("1").await;
    let gone = event("1", "05-01", Kind::Terminated, &last_day("05-02"));
    book.ledger.merge(vec![gone], now()).await.unwrap();
    let mut end = end(&begun);
    end.employee.memory.link = Some(OktaId("00u1".into()));
    end.accounts = vec![account("00u1", "ann@x.com", Status::Provisioned)];
    book.settle(end).await;
    assert_eq!(book.due().await, ["1"]);
    let person = book.person("1").await;
    assert_eq!(person.employee.memory.link, Some(OktaId("00u1".into())));
    assert_eq!(person.view.linked.map(|account| account.status), Some(Status::Provisioned));
    assert!(person.employee.facts.date("employee.lastDayOfWork").is_some(), "the news is kept");
    assert_eq!(i64::from(person.urgency), 0, "a leaver overtakes, though the turn was a joiner's");
    book.rest("1").await;
    assert_eq!(book.due().await, [""; 0]);
}

#[tokio::test]
async fn an_intent_survives_and_leaves_the_person_due() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com")]).await;
    let mut person = book.person("1").await;
    let creating = Creating { login: "ann@x.com".into(), at: now(), misses: 0 };
    person.employee.memory.creating = Some(creating.clone());
    let intent = book.ledger.intend(&person.employee, vec![], vec![], None, now()).await.unwrap();
    assert_eq!(intent, Intent::Kept(None));
    // As after a crash.
    let again = Book { ledger: super::open(&book.path()), ..Book::new() };
    assert_eq!(again.due().await, ["1"]);
    assert_eq!(again.person("1").await.employee.memory.creating, Some(creating));
    assert_eq!(again.person("1").await.revision, person.revision);
}

#[tokio::test]
async fn whoever_finds_a_login_taken_that_is_freed_meanwhile_is_due_again() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com"), ("2", "ann@x.com")]).await;
    book.rest("1").await;
    let begun = book.person("2").await;
    let moved = event("1", "05-01", Kind::Changed, &json!({"root.email": "bob@x.com"}));
    book.ledger.merge(vec![moved], now()).await.unwrap();
    book.settle(blocked(&begun, Block::EmailShared { owner: "1".into() })).await;
    assert!(book.due().await.contains(&"2".to_owned()), "nobody would wake them later");
}

#[tokio::test]
async fn whoever_waits_for_a_mirror_that_is_complete_meanwhile_is_due_again() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com")]).await;
    let begun = book.person("1").await;
    assert!(!begun.view.mirror_loaded);
    book.ledger.mirrored(now()).await.unwrap();
    book.settle(Settlement { waiting: Some(Waiting::Mirror), ..end(&begun) }).await;
    assert_eq!(book.due().await, ["1"]);
    assert!(book.person("1").await.view.mirror_loaded);
}

#[tokio::test]
async fn an_operators_link_is_not_undone_by_a_turn_that_began_before() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com"), ("2", "bob@x.com")]).await;
    let mut first = end(&book.person("1").await);
    first.employee.memory.link = Some(OktaId("00u1".into()));
    first.accounts = vec![account("00u1", "ann@x.com", Status::Active)];
    book.settle(first).await;
    let (one, two) = (book.person("1").await, book.person("2").await);
    let link =
        Wish { verb: Verb::Link, employee: Some("2".into()), argument: Some("00u1".into()), operator: None };
    link.leave(&book.path(), now()).unwrap();
    book.ledger.grant_wishes(now()).await.unwrap();
    // Neither the former holder's turn nor the new one's.
    for begun in [one, two] {
        let intent = book.ledger.intend(&begun.employee, vec![], vec![], None, now()).await.unwrap();
        assert_eq!(intent, Intent::Moved);
        book.settle(end(&begun)).await;
    }
    assert_eq!(book.person("1").await.employee.memory.link, None);
    assert_eq!(book.person("2").await.employee.memory.link, Some(OktaId("00u1".into())));
    assert_eq!(book.due().await.len(), 2);
    book.rest("2").await;
    assert_eq!(book.due().await, ["1"]);
}

/// A book in which 1 is linked to an account that is cut in Okta, and blocked for that.
async fn cut() -> (Book, Block) {
    let (book, block) = (Book::new(), Block::CutInOkta { account: OktaId("00u1".into()) });
    book.hired(&[("1", "ann@x.com")]).await;
    let mut first = blocked(&book.person("1").await, block.clone());
    first.employee.memory.link = Some(OktaId("00u1".into()));
    first.accounts = vec![account("00u1", "ann@x.com", Status::Deprovisioned)];
    book.settle(first).await;
    (book, block)
}

#[tokio::test]
async fn an_approval_is_not_undone_by_a_turn_that_began_before() {
    let (book, block) = cut().await;
    let begun = book.person("1").await;
    let held = Report::open(&book.path()).unwrap().held().unwrap();
    Word::wish(&held[0], false, true, None, None).leave(&book.path(), now()).unwrap();
    assert_eq!(book.ledger.grant_wishes(now()).await.unwrap().activities.len(), 2);
    let reactivate = async || book.person("1").await.employee.memory.reactivate;
    let intent = book.ledger.intend(&begun.employee, vec![], vec![], None, now()).await.unwrap();
    assert_eq!((intent, reactivate().await), (Intent::Kept(None), Some(OktaId("00u1".into()))));
    book.settle(blocked(&begun, block)).await;
    assert_eq!((reactivate().await, book.due().await), (Some(OktaId("00u1".into())), vec!["1".into()]));
    // A turn that knows of it may end it.
    let mut last = end(&book.person("1").await);
    last.employee.memory.forget_cut();
    book.settle(last).await;
    assert_eq!((reactivate().await, book.due().await), (None, vec![]));
}

#[tokio::test]
async fn a_repair_is_not_undone_by_a_turn_that_began_before() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com")]).await;
    let mut first = end(&book.person("1").await);
    first.employee.memory.link = Some(OktaId("00u1".into()));
    first.accounts = vec![account("00u1", "ann@x.com", Status::Active)];
    book.settle(first).await;
    let repair = async || {
        let found = book.ledger.compare_all(Arc::default(), now(), now()).await.unwrap();
        assert_eq!(found.doubtful, None);
        assert_eq!(book.ledger.repair_drift(now()).await.unwrap(), 1);
    };
    let begun = book.person("1").await;
    repair().await;
    book.settle(Settlement { waiting: Some(Waiting::Retry), ..end(&begun) }).await;
    assert_eq!(book.person("1").await.employee.memory.missing_since, Some(now()));
    // It is about the account that was linked then.
    let mut unlinked = end(&begun);
    unlinked.employee.memory.link = None;
    book.settle(unlinked).await;
    assert_eq!(book.person("1").await.employee.memory.missing_since, None);
}

#[tokio::test]
async fn two_turns_that_adopt_one_account_end_with_one_owner() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com"), ("2", "bob@x.com")]).await;
    let mut ends = Vec::new();
    for id in ["1", "2"] {
        let mut end = end(&book.person(id).await);
        end.employee.memory.link = Some(OktaId("00u1".into()));
        ends.push(end);
    }
    for end in ends {
        book.settle(end).await;
    }
    assert_eq!(book.person("1").await.employee.memory.link, Some(OktaId("00u1".into())));
    assert_eq!(book.person("2").await.employee.memory.link, None);
    assert_eq!(book.due().await, ["2"], "to be decided again");
    // Nothing of it keeps others from being written down.
    let third = event("3", "05-01", Kind::Hired, &hire("eve@x.com", "03-01"));
    book.ledger.merge(vec![third], now()).await.unwrap();
}

/// An operator says one thing and then another while a turn, begun in between, has decided to park.
async fn parked_too_late(orders: [(Verb, &str); 2], waiting: Waiting) -> Vec<String> {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com")]).await;
    let mut begun = None;
    for (verb, argument) in orders {
        let wish = Wish { verb, employee: None, argument: Some(argument.into()), operator: None };
        wish.leave(&book.path(), now()).unwrap();
        book.ledger.grant_wishes(now()).await.unwrap();
        if begun.is_none() {
            let mut person = book.person("1").await;
            let stands = book.ledger.pause_against("1", &Step::Suspend);
            person.employee.memory.paused = stands.map(|pause| pause.name());
            begun = Some(person);
        }
    }
    let end = Settlement { waiting: Some(waiting), ..end(&begun.unwrap()) };
    book.settle(end).await;
    book.due().await
}

#[tokio::test]
async fn whoever_parks_for_what_is_over_meanwhile_is_due_again() {
    let paused = |then| parked_too_late([(Verb::Pause, "all"), then], Waiting::Paused);
    assert_eq!(paused((Verb::Resume, "all")).await, ["1"]);
    assert_eq!(paused((Verb::Pause, "step:update")).await, [""; 0], "it is still paused");
    let observed = |then| parked_too_late([(Verb::Mode, "observe"), then], Waiting::Observe);
    assert_eq!(observed((Verb::Mode, "apply")).await, ["1"]);
    assert_eq!(observed((Verb::Pause, "all")).await, [""; 0]);
}
