//! A hundred thousand people.

use std::sync::Arc;
use std::time::Instant;

use okta_provisioner::ledger::Report;
use rusqlite::Connection;

use super::{Book, open};
use crate::people::now;

#[tokio::test]
async fn a_ledger_of_a_hundred_thousand_people_opens_at_once() {
    let book = Book::new();
    book.hired(&[("0", "p0@x.com")]).await;
    let file = Connection::open(book.path()).unwrap();
    file.execute_batch(
        "PRAGMA synchronous = OFF;
         CREATE TEMP TABLE number AS
             WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 99999) SELECT n FROM n;
         INSERT INTO employee (id, facts, memory, okta_id, login, revision, due_at, since, urgency, attempts, contested)
             SELECT n, facts, memory, '00u' || n, 'p' || n || '@x.com', 1, due_at + n, since, 2, 0, 0
             FROM number, employee WHERE id = '0';
         INSERT INTO account
             SELECT '00u' || n, 'p' || n || '@x.com', 'p' || n || '@x.com', n, 'ACTIVE', 0, 0, 0, '{}', 0 FROM number;
         INSERT INTO activity (at, code, employee, calls, observed) SELECT 0, 'user.created', n, 1, 0 FROM number;",
    )
    .unwrap();
    drop(file);
    drop(book.ledger);
    #[expect(clippy::disallowed_methods, reason = "measured for the reader, never judged")]
    let began = Instant::now();
    let ledger = open(&book.folder.path().join("ledger.sqlite3"));
    let due = ledger.due(now(), [10; 4], Arc::default()).await.unwrap().people;
    eprintln!("opened and first read after {:?}", began.elapsed());
    assert_eq!(due.len(), 1, "the others are due a little later");
    assert_eq!(ledger.sizes().await.unwrap(), (99_999, 100_000));
    let summary = Report::open(&book.folder.path().join("ledger.sqlite3")).unwrap().summary(now()).unwrap();
    assert_eq!((summary.employees, summary.due), (100_000, 1));
}
