//! Since when each fact holds, told by the decisions.

use chrono::TimeDelta;
use okta_provisioner::domain::event::{Event, Kind};
use okta_provisioner::ledger::{Activity, Report, code};
use serde_json::{Value, json};

use super::Book;
use crate::people::{at, event, hire};

#[tokio::test]
async fn a_value_holds_since_the_last_decision_that_names_it_however_often_it_is_said() {
    let book = Book::new();
    let said = async |kind, day: &str, fields: &Value| {
        book.ledger.merge(vec![event("1", day, kind, fields)], at(day)).await.expect("merged");
    };
    let read = async |day: &str, fields: Value| {
        let fields = fields.as_object().expect("fields").clone().into_iter().collect();
        let read = Event::read("1".into(), at(day), TimeDelta::zero(), fields);
        book.ledger.compare(vec![read], at(day), TimeDelta::zero(), at(day)).await.expect("compared");
    };
    said(Kind::Hired, "02-01", &hire("ann@x.com", "03-01")).await;
    said(Kind::Changed, "02-02", &json!({"work.title": "Chef"})).await;
    said(Kind::Changed, "02-03", &json!({"work.title": "Cook"})).await;
    said(Kind::Changed, "02-04", &json!({"work.title": "Cook"})).await;
    read("02-05", json!({"work.title": "Cook", "root.surname": "King"})).await;
    read("02-06", json!({"work.title": "Cook", "root.surname": "King"})).await;
    said(Kind::AccessRevoked, "02-07", &json!({})).await;
    // An attribute of Okta's by the same name, and another person.
    let updated = Activity::new(code::UPDATED, at("02-08")).about("1");
    let fields = vec!["work.title".to_owned()];
    book.ledger.note(vec![Activity { fields, ..updated }]).await.expect("noted");
    book.ledger
        .merge(vec![event("2", "02-09", Kind::Hired, &hire("ben@x.com", "03-01"))], at("02-09"))
        .await
        .expect("merged");

    let person = Report::open(&book.path()).expect("a ledger").person("1").expect("read").expect("known");
    let expected = [
        ("@revoked", "02-07"),
        ("root.email", "02-01"),
        ("root.firstName", "02-01"),
        ("root.surname", "02-05"),
        ("work.startDate", "02-01"),
        ("work.title", "02-03"),
    ];
    let expected = expected.map(|(field, day)| (field.to_owned(), at(day)));
    assert_eq!(person.since, expected.into());
    assert_eq!(person.facts.get("work.title").expect("a fact").stamp.at, at("02-06"), "said again");
}
