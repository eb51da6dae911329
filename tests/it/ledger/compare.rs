//! What a reading of everybody finds, and whom it leaves out.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use okta_provisioner::domain::event::{Event, Kind};
use okta_provisioner::domain::news::News;
use okta_provisioner::ledger::{Filter, Report, code};
use serde_json::{Value, json};

use super::Book;
use crate::people::{event, hire, last_day, now};

const SETTLE: TimeDelta = TimeDelta::seconds(25);

fn read(employee: &str, at: DateTime<Utc>, fields: &Value) -> Event {
    let fields: BTreeMap<String, Value> = fields.as_object().expect("fields").clone().into_iter().collect();
    Event::read(employee.into(), at, SETTLE, fields)
}

impl Book {
    async fn found(&self, reads: Vec<Event>) -> Vec<(String, News, Vec<String>)> {
        let found = self.ledger.compare(reads, now(), SETTLE, now()).await.expect("compared");
        let tell = |one: okta_provisioner::ledger::Found| {
            (one.activity.employee.expect("somebody"), one.news, one.activity.fields)
        };
        found.into_iter().map(tell).collect()
    }

    /// A read has shown these people once.
    async fn shown(&self, people: &[&str]) {
        let reads = people.iter().map(|id| read(id, now() - TimeDelta::hours(1), &json!({}))).collect();
        assert_eq!(self.found(reads).await, []);
    }

    /// Who is noted, and who is to be asked for, when a list that was asked for then names these.
    async fn left_out_at(&self, at: DateTime<Utc>, listed: &[&str]) -> (Vec<String>, Vec<String>, bool) {
        let listed: HashSet<String> = listed.iter().map(|id| (*id).to_owned()).collect();
        let missing = self.ledger.missing(Arc::new(listed), at).await.expect("compared");
        let noted = missing.noted.into_iter().filter_map(|activity| activity.employee).collect();
        (noted, missing.again, missing.doubtful.is_some())
    }

    fn recorded(&self, code: &str) -> usize {
        let report = Report::open(&self.path()).expect("a ledger");
        let all = report.activity(&Filter::default(), usize::MAX).expect("read");
        all.iter().filter(|entry| entry.code == code).count()
    }
}

fn ids(people: &[&str]) -> Vec<String> {
    people.iter().map(|id| (*id).to_owned()).collect()
}

#[tokio::test]
async fn only_news_is_recorded_and_only_once() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com"), ("2", "ben@x.com")]).await;
    let reads = |minute: i64| {
        let at = now() + TimeDelta::minutes(minute);
        let with = |fields: Value, more: Value| {
            let (Value::Object(mut fields), Value::Object(more)) = (fields, more) else { panic!() };
            fields.extend(more);
            Value::Object(fields)
        };
        vec![
            read("1", at, &hire("ann@x.com", "03-01")),
            read("2", at, &with(hire("ben@x.com", "03-01"), last_day("06-30"))),
            read("3", at, &hire("cat@x.com", "07-01")),
        ]
    };
    let found = book.found(reads(0)).await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0], ("2".into(), News::Left, vec!["employee.lastDayOfWork".into()]));
    assert_eq!((&*found[1].0, found[1].1), ("3", News::Joined));
    assert!(book.found(reads(1)).await.is_empty());
    assert_eq!(book.recorded(code::FOUND), 2);
    // What HR said before the read was made counts no more.
    let early = event("1", "05-01", Kind::Changed, &json!({"work.title": "Cook"}));
    book.ledger.merge(vec![early], now()).await.expect("merged");
    let chef = read("1", now() + TimeDelta::minutes(2), &json!({"work.title": "Chef"}));
    assert_eq!(book.found(vec![chef]).await, [("1".into(), News::Changed, vec!["work.title".into()])]);
}

#[tokio::test]
async fn who_is_left_out_is_noted_and_on_another_day_asked_for() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com"), ("2", "ben@x.com"), ("3", "cat@x.com"), ("4", "dan@x.com")]).await;
    book.shown(&["1", "2", "3", "4"]).await;
    book.ledger.merge(vec![event("4", "02-01", Kind::Deleted, &json!({}))], now()).await.unwrap();
    let none = || ids(&[]);
    let at = |hours| now() + TimeDelta::hours(hours);
    assert_eq!(book.left_out_at(at(0), &["1", "2", "3"]).await, (none(), none(), false));
    assert_eq!(book.left_out_at(at(24), &["1", "2"]).await, (ids(&["3"]), none(), false));
    // Looked again soon after, it is the same look.
    assert_eq!(book.left_out_at(at(25), &["1", "2"]).await, (none(), none(), false));
    assert_eq!(book.left_out_at(at(48), &["1", "2"]).await, (none(), ids(&["3"]), false));
    // Back and gone again: it begins anew.
    assert_eq!(book.left_out_at(at(72), &["1", "2", "3"]).await, (none(), none(), false));
    assert_eq!(book.left_out_at(at(96), &["1", "2"]).await, (ids(&["3"]), none(), false));
    assert_eq!(book.recorded(code::MISSING), 2);
}

