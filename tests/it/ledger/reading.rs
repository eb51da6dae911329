//! Who is to be read from HR, when, and what a read leaves behind.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use okta_provisioner::domain::event::{Event, Kind};
use okta_provisioner::ledger::{Answer, Ledger, Report, Settlement, Taken, Unread, Waiting};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::{Book, ORG, due_at, end, open};
use crate::people::{event, hire, last_day, now, rules};

const SETTLE: TimeDelta = TimeDelta::seconds(25);

fn at(second: i64) -> DateTime<Utc> {
    now() + TimeDelta::seconds(second)
}

impl Book {
    /// HR has news of somebody, which comes in at that second.
    async fn news(&self, id: &str, second: i64) {
        let news = Event { read_wanted: true, ..event(id, "05-30", Kind::Changed, &json!({})) };
        self.ledger.merge(vec![news], at(second)).await.expect("merged");
    }

    async fn unread(&self, second: i64) -> Unread {
        self.ledger.unread(at(second), SETTLE, 100, Arc::default()).await.expect("read")
    }

    /// Somebody was asked for at that second, and HR shows these fields; none: there is nobody.
    async fn read(&self, id: &str, second: i64, fields: Option<&Value>) -> Taken {
        let fields = fields.map(|fields| fields.as_object().cloned().unwrap_or_default());
        let read = |fields: Map<String, Value>| {
            Event::read(id.into(), at(second), SETTLE, fields.into_iter().collect())
        };
        let unknown = if fields.is_none() { vec![id.to_owned()] } else { Vec::new() };
        let answer = Answer { asked: at(second), found: fields.map(read).into_iter().collect(), unknown };
        self.ledger.take(Arc::new(answer), SETTLE, at(second)).await.expect("merged")
    }

    fn activities(&self) -> i64 {
        let file = Connection::open(self.path()).expect("a file");
        file.query_row("SELECT count(*) FROM activity", [], |row| row.get(0)).expect("a count")
    }
}

fn codes(taken: &Taken) -> Vec<&str> {
    taken.activities.iter().map(|activity| activity.code).collect()
}

#[tokio::test]
async fn news_is_read_at_once_and_once_more_when_it_is_sure_to_be_seen() {
    let book = Book::new();
    let nobody = |next: Option<i64>| Unread { people: Vec::new(), next: next.map(at) };
    let one = || vec!["1".to_owned()];
    book.news("1", 0).await;
    assert_eq!(book.unread(0).await.people, one());
    // While the first read is pending, more news is the same read.
    book.news("1", 3).await;
    assert_eq!(book.unread(3).await.people, one());
    book.read("1", 4, Some(&json!({}))).await;
    assert_eq!(book.unread(4).await, nobody(Some(28)));
    // More news only moves the second read, and not for ever.
    book.news("1", 20).await;
    assert_eq!(book.unread(20).await, nobody(Some(45)));
    book.news("1", 40).await;
    assert_eq!(book.unread(49).await, nobody(Some(50)));
    assert_eq!(book.unread(50).await.people, one());
    book.read("1", 50, Some(&json!({}))).await;
    // The news of the 40th second may not have been seen.
    assert_eq!(book.unread(50).await, nobody(Some(65)));
    book.read("1", 65, Some(&json!({}))).await;
    assert_eq!(book.unread(1000).await, nobody(None));
    // At the very moment of a read there is news again.
    book.news("1", 65).await;
    assert_eq!(book.unread(65).await.people, one());
}

#[tokio::test]
async fn whom_one_read_leaves_open_the_next_start_reads() {
    let mut book = Book::new();
    book.news("1", 0).await;
    book.read("1", 0, Some(&json!({}))).await;
    book.ledger = open(&book.path());
    assert_eq!(book.unread(24).await, Unread { people: Vec::new(), next: Some(at(25)) });
    let aside = Arc::new(["1".to_owned()].into());
    let unread = book.ledger.unread(at(25), SETTLE, 100, aside).await.unwrap();
    assert_eq!(unread, Unread::default(), "whoever is left out is not told of");
}

