//! Who is due, and in which order.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use okta_provisioner::domain::account::{OktaId, Status};
use okta_provisioner::domain::event::Kind;
use okta_provisioner::ledger::{Settlement, Waiting};
use serde_json::json;

use super::{Book, due_at, end};
use crate::people::{account, at, event, hire, last_day, now};

#[tokio::test]
async fn leavers_before_joiners_before_changes_and_the_oldest_first() {
    let book = Book::new();
    let linked = [("1", "a@x.com"), ("2", "b@x.com")];
    book.hired(&linked).await;
    for (id, email) in linked {
        let mut end = end(&book.person(id).await);
        end.employee.memory.link = Some(OktaId(format!("00u{id}")));
        end.accounts = vec![account(&format!("00u{id}"), email, Status::Active)];
        book.settle(end).await;
    }
    // Each is due at the time that it is merged at, and wanted since HR said it.
    let minute = |n| now() - TimeDelta::minutes(n);
    for (at, event) in [
        (minute(9), event("1", "05-01", Kind::Changed, &json!({"work.title": "CTO"}))),
        (minute(8), event("3", "05-01", Kind::Hired, &hire("c@x.com", "03-01"))),
        (minute(7), event("4", "05-01", Kind::Hired, &hire("d@x.com", "03-01"))),
        (minute(7), event("5", "04-01", Kind::Hired, &hire("e@x.com", "03-01"))),
        (minute(6), event("6", "05-01", Kind::Terminated, &last_day("04-30"))),
        (minute(5), event("2", "05-01", Kind::Terminated, &last_day("04-30"))),
        (minute(1), event("7", "05-01", Kind::Hired, &hire("f@x.com", "03-01"))),
    ] {
        book.ledger.merge(vec![event], at).await.unwrap();
    }
    assert_eq!(book.due().await, ["6", "2", "5", "3", "4", "7", "1"]);
    let due = async |most, out: &[(&str, Option<i64>)]| {
        let out: HashMap<_, _> = out.iter().map(|(id, same)| ((*id).to_owned(), *same)).collect();
        let due = book.ledger.due(now(), most, Arc::new(out)).await.unwrap();
        due.people.into_iter().map(|person| person.employee.id).collect::<Vec<_>>()
    };
    assert_eq!(due([2; 4], &[("6", None), ("5", None)]).await, ["2", "3", "4", "1"], "in a turn");
    assert_eq!(due([0, 2, 0, 1], &[]).await, ["5", "3"]);
    let same = book.person("5").await.revision;
    assert_eq!(due([0, 1, 0, 0], &[("5", Some(same))]).await, ["3"], "waits for its budget");
    let news = event("5", "05-02", Kind::Changed, &json!({"work.title": "CTO"}));
    book.ledger.merge(vec![news], now()).await.unwrap();
    assert_eq!(due([0, 1, 0, 0], &[("5", Some(same))]).await, ["5"], "is another one now");
}

#[tokio::test]
async fn a_person_is_due_when_the_time_comes_and_not_before() {
    let book = Book::new();
    book.hired(&[("1", "a@x.com"), ("2", "b@x.com"), ("3", "c@x.com")]).await;
    for (id, on) in [("1", Some("07-01")), ("2", Some("06-15")), ("3", None)] {
        let mut end = end(&book.person(id).await);
        end.due_at = on.map(at);
        book.settle(end).await;
    }
    assert_eq!(book.due().await, [""; 0]);
    let next = async |at| book.ledger.due(at, [1; 4], Arc::default()).await.unwrap().next;
    assert_eq!(next(now()).await, Some(at("06-15")));
    assert_eq!(due_at(&book.ledger, at("06-14T23:59:59")).await, [""; 0]);
    assert_eq!(due_at(&book.ledger, at("06-15")).await, ["2"]);
    assert_eq!(next(at("06-15")).await, None, "nobody asks before those who are due have been taken");
    assert_eq!(due_at(&book.ledger, at("07-01")).await, ["2", "1"]);
}

#[tokio::test]
async fn a_leave_date_to_come_is_a_leavers_work() {
    let book = Book::new();
    book.hired(&[("1", "a@x.com"), ("2", "b@x.com")]).await;
    let leaving = event("2", "05-01", Kind::Terminated, &last_day("06-05"));
    book.ledger.merge(vec![leaving], now()).await.unwrap();
    for (id, on) in [("1", "06-04"), ("2", "06-06")] {
        let mut end = end(&book.person(id).await);
        end.due_at = Some(at(on));
        book.settle(end).await;
    }
    assert_eq!(due_at(&book.ledger, at("06-06")).await, ["2", "1"]);
}

#[tokio::test]
async fn what_is_tried_again_does_not_wait_for_a_time_that_a_wrong_clock_has_set() {
    let book = Book::new();
    book.hired(&[("1", "a@x.com"), ("2", "b@x.com"), ("3", "c@x.com")]).await;
    for (id, waiting) in [("1", Some(Waiting::Retry)), ("2", Some(Waiting::Hr)), ("3", None)] {
        let end = end(&book.person(id).await);
        book.settle(Settlement { due_at: Some(at("07-11")), since: at("07-10"), waiting, ..end }).await;
    }
    book.ledger.set_back(at("07-10"), now()).await.unwrap();
    assert_eq!(book.all_due().await, ["1", "2"], "the third waits for a date");
}

#[tokio::test]
async fn whoever_is_parked_has_the_urgency_of_now() {
    let book = Book::new();
    book.hired(&[("1", "a@x.com")]).await;
    let between = [
        event("1", "04-01", Kind::Terminated, &last_day("04-30")),
        event("1", "05-01", Kind::Changed, &json!({"work.startDate": "2026-07-01"})),
    ];
    book.ledger.merge(between.to_vec(), now()).await.unwrap();
    let parked =
        |person| Settlement { due_at: Some(at("07-01")), waiting: Some(Waiting::Paused), ..end(&person) };
    book.settle(parked(book.person("1").await)).await;
    assert_eq!(i64::from(book.person("1").await.urgency), 0, "access remains that should be cut");
}
