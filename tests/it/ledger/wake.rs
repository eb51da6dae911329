//! Whoever waits because of somebody else's account or email is due when that changes.

use okta_provisioner::domain::account::{Account, OktaId, Status};
use okta_provisioner::domain::block::Block;
use okta_provisioner::domain::event::Kind;
use okta_provisioner::ledger::{Settlement, Verb, Wish};
use serde_json::json;

use super::{Book, blocked, end};
use crate::people::{account, at, event, last_day, now, numbered};

/// A holder with an account, and somebody who waits for its login.
async fn book() -> Book {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com"), ("2", "ann@x.com"), ("3", "bob@x.com")]).await;
    let mut first = end(&book.person("1").await);
    first.employee.memory.link = Some(OktaId("00u1".into()));
    first.accounts = vec![seen(Status::Active, "ann@x.com")];
    book.settle(first).await;
    book.contested("2").await;
    book.contested("3").await;
    assert_eq!(book.due().await, [""; 0]);
    book
}

fn seen(status: Status, login: &str) -> Account {
    account("00u1", login, status)
}

fn newer(account: Account) -> Account {
    Account { last_updated: at("05-01"), ..account }
}

async fn settled(book: &Book, change: impl FnOnce(&mut Settlement)) {
    let mut end = end(&book.person("1").await);
    change(&mut end);
    book.settle(end).await;
}

#[tokio::test]
async fn by_the_end_of_a_turn() {
    type Change = fn(&mut Settlement);
    let changes: [(&str, Change); 4] = [
        ("renamed", |end| end.accounts = vec![seen(Status::Active, "bert@x.com")]),
        ("cut", |end| end.accounts = vec![seen(Status::Deprovisioned, "ann@x.com")]),
        ("gone", |end| end.gone = Some(OktaId("00u1".into()))),
        ("let go", |end| end.employee.memory.link = None),
    ];
    for (what, change) in changes {
        let book = book().await;
        settled(&book, change).await;
        assert_eq!(book.due().await, ["2"], "{what}");
    }
    let book = book().await;
    settled(&book, |end| end.accounts = vec![seen(Status::Active, "ann@x.com")]).await;
    assert_eq!(book.due().await, [""; 0], "nothing has moved");
}

#[tokio::test]
async fn by_another_wish_for_the_holder() {
    let book = book().await;
    settled(&book, |end| end.desired.access = okta_provisioner::domain::access::Access::Deactivated).await;
    assert_eq!(book.due().await, ["2"]);
}

#[tokio::test]
async fn in_the_middle_of_a_turn() {
    let book = book().await;
    let holder = book.person("1").await.employee;
    let renamed = vec![seen(Status::Active, "bert@x.com")];
    book.ledger.intend(&holder, renamed, vec![], None, now()).await.unwrap();
    assert_eq!(book.due().await, ["2"]);
}

#[tokio::test]
async fn by_a_list_of_the_directory() {
    for changed in [seen(Status::Active, "bert@x.com"), seen(Status::Deprovisioned, "ann@x.com")] {
        let book = book().await;
        book.ledger.listed(vec![newer(changed)], now()).await.unwrap();
        assert_eq!(book.due().await, ["2"]);
    }
    // A new account under a login that somebody waits for.
    let book = book().await;
    book.ledger.listed(vec![account("00u3", "Bob@x.com", Status::Active)], now()).await.unwrap();
    assert_eq!(book.due().await, ["3"]);
}

#[tokio::test]
async fn by_an_hr_id_that_an_admin_has_put_right() {
    let book = book().await;
    book.ledger.listed(vec![newer(numbered(seen(Status::Active, "ann@x.com"), "3"))], now()).await.unwrap();
    assert_eq!(book.all_due().await, ["2", "3"]);
    for id in ["2", "3"] {
        book.contested(id).await;
    }
    let right = Account { last_updated: at("05-02"), ..seen(Status::Active, "ann@x.com") };
    book.ledger.listed(vec![right], now()).await.unwrap();
    assert_eq!(book.due().await.len(), 2, "the one who had the number by mistake, too");
}

#[tokio::test]
async fn by_facts_of_the_holder() {
    for (kind, fields) in
        [(Kind::Changed, json!({"root.email": "bert@x.com"})), (Kind::Terminated, last_day("05-02"))]
    {
        let book = book().await;
        book.ledger.merge(vec![event("1", "05-01", kind, &fields)], now()).await.unwrap();
        assert_eq!(book.all_due().await, ["1", "2"], "{kind:?}");
    }
    // Somebody who comes to want it.
    let book = book().await;
    let moved = event("3", "05-01", Kind::Changed, &json!({"root.email": "ann@x.com"}));
    book.ledger.merge(vec![moved], now()).await.unwrap();
    assert!(book.due().await.contains(&"2".to_owned()));
}

#[tokio::test]
async fn by_an_operators_link() {
    let book = book().await;
    let link =
        Wish { verb: Verb::Link, employee: Some("3".into()), argument: Some("00u1".into()), operator: None };
    link.leave(&book.path(), now()).unwrap();
    book.ledger.grant_wishes(now()).await.unwrap();
    assert_eq!(book.all_due().await, ["1", "2", "3"]);
}

#[tokio::test]
async fn and_nobody_else_is() {
    let book = book().await;
    let person = book.person("2").await;
    book.settle(blocked(&person, Block::NoStartDate)).await;
    settled(&book, |end| end.accounts = vec![seen(Status::Active, "bert@x.com")]).await;
    assert_eq!(book.due().await, [""; 0]);
}