#[test]
fn every_news_is_seen_for_sure_and_soon_with_few_reads() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let gaps = prop::collection::vec(prop_oneof![3 => 0..6_i64, 1 => 6..60_i64], 1..25);
    let mut runner = TestRunner::new(Config { cases: 24, ..Config::default() });
    runner
        .run(&gaps, |gaps| {
            runtime.block_on(async {
                let book = Book::new();
                let news: Vec<i64> =
                    gaps.iter().scan(0, |at, gap| Some(std::mem::replace(at, *at + gap))).collect();
                let mut reads = Vec::new();
                for second in 0..=(news.last().unwrap() + 120) {
                    for _ in news.iter().filter(|at| **at == second) {
                        book.news("1", second).await;
                    }
                    if !book.unread(second).await.people.is_empty() {
                        book.read("1", second, Some(&json!({}))).await;
                        reads.push(second);
                    }
                }
                for at in &news {
                    let settled = reads.iter().find(|read| **read >= at + 25);
                    prop_assert!(
                        settled.is_some_and(|read| *read <= at + 75),
                        "{at} of {news:?} by {reads:?}"
                    );
                }
                // Two for each burst, however long, and one more for each 25 seconds that it lasts.
                let bursts = 1 + news.windows(2).filter(|pair| pair[1] - pair[0] > 25).count();
                let lasts = usize::try_from(news.last().unwrap() / 25).unwrap();
                prop_assert!(reads.len() <= 2 * bursts + lasts, "{news:?} by {reads:?}");
                Ok(())
            })
        })
        .unwrap();
}

#[tokio::test]
async fn only_what_a_read_changes_leaves_a_trace_and_makes_somebody_due() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com")]).await;
    book.rest("1").await;
    let before = book.activities();
    let known = hire("ann@x.com", "03-01");
    for second in [100, 200] {
        let taken = book.read("1", second, Some(&known)).await;
        assert_eq!(taken, Taken::default(), "stamps have moved, and nothing else");
    }
    assert_eq!((book.activities(), book.due().await), (before, Vec::<String>::new()));
    let taken = book.read("1", 300, Some(&json!({"work.title": "Chef"}))).await;
    assert_eq!((codes(&taken), taken.due), (vec!["event.accepted"], true));
    assert_eq!(taken.activities[0].reason.as_deref(), Some("read from HR"));
    assert_eq!(taken.activities[0].fields, ["work.title"]);
    assert_eq!(due_at(&book.ledger, at(300)).await, ["1"]);
}

#[tokio::test]
async fn an_answer_older_than_another_is_none() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com")]).await;
    book.read("1", 300, Some(&json!({"work.title": "Chef"}))).await;
    book.news("1", 400).await;
    // Our clock shows 500, and HR's is set back.
    let read = |second, title: &str| {
        Event::read("1".into(), at(second), SETTLE, [("work.title".to_owned(), title.into())].into())
    };
    let answer = Answer { asked: at(500), found: vec![read(290, "Cook")], unknown: Vec::new() };
    let taken = book.ledger.take(Arc::new(answer), SETTLE, at(500)).await.expect("merged");
    assert_eq!(taken, Taken { outdated: vec!["1".into()], ..Taken::default() });
    assert_eq!(book.unread(500).await.people, ["1"]);
    assert_eq!(book.person("1").await.read_at, Some(at(300)));
    // One that was asked for before and is newer is no step back.
    let answer = Answer { asked: at(290), found: vec![read(310, "Baker")], unknown: Vec::new() };
    assert!(book.ledger.take(Arc::new(answer), SETTLE, at(500)).await.expect("merged").due);
    assert_eq!(book.person("1").await.read_at, Some(at(300)));
}

#[tokio::test]
async fn a_read_disturbs_a_decision_only_where_it_matters() {
    let book = Book::new();
    leavers(&book).await;
    let before = book.person("1").await.revision;
    book.read("1", 1, None).await;
    assert_eq!(book.person("1").await.revision, before);
    waiting(&book, "1").await;
    book.read("1", 2, None).await;
    assert_eq!(book.person("1").await.revision, before + 1);
}

