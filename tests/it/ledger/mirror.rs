//! The mirror of the directory, and what of it is seen around a person.

use okta_provisioner::domain::account::{Account, OktaId, Status};
use okta_provisioner::ledger::{Settlement, Waiting};

use super::{Book, end};
use crate::people::{account, at, now, numbered};

#[tokio::test]
async fn a_listed_row_counts_only_if_it_is_newer() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com")]).await;
    let row = |on: &str, status| {
        let row = account("00u1", "ann@x.com", status);
        Account { last_updated: at(on), ..row }
    };
    let status = async || book.person("1").await.view.by_login[0].account.status;
    for (on, listed, expected) in [
        ("05-02", Status::Active, Status::Active),
        ("05-01", Status::Staged, Status::Active),
        ("05-02", Status::Staged, Status::Active),
        ("05-02T00:00:01", Status::Suspended, Status::Suspended),
    ] {
        book.ledger.listed(vec![row(on, listed)], now()).await.unwrap();
        assert_eq!(status().await, expected, "{on}");
    }
    // What a call of ours has shown counts at once, and lists that lag behind it do not.
    let mut ours = end(&book.person("1").await);
    ours.accounts = vec![row("05-04", Status::Deprovisioned)];
    book.settle(ours).await;
    book.ledger.listed(vec![row("05-03", Status::Active)], now()).await.unwrap();
    assert_eq!(status().await, Status::Deprovisioned);
}

#[tokio::test]
async fn a_complete_mirror_wakes_those_who_wait_for_it() {
    let book = Book::new();
    book.hired(&[("1", "a@x.com"), ("2", "b@x.com")]).await;
    let waiting = end(&book.person("1").await);
    book.settle(Settlement { waiting: Some(Waiting::Mirror), ..waiting }).await;
    book.rest("2").await;
    assert_eq!(book.due().await, [""; 0]);
    book.ledger.mirrored(now()).await.unwrap();
    assert_eq!(book.due().await, ["1"]);
}

#[tokio::test]
async fn a_person_sees_accounts_and_rivals() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com"), ("2", "Ann@X.com"), ("3", "bob@x.com")]).await;
    let accounts = vec![
        account("00u1", "Änn@x.com", Status::Active),
        numbered(account("00u2", "old@x.com", Status::Active), "1"),
        numbered(account("00u3", "bob@x.com", Status::Active), "3"),
    ];
    book.ledger.listed(accounts.clone(), now()).await.unwrap();
    let mut second = end(&book.person("2").await);
    second.employee.memory.link = Some(OktaId("00u1".into()));
    book.settle(second).await;
    let view = book.person("1").await.view;
    let named = |found: &[okta_provisioner::domain::identity::Candidate]| {
        found.iter().map(|c| (c.account.clone(), c.holder.clone())).collect::<Vec<_>>()
    };
    assert_eq!(named(&view.by_login), [(accounts[0].clone(), Some("2".into()))]);
    assert_eq!(named(&view.by_identity), [(accounts[1].clone(), None)]);
    let rivals: Vec<_> = view.rivals.iter().map(|rival| rival.employee.id.as_str()).collect();
    assert_eq!(rivals, ["2"]);
    assert_eq!(view.rivals[0].linked_login.as_deref(), Some("Änn@x.com"));
    assert_eq!(book.person("2").await.view.linked, Some(accounts[0].clone()));
    assert_eq!(book.ledger.sizes().await.unwrap(), (3, 3));
}
