//! Another mapping, policy or zone: everybody is decided again.

use std::path::Path;
use std::sync::Arc;

use okta_provisioner::domain::account::{Account, OktaId, Profile, Status};
use okta_provisioner::domain::attribute::Limits;
use okta_provisioner::domain::decide::{Next, Rules};
use okta_provisioner::domain::employee::Doubt;
use okta_provisioner::domain::identity::{Foreign, Identity};
use okta_provisioner::domain::mapping::Mapping;
use okta_provisioner::domain::plan::Step;
use okta_provisioner::domain::schema::{Attribute, Schema};
use okta_provisioner::ledger::{Ledger, Report};
use serde_json::json;

use super::{Book, ORG, due_at, end};
use crate::people::{self, at, now};

/// Rules that read `work.city` and no longer `work.title`.
fn others() -> Rules {
    let rows = json!([
        {"okta": "login", "bob": "root.email"},
        {"okta": "email", "bob": "root.email"},
        {"okta": "firstName", "bob": "root.firstName"},
        {"okta": "lastName", "bob": "root.surname"},
        {"okta": "city", "bob": "work.city"},
    ]);
    let rows: Vec<_> = serde_json::from_value(rows).unwrap();
    Rules { mapping: Mapping::compile(&rows, &Limits::base()).unwrap(), ..people::rules() }
}

#[tokio::test]
async fn other_rules_make_everybody_due_and_forget_what_they_do_not_read() {
    let book = Book::new();
    let adapted = book.ledger.adapt("one".into(), now()).await.unwrap().unwrap();
    assert_eq!((adapted.people, adapted.unknown), (0, [].into()), "a first start");
    book.hired(&[("1", "a@x.com"), ("2", "b@x.com")]).await;
    let mut first = end(&book.person("1").await);
    first.employee.memory.link = Some(OktaId("00u1".into()));
    first.due_at = Some(at("09-01"));
    book.settle(first).await;
    book.rest("2").await;
    assert_eq!(book.ledger.adapt("one".into(), now()).await.unwrap(), None);
    assert_eq!(book.due().await, [""; 0]);

    let ledger = Ledger::open(&book.path(), ORG, Arc::new(others())).unwrap();
    let adapted = ledger.adapt("two".into(), now()).await.unwrap().unwrap();
    assert_eq!((adapted.people, adapted.unknown), (2, ["work.city".to_owned()].into()));
    let mut due = due_at(&ledger, now()).await;
    due.sort();
    assert_eq!(due, ["1", "2"]);
    let report = Report::open(&book.path()).unwrap().person("1").unwrap().unwrap();
    assert!(report.facts.get("work.title").is_none() && report.facts.get("root.email").is_some());
    let person = ledger.person("1").await.unwrap().unwrap();
    assert_eq!(person.employee.memory.link, Some(OktaId("00u1".into())));
    assert_eq!(ledger.adapt("two".into(), now()).await.unwrap(), None);
}

fn damage(path: &Path, employee: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute("UPDATE employee SET memory = '{' WHERE id = ?1", [employee]).unwrap();
}

#[tokio::test]
async fn a_damaged_row_keeps_nobody_from_the_rules_in_force() {
    let book = Book::new();
    book.ledger.adapt("one".into(), now()).await.unwrap();
    book.hired(&[("1", "a@x.com"), ("2", "b@x.com"), ("3", "c@x.com")]).await;
    for id in ["1", "2", "3"] {
        book.rest(id).await;
    }
    damage(&book.path(), "2");
    // Without the attribute that the mapping fills.
    let schema: Schema = ["login", "email", "firstName", "lastName", "employeeNumber"]
        .map(|name| (name.to_owned(), Attribute { kind: "string".into(), ..Attribute::default() }))
        .into();
    assert_eq!(book.ledger.heed_schema(schema, now()).await.unwrap(), Some(2));
    assert_eq!(book.all_due().await, ["1", "3"]);
    let adapted = book.ledger.adapt("two".into(), now()).await.unwrap().unwrap();
    assert_eq!(adapted.people, 2);
}

#[tokio::test]
async fn values_of_attributes_that_are_no_longer_mapped_are_forgotten() {
    let book = Book::new();
    book.ledger.adapt("one".into(), now()).await.unwrap();
    book.hired(&[("1", "a@x.com")]).await;
    let held: Profile =
        [("title", "Spy"), ("login", "a@x.com")].map(|(name, v)| (name.into(), v.into())).into();
    let mut first = end(&book.person("1").await);
    first.employee.memory.link = Some(OktaId("00u1".into()));
    first.employee.memory.unheeded = held.clone();
    first.employee.memory.doubt =
        Some(Doubt { step: Step::Update { changes: held }, why: "x".into(), failed_looks: 0 });
    first.accounts = vec![people::account("00u1", "other@x.com", Status::Active)];
    book.settle(first).await;

    let ledger = Ledger::open(&book.path(), ORG, Arc::new(others())).unwrap();
    ledger.adapt("two".into(), now()).await.unwrap();
    let person = ledger.person("1").await.unwrap().unwrap();
    let memory = &person.employee.memory;
    assert_eq!(memory.unheeded.keys().collect::<Vec<_>>(), ["login"]);
    assert!(!serde_json::to_string(memory).unwrap().contains("Spy"));
    // An update of what is mapped says nothing of what became of the rest.
    let decision = ledger.rules().decide(&person.employee, &person.view, now());
    assert!(matches!(decision.next, Next::Look(_)), "{:?}", decision.next);
}

#[tokio::test]
async fn another_identity_or_mapping_makes_the_mirror_worthless() {
    let book = Book::new();
    book.ledger.adapt("one".into(), now()).await.unwrap();
    book.hired(&[("1", "a@x.com")]).await;
    let payroll = people::numbered(people::account("00u1", "other@x.com", Status::Active), "1");
    book.ledger.listed(vec![payroll.clone()], now()).await.unwrap();
    book.ledger.mirrored(now()).await.unwrap();
    assert_eq!(book.person("1").await.view.by_identity.len(), 1);
    let identity = Identity { attribute: "hrId".into(), foreign: Foreign::Block };
    let ledger = Ledger::open(&book.path(), ORG, Arc::new(Rules { identity, ..people::rules() })).unwrap();
    ledger.adapt("two".into(), now()).await.unwrap();
    let view = ledger.person("1").await.unwrap().unwrap().view;
    assert!(view.by_identity.is_empty() && !view.mirror_loaded, "somebody else's number is nobody's HR id");
    // The same row of a list, as old as it was, is news.
    let listed = Account { login: "a@x.com".into(), ..payroll };
    ledger.listed(vec![listed], now()).await.unwrap();
    assert_eq!(ledger.person("1").await.unwrap().unwrap().view.by_login.len(), 1);
}

#[tokio::test]
async fn a_damaged_row_keeps_nobody_from_being_decided_on() {
    let book = Book::new();
    // The second has the first one's email.
    book.hired(&[("1", "a@x.com"), ("2", "a@x.com"), ("3", "c@x.com")]).await;
    damage(&book.path(), "2");
    let decided = book.ledger.decisions("", now()).await.expect("decided");
    assert_eq!(decided.iter().map(|one| &*one.employee).collect::<Vec<_>>(), ["3"]);
    assert_eq!(book.ledger.outlook(now()).await.expect("counted").people, 1);
}
