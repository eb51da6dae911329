use std::path::PathBuf;

use futures_util::future::join_all;
use serde_json::json;

use super::*;
use crate::domain::access::AccessRules;
use crate::domain::attribute::Limits;
use crate::domain::event::{Event, Kind, Stamp};
use crate::domain::guard::Guard;
use crate::domain::mapping::Mapping;
use crate::domain::plan::Step;
use crate::domain::protect::Protect;
use crate::domain::scope::Scope;
use crate::domain::zone::Zones;

fn rules() -> Arc<Rules> {
    let rows = json!([
        {"okta": "login", "bob": "root.email"}, {"okta": "email", "bob": "root.email"},
        {"okta": "firstName", "bob": "root.firstName"}, {"okta": "lastName", "bob": "root.surname"},
    ]);
    let policy = json!({
        "provision_on": "start_date", "days_before": 0, "before_start": "staged", "status": "hr_status",
        "deactivate_at": "end_of_day", "leaver": "deactivate", "grace": "7d", "on_revoke": "suspend",
        "on_leave": "keep", "leave_statuses": [],
    });
    let rows: Vec<_> = serde_json::from_value(rows).unwrap();
    let identity = json!({"attribute": "employeeNumber", "foreign": "block"});
    Arc::new(Rules {
        access: AccessRules {
            policy: serde_json::from_value(policy).unwrap(),
            zones: Zones { default: chrono_tz::Tz::UTC, by_site: [].into(), field: None },
            scope: Scope::default(),
        },
        mapping: Mapping::compile(&rows, &Limits::base()).unwrap(),
        identity: serde_json::from_value(identity).unwrap(),
        send_email: true,
        guard: Guard::default(),
        protect: Protect::default(),
    })
}

fn now() -> chrono::DateTime<chrono::Utc> {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

fn hire(id: usize) -> Event {
    let stamp = Stamp { at: now(), id: "e1".into(), source: "hr".into() };
    let fields = [("root.surname".to_owned(), json!("x".repeat(1000)))].into();
    Event { employee: id.to_string(), kind: Kind::Hired, stamp, fields, read_wanted: false }
}

struct Book {
    ledger: Ledger,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

fn book() -> Book {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite3");
    Book { ledger: Ledger::open(&path, "org", rules()).unwrap(), path, _folder: folder }
}

impl Book {
    /// How large the file may get, from where it is now on.
    async fn room(&self, pages: i64) {
        let limit = move |tx: &rusqlite::Transaction| {
            let now: i64 = tx.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            let most: i64 =
                tx.query_row(&format!("PRAGMA max_page_count = {}", now + pages), [], |row| row.get(0))?;
            assert_eq!(most, now + pages);
            Ok(())
        };
        self.ledger.writer.call(limit).await.unwrap();
    }

    /// What another program finds on disk.
    fn on_disk(&self) -> i64 {
        Report::open(&self.path).unwrap().summary(now()).unwrap().employees
    }
}

#[tokio::test]
async fn a_full_disk_takes_nothing_and_loses_nothing() {
    let book = book();
    book.ledger.merge(vec![hire(0)], now()).await.unwrap();
    book.room(3).await;
    for _ in 0..2 {
        // All or nothing: there is room for the first of them.
        let refused = book.ledger.merge((1..100).map(hire).collect(), now()).await.unwrap_err();
        assert!(refused.to_string().contains("full"), "{refused}");
        assert_eq!(book.on_disk(), 1);
    }
    assert_eq!(book.ledger.sizes().await.unwrap().1, 1, "it can be read all the same");
    book.room(1000).await;
    book.ledger.merge((1..100).map(hire).collect(), now()).await.unwrap();
    assert_eq!(book.on_disk(), 100);
}

#[tokio::test]
async fn nobody_is_told_that_it_is_on_disk_when_it_is_not() {
    let book = book();
    book.room(20).await;
    let merges = join_all((0..200).map(|id| book.ledger.merge(vec![hire(id)], now()))).await;
    let done = merges.iter().filter(|merge| merge.is_ok()).count();
    assert!(done < 200, "the disk was not full");
    assert_eq!(book.on_disk(), i64::try_from(done).unwrap());
}

#[tokio::test]
async fn one_row_that_cannot_be_read_keeps_nobody_else_off_the_disk() {
    let book = book();
    book.ledger.merge(vec![hire(0)], now()).await.unwrap();
    let damage = |tx: &rusqlite::Transaction| {
        Ok(tx.execute("UPDATE employee SET facts = 'damaged' WHERE id = '0'", []).map(drop)?)
    };
    book.ledger.writer.call(damage).await.unwrap();
    // All in one group, with what fails between what does not.
    let ledger = &book.ledger;
    let (one, read, again, two) = tokio::join!(
        ledger.merge(vec![hire(1)], now()),
        ledger.due(now(), [10; 4], Arc::default()),
        ledger.merge(vec![hire(2), hire(0)], now()),
        ledger.merge(vec![hire(3)], now()),
    );
    assert!(one.is_ok() && two.is_ok());
    assert!(read.unwrap().people.iter().all(|person| person.employee.id != "0"));
    let codes: Vec<_> = again.unwrap().iter().map(|merge| merge.activity.code).collect();
    assert_eq!(codes, [code::EVENT_ACCEPTED, code::EVENT_REJECTED], "it is set aside, the other one is not");
    assert_eq!(book.on_disk(), 4);
}

#[tokio::test]
async fn an_order_that_is_not_on_disk_is_not_in_force() {
    let book = book();
    let ledger = &book.ledger;
    let wish = |verb, what: &str| {
        let wish = Wish { verb, employee: None, argument: Some(what.into()), operator: None };
        wish.leave(&book.path, now()).unwrap();
    };
    wish(Verb::Mode, "observe");
    wish(Verb::Pause, "all");
    let in_force = || (ledger.is_observing(), ledger.pause_against("1", &Step::Deactivate).is_some());
    // The first of a group waits until all of it is there, and the last takes all of it back.
    let (go, all) = std::sync::mpsc::channel();
    let first = ledger.writer.call(move |_| Ok(all.recv().is_ok()));
    let lost = |tx: &rusqlite::Transaction| Ok(tx.execute_batch("ROLLBACK")?);
    let (_, granted, begun, ..) = tokio::join!(
        first,
        ledger.grant_wishes(now()),
        ledger.begin(true),
        ledger.writer.call(lost),
        async { go.send(()) },
    );
    assert!(granted.is_err() && begun.is_err(), "one group");
    assert_eq!(in_force(), (false, false));
    assert_eq!(ledger.grant_wishes(now()).await.unwrap().wishes.len(), 2);
    assert_eq!(in_force(), (true, true));
}
