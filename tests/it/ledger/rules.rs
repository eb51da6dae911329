//! Another mapping, policy or zone: everybody is decided again.

use std::sync::Arc;

use okta_provisioner::domain::account::{Account, OktaId, Status};
use okta_provisioner::domain::attribute::Limits;
use okta_provisioner::domain::decide::Rules;
use okta_provisioner::domain::identity::{Foreign, Identity};
use okta_provisioner::domain::mapping::Mapping;
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