#[tokio::test]
async fn who_is_younger_than_the_list_is_not_missed() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com"), ("2", "ben@x.com")]).await;
    let hired = read("3", now(), &hire("cat@x.com", "07-01"));
    book.found(vec![hired]).await;
    assert_eq!(book.left_out_at(now(), &["1", "2"]).await.0, ids(&[]));
    assert_eq!(book.left_out_at(now() + TimeDelta::hours(1), &["1", "2"]).await.0, ids(&["3"]));
}

#[tokio::test]
async fn whom_no_read_has_shown_is_another_systems_and_not_counted() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com"), ("2", "ben@x.com"), ("3", "cat@x.com"), ("4", "dan@x.com")]).await;
    book.shown(&["1", "2"]).await;
    let at = |hours| now() + TimeDelta::hours(hours);
    assert_eq!(book.left_out_at(at(24), &["1"]).await, (ids(&["2"]), ids(&[]), false), "not three of four");
    assert_eq!(book.left_out_at(at(48), &["1"]).await, (ids(&[]), ids(&["2"]), false));
    // What another system says last of somebody whom HR has shown changes nothing.
    let late = event("2", "06-01", Kind::Changed, &json!({"work.title": "Chef"}));
    book.ledger.merge(vec![late], now()).await.expect("merged");
    assert_eq!(book.left_out_at(at(72), &["1"]).await.1, ids(&["2"]));
}

#[tokio::test]
async fn a_list_that_is_older_than_a_read_settles_nothing() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com")]).await;
    let news = Event { read_wanted: true, ..event("1", "05-30", Kind::Changed, &json!({})) };
    book.ledger.merge(vec![news], now() - TimeDelta::hours(1)).await.expect("merged");
    // By Bob's clock the list is of before.
    book.found(vec![read("1", now() + TimeDelta::hours(1), &json!({"work.title": "Chef"}))]).await;
    let person =
        || Report::open(&book.path()).expect("a ledger").person("1").expect("read").expect("somebody");
    let before = person();
    assert_eq!(before.read_wanted, None);
    let news = Event { read_wanted: true, ..event("1", "05-31", Kind::Changed, &json!({})) };
    book.ledger.merge(vec![news], now()).await.expect("merged");
    let older = vec![read("1", now(), &json!({"work.title": "Cook"}))];
    let later = now() + TimeDelta::minutes(1);
    assert_eq!(book.ledger.compare(older, later, SETTLE, later).await.expect("compared"), []);
    assert_eq!((person().read_wanted, person().read_at), (Some(now()), before.read_at));
}

#[tokio::test]
async fn too_many_at_once_are_not_believed() {
    let book = Book::new();
    let everybody: Vec<(String, String)> =
        (0..400).map(|id| (format!("{id:03}"), format!("p{id}@x.com"))).collect();
    let people: Vec<(&str, &str)> = everybody.iter().map(|(id, email)| (&**id, &**email)).collect();
    book.hired(&people).await;
    let all: Vec<&str> = people.iter().map(|(id, _)| *id).collect();
    book.shown(&all).await;
    for (listed, doubtful) in [(380, false), (379, true), (0, true)] {
        let (.., doubted) = book.left_out_at(now() + TimeDelta::days(1), &all[..listed]).await;
        assert_eq!(doubted, doubtful, "{listed} listed");
    }
    // The doubtful list left no trace, and the one before it did.
    assert_eq!(book.recorded(code::MISSING), 20);
    let few = Book::new();
    few.hired(&people[..3]).await;
    few.shown(&all[..3]).await;
    assert!(few.left_out_at(now() + TimeDelta::days(1), &[]).await.2);
    assert!(!few.left_out_at(now() + TimeDelta::days(1), &["000", "001"]).await.2);
}

#[tokio::test]
async fn sites_without_a_zone_are_told_once_each() {
    let book = Book::new();
    let at = |id: &str, site: Value, zone: Value| {
        event(
            id,
            "01-01",
            Kind::Hired,
            &json!({"work.startDate": "2026-03-01", "work.site": site, "work.zone": zone}),
        )
    };
    let hired = vec![
        at("1", json!("Oslo"), json!(null)),
        at("2", json!("Oslo"), json!(null)),
        at("3", json!("Rome"), json!("Europe/Rome")),
        at("4", json!(null), json!(null)),
    ];
    book.ledger.merge(hired, now()).await.expect("merged");
    assert_eq!(book.ledger.unzoned_sites().await.expect("read"), ["Oslo".to_owned()].into());
    let report = Report::open(&book.path()).expect("a ledger");
    let zones = crate::people::rules().access.zones;
    assert_eq!(report.unzoned_sites(&zones).expect("read"), ["Oslo".to_owned()].into());
}
