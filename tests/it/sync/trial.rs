//! `sync --dry-run`: everything is shown and nothing is written.

use serde_json::json;

use super::{Office, lines};
use crate::support::soon;
use crate::support::two::hired;

/// One of each kind; the ids of those who agree are not told.
async fn company() -> Office {
    let office = Office::open().await;
    for name in ["Ann", "Ben"] {
        office.both(name, &json!({}));
    }
    office.both("Cat", &json!({"title": "Intern", "city": "Oslo"}));
    let dan = office.both("Dan", &json!({}));
    office.bob.terminate(&dan, "2025-06-30", None);
    office.bob.insert("2025-01-06", hired("Eve"));
    office.both("Fay", &json!({"employeeNumber": "9", "login": "fay@example.com"}));
    office
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_connection_is_shown_whole_and_nothing_is_written() {
    let office = company().await;
    let mut said = lines(&office.says(&["sync", "--dry-run", "--json"]).await);
    let total = said.pop().expect("totals");
    assert_eq!((&total["found"]["people"], &total["found"]["joined"]), (&json!(6), &json!(6)));
    let outlook = &total["outlook"];
    assert_eq!(outlook["steps"], json!({"create": 1, "deactivate": 1, "update": 1}), "{outlook}");
    assert_eq!(outlook["attributes"]["title"], 1);
    assert_eq!(outlook["blocked"], json!({"login_taken": 1}));
    assert_eq!((&outlook["people"], &outlook["agree"]), (&json!(6), &json!(2)));
    assert_eq!((&outlook["taken"], &outlook["held"]), (&json!({"cut": 1}), &json!(0)));
    assert_eq!(said.len(), 6);
    assert!(
        said.iter().any(|line| line["login"] == "eve@example.com" && line["next"] == "create and activate")
    );
    assert_eq!(office.writes(), 0);
    assert!(!office.ledger().exists(), "nothing is written anywhere");

    let said = office.says(&["sync", "--dry-run"]).await;
    for words in ["1 create, 1 deactivate, 1 update", "dan@example.com", "blocked: 1 login_taken", "2 of 6"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("ann@example.com"), "who agrees is not listed: {said}");
    assert!(!said.contains("held"), "one may be cut: {said}");
    let mut limited = office.program(&["sync", "--dry-run"]);
    for limit in ["COUNT", "SHARE"] {
        limited.env(format!("OKTA_PROVISIONER__GUARD__CUTS_{limit}"), "0");
    }
    let said = soon("the program", limited.output()).await.expect("the program").stdout;
    let said = String::from_utf8(said).expect("text");
    assert!(said.contains("1 would be held"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_ledger_knows_is_not_news() {
    let office = company().await;
    office.says(&["sync"]).await;
    let found = office.count("reconcile.found");
    office.bob.insert("2025-01-06", hired("Gus"));
    let mut said = lines(&office.says(&["sync", "--dry-run", "--json"]).await);
    let total = said.pop().expect("totals");
    assert_eq!((&total["found"]["joined"], &total["outlook"]["steps"]["create"]), (&json!(1), &json!(2)));
    assert_eq!((office.count("reconcile.found"), office.writes()), (found, 0));
}
