//! Facts are on disk once and for all, in whatever batches they come.

use std::fs;

use futures_util::future::join_all;
use okta_provisioner::domain::event::{Event, Kind};
use okta_provisioner::domain::facts::Facts;
use okta_provisioner::ledger::{Filter, Report};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use super::{Book, open};
use crate::people::{at, event, hire, last_day, now};

fn story() -> Vec<Event> {
    let mut events = Vec::new();
    for id in ["1", "2"] {
        events.extend([
            event(id, "01-01", Kind::Hired, &hire("ann@x.com", "03-01")),
            event(id, "02-01", Kind::Changed, &json!({"work.title": "CTO"})),
            event(id, "02-02", Kind::Changed, &json!({"work.title": null, "root.surname": "King"})),
            event(id, "03-01", Kind::AccessRevoked, &json!({})),
            event(id, "04-01", Kind::Terminated, &last_day("04-30")),
            event(id, "05-01", Kind::Rehired, &json!({"work.startDate": "2026-06-01"})),
        ]);
    }
    events
}

fn facts(book: &Book) -> Vec<Facts> {
    let report = Report::open(&book.path()).unwrap();
    ["1", "2"].map(|id| report.person(id).unwrap().expect("a person").facts).into()
}

async fn merged(batches: &[Vec<Event>], reopen: bool) -> Vec<Facts> {
    let mut book = Book::new();
    for batch in batches {
        book.ledger.merge(batch.clone(), now()).await.unwrap();
        if reopen {
            book.ledger = open(&book.path());
        }
    }
    facts(&book)
}

#[test]
fn any_order_duplication_and_batching_gives_the_same_facts() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let expected = runtime.block_on(merged(&[story()], false));
    let twice = [story(), story()].concat();
    let shuffled = (Just(twice).prop_shuffle(), 1..8_usize, any::<bool>());
    let mut runner = TestRunner::new(Config { cases: 24, ..Config::default() });
    runner
        .run(&shuffled, |(events, size, reopen)| {
            let batches: Vec<_> = events.chunks(size).map(<[Event]>::to_vec).collect();
            prop_assert_eq!(&runtime.block_on(merged(&batches, reopen)), &expected);
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn what_is_known_already_makes_nobody_due() {
    let book = Book::new();
    assert!(book.ledger.merge(story(), now()).await.unwrap().iter().all(|merge| merge.due));
    book.rest("1").await;
    book.rest("2").await;
    assert!(book.ledger.merge(story(), now()).await.unwrap().iter().all(|merge| !merge.due));
    let untracked = event("1", "05-30", Kind::Changed, &json!({"payroll.iban": "canary"}));
    assert!(!book.ledger.merge(vec![untracked], now()).await.unwrap()[0].due);
    assert_eq!(book.due().await, [""; 0]);
    let files = ["", "-wal"].map(|side| fs::read(format!("{}{side}", book.path().display())).unwrap());
    assert!(!String::from_utf8_lossy(&files.concat()).contains("canary"), "an untracked field is on disk");
}

#[tokio::test]
async fn news_that_is_to_be_read_leaves_what_is_due_as_it_was() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com")]).await;
    let leaving = event("1", "05-01", Kind::Terminated, &last_day("06-05"));
    book.ledger.merge(vec![leaving], now()).await.unwrap();
    let mut end = super::end(&book.person("1").await);
    end.due_at = Some(at("06-06"));
    end.since = at("06-06");
    book.settle(end).await;
    let announced = Event { read_wanted: true, ..event("1", "05-30", Kind::Changed, &json!({})) };
    book.ledger.merge(vec![announced], now()).await.unwrap();
    let person = book.person("1").await;
    assert_eq!((i64::from(person.urgency), person.since), (0, at("06-06")), "the work of the leave date");
    let report = Report::open(&book.path()).unwrap().person("1").unwrap().unwrap();
    assert_eq!((report.due_at, report.read_wanted), (Some(at("06-06")), Some(now())));
}

/// The commits in a write-ahead log, by its file format: a header of 32 bytes, then frames of 24
/// bytes and a page, of which the last one of each commit tells the size of the database.
fn commits(wal: &[u8]) -> usize {
    let word = |at: usize| u32::from_be_bytes(wal[at..at + 4].try_into().unwrap());
    assert_eq!(word(12), 0, "the log has been begun again");
    let frame = 24 + word(8) as usize;
    (32..wal.len()).step_by(frame).filter(|frame| word(frame + 4) > 0).count()
}

#[tokio::test]
async fn a_thousand_merges_at_once_are_all_on_disk_after_a_few_commits() {
    let book = Book::new();
    let wal = || fs::read(format!("{}-wal", book.path().display())).unwrap();
    let before = commits(&wal());
    let calls = (0..1000).map(|n| {
        let event = event(&n.to_string(), "01-01", Kind::Hired, &hire(&format!("p{n}@x.com"), "03-01"));
        book.ledger.merge(vec![event], now())
    });
    for merged in join_all(calls).await {
        assert!(merged.unwrap()[0].due);
    }
    let report = Report::open(&book.path()).unwrap();
    assert_eq!(report.summary(now()).unwrap().employees, 1000);
    assert_eq!(report.activity(&Filter::default(), 2000).unwrap().len(), 1000);
    let commits = commits(&wal()) - before;
    assert!((1..=50).contains(&commits), "{commits} commits");
}
