//! What operators ask for, with the daemon up or down.

use okta_provisioner::domain::account::{OktaId, Status};
use okta_provisioner::domain::block::Block;
use okta_provisioner::domain::employee::{Cut, CutKind, Memory};
use okta_provisioner::ledger::{Settlement, Verb, Waiting, Wish};

use super::{Book, blocked, end, open};
use crate::people::{account, at, now};

fn wish(verb: Verb, employee: Option<&str>, argument: Option<&str>) -> Wish {
    Wish {
        verb,
        employee: employee.map(str::to_owned),
        argument: argument.map(str::to_owned),
        operator: None,
    }
}

/// 1 is blocked, 2 waits for the next attempt, 3 for a date, 4 for nothing.
async fn book() -> Book {
    let book = Book::new();
    book.hired(&[("1", "a@x.com"), ("2", "b@x.com"), ("3", "c@x.com"), ("4", "d@x.com")]).await;
    book.settle(blocked(&book.person("1").await, Block::NoStartDate)).await;
    let second = end(&book.person("2").await);
    let waiting = Some(Waiting::Retry);
    book.settle(Settlement { waiting, due_at: Some(at("06-02")), attempts: 7, ..second }).await;
    book.settle(Settlement { due_at: Some(at("09-01")), ..end(&book.person("3").await) }).await;
    book.rest("4").await;
    book
}

#[tokio::test]
async fn retry_makes_whoever_waits_due_or_one_person() {
    for (employee, expected) in [(None, vec!["1", "2"]), (Some("3"), vec!["3"]), (Some("4"), vec!["4"])] {
        let book = book().await;
        let wish = wish(Verb::Retry, employee, None);
        wish.leave(&book.path(), now()).unwrap();
        assert_eq!(book.due().await, [""; 0], "not before the daemon sees it");
        assert_eq!(book.ledger.grant_wishes(now()).await.unwrap().wishes, [wish]);
        assert_eq!(book.all_due().await, expected);
        assert_eq!(book.ledger.grant_wishes(now()).await.unwrap().wishes, []);
        assert_eq!(book.person(expected[0]).await.block, None);
    }
    let book = book().await;
    wish(Verb::Retry, Some("2"), None).leave(&book.path(), now()).unwrap();
    let again = Book { ledger: open(&book.path()), ..Book::new() };
    again.ledger.grant_wishes(now()).await.unwrap();
    assert_eq!(
        again.person("2").await.attempts,
        0,
        "it starts afresh, at the daemon's next start at the latest"
    );
}

#[tokio::test]
async fn a_wish_can_be_taken_back_until_it_is_granted() {
    let book = book().await;
    let sync = wish(Verb::Sync, None, None);
    let [first, second] = [(); 2].map(|()| sync.leave(&book.path(), now()).unwrap());
    Wish::withdraw(&book.path(), first).unwrap();
    assert_eq!(book.ledger.grant_wishes(now()).await.unwrap().wishes, [sync]);
    Wish::withdraw(&book.path(), second).unwrap();
}

#[tokio::test]
async fn a_wish_about_somebody_unknown_is_refused() {
    let book = book().await;
    let refused = wish(Verb::Retry, Some("99"), None).leave(&book.path(), now()).unwrap_err();
    assert!(refused.to_string().contains("no employee 99"), "{refused}");
    assert_eq!(book.ledger.grant_wishes(now()).await.unwrap().wishes, []);
}

#[tokio::test]
async fn a_link_is_moved_with_what_we_did_to_the_account() {
    let book = book().await;
    let cut = |kind| Some(Cut { kind, at: at("05-01") });
    let link = |id: &str| Some(OktaId(id.into()));
    for (id, kind) in [("1", CutKind::Deactivation), ("2", CutKind::Suspension)] {
        let mut end = end(&book.person(id).await);
        let account_id = format!("00u{id}");
        end.accounts = vec![account(&account_id, "a@x.com", Status::Deprovisioned)];
        end.employee.memory = Memory { link: link(&account_id), cut: cut(kind), ..Memory::default() };
        book.settle(end).await;
    }
    wish(Verb::Link, Some("2"), Some("00u1")).leave(&book.path(), now()).unwrap();
    book.ledger.grant_wishes(now()).await.unwrap();
    assert_eq!(book.all_due().await, ["1", "2"]);
    let (one, two) = (book.person("1").await.employee.memory, book.person("2").await.employee.memory);
    assert_eq!((one.link, one.cut), (None, None));
    assert_eq!((two.link, two.cut), (link("00u1"), cut(CutKind::Deactivation)));
    // To an account that nobody had: nothing is known to be our doing there.
    wish(Verb::Link, Some("2"), Some("00u9")).leave(&book.path(), now()).unwrap();
    book.ledger.grant_wishes(now()).await.unwrap();
    let two = book.person("2").await;
    assert_eq!((&two.employee.memory.link, two.employee.memory.cut), (&link("00u9"), None));
    // To the one that it has already: nothing is forgotten.
    let mut end = end(&two);
    end.employee.memory.cut = cut(CutKind::Suspension);
    book.settle(end).await;
    wish(Verb::Link, Some("2"), Some("00u9")).leave(&book.path(), now()).unwrap();
    book.ledger.grant_wishes(now()).await.unwrap();
    let two = book.person("2").await.employee.memory;
    assert_eq!((two.link, two.cut), (link("00u9"), cut(CutKind::Suspension)));
}