#[tokio::test]
async fn what_has_happened_lies_in_the_past_though_the_clock_is_set_back() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com"), ("2", "ben@x.com")]).await;
    book.news("1", 3600).await;
    book.read("1", 3600, Some(&json!({}))).await;
    let mut person = book.person("2").await;
    person.employee.memory.unverified = Some(at(3600));
    book.settle(Settlement { waiting: Some(Waiting::Hr), due_at: Some(at(3650)), ..end(&person) }).await;
    book.ledger.set_back(at(3600), at(60)).await.expect("written");
    assert_eq!(book.person("2").await.employee.memory.unverified, Some(at(60)));
    assert_eq!(book.person("1").await.read_at, None);
    assert_eq!(book.unread(60).await.people, ["2", "1"]);
    // Whatever does lie in the past stays.
    book.read("1", 60, None).await;
    book.ledger.set_back(at(70), at(65)).await.expect("written");
    assert_eq!(book.person("1").await.read_at, Some(at(60)));
    assert_eq!(book.person("2").await.employee.memory.unverified, Some(at(60)));
}

/// A turn that waits for HR's word.
async fn waiting(book: &Book, id: &str) {
    let person = book.person(id).await;
    let wait = Settlement { waiting: Some(Waiting::Hr), due_at: Some(at(900)), ..end(&person) };
    book.settle(wait).await;
}

async fn leavers(book: &Book) {
    book.hired(&[("1", "ann@x.com"), ("2", "bob@x.com"), ("3", "cat@x.com")]).await;
    let leaves = |id| event(id, "05-01", Kind::Terminated, &last_day("05-31"));
    book.ledger.merge(["1", "2", "3"].map(leaves).into(), now()).await.unwrap();
}

#[tokio::test]
async fn whoever_is_to_be_cut_is_read_before_news_and_with_all_who_are() {
    let book = Book::new();
    book.news("9", 0).await;
    leavers(&book).await;
    assert_eq!(book.unread(1).await.people, ["9"], "nobody has waited yet");
    waiting(&book, "2").await;
    assert_eq!(book.unread(1).await.people, ["2", "1", "3", "9"]);
    book.read("2", 1, Some(&last_day("05-31"))).await;
    assert_eq!(due_at(&book.ledger, at(1)).await.len(), 3, "the decision is made anew");
    assert_eq!(book.person("2").await.read_at, Some(at(1)));
}

#[tokio::test]
async fn a_leave_that_hr_has_taken_back_releases_whoever_was_to_be_cut() {
    let book = Book::new();
    leavers(&book).await;
    waiting(&book, "1").await;
    let taken = book.read("1", 1, Some(&json!({"employee.lastDayOfWork": null}))).await;
    assert_eq!(codes(&taken), ["event.accepted", "employee.released"]);
    assert_eq!(taken.activities[1].fields, ["employee.lastDayOfWork"]);
    // Read along, before their turn has come.
    let taken = book.read("2", 1, Some(&last_day("07-31"))).await;
    assert_eq!(codes(&taken), ["event.accepted", "employee.released"]);
    assert!(taken.activities[1].reason.as_deref().unwrap().contains("next at 2026-08-01"), "{taken:?}");
    // Another leave is no release, and somebody who is not there is told of.
    assert_eq!(codes(&book.read("3", 1, Some(&last_day("05-30"))).await), ["event.accepted"]);
    waiting(&book, "3").await;
    let taken = book.read("3", 2, None).await;
    assert_eq!((codes(&taken), taken.due), (vec!["employee.unknown_in_hr"], true));
}

#[tokio::test]
async fn a_ledger_of_the_first_version_is_brought_up_to_date() {
    let book = Book::new();
    let path = book.folder.path().join("old.sqlite3");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../../src/ledger/schema.sql")).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    old.execute(
        "INSERT INTO employee (id, facts, memory, revision, since, urgency, attempts, contested, read_wanted)
         VALUES ('1', '{\"stamps\":[],\"facts\":{}}', '{}', 1, 0, 2, 0, 0, ?1)",
        [at(0).timestamp_millis()],
    )
    .unwrap();
    let refusal = Report::open(&path).unwrap_err().to_string();
    assert!(refusal.contains("older") && refusal.contains("`run`"), "{refusal}");
    let ledger = Ledger::open(&path, ORG, Arc::new(rules())).unwrap();
    let unread = ledger.unread(at(1), SETTLE, 100, Arc::default()).await.unwrap();
    assert_eq!(unread.people, ["1"]);
    let person = Report::open(&path).unwrap().person("1").unwrap().unwrap();
    assert_eq!((person.read_wanted, person.read_at), (Some(at(0)), None));
    let version: i64 = old.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 3);
}
