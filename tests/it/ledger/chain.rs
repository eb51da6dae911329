//! The record of decisions cannot be rewritten unseen.

use chrono::TimeDelta;
use okta_provisioner::domain::account::OktaId;
use okta_provisioner::ledger::{Activity, Broken, Pruned, Report, Verified, code, key};
use rusqlite::Connection;

use super::{Book, open};
use crate::people::now;

/// A row with something in every column, and another one with as little as can be, by turns.
fn rows(count: usize) -> Vec<Activity> {
    let at = |n: usize| now() + TimeDelta::minutes(i64::try_from(n).unwrap());
    let full = |n: usize| Activity {
        fields: vec!["title".into(), "a \"b\"".into()],
        okta_id: Some(OktaId("00u1".into())),
        request_id: Some(format!("req{n}")),
        event: Some("e1".into()),
        source: Some("hr".into()),
        calls: 1,
        attempt: Some(2),
        lag_ms: Some(-3),
        observed: true,
        operator: Some("mira".into()),
        ..Activity::new(code::UPDATED, at(n)).about("1001").because("employed\n")
    };
    (0..count).map(|n| if n % 2 == 0 { full(n) } else { Activity::new(code::HALTED, at(n)) }).collect()
}

async fn book(count: usize) -> Book {
    let book = Book::new();
    book.ledger.note(rows(count)).await.unwrap();
    book
}

impl Book {
    fn tamper(&self, sql: &str) {
        Connection::open(self.path()).unwrap().execute_batch(sql).unwrap();
    }

    /// Makes it a ledger of version 2, which knew of no chain.
    fn downgrade(&self) {
        let list = |file: &Connection, sql: &str| -> Vec<String> {
            let mut query = file.prepare(sql).unwrap();
            query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let (old, file) = (Connection::open_in_memory().unwrap(), Connection::open(self.path()).unwrap());
        old.execute_batch(include_str!("../../../src/ledger/schema.sql")).unwrap();
        old.execute_batch(include_str!("../../../src/ledger/schema_2.sql")).unwrap();
        for kind in ["index", "table"] {
            let names =
                format!("SELECT name FROM sqlite_master WHERE type = '{kind}' AND name NOT LIKE 'sqlite_%'");
            let known = list(&old, &names);
            for name in list(&file, &names).into_iter().filter(|name| !known.contains(name)) {
                file.execute_batch(&format!("DROP {kind} {name}")).unwrap();
            }
        }
        for table in list(&old, "SELECT name FROM sqlite_master WHERE type = 'table'") {
            let columns = format!("SELECT name FROM pragma_table_info('{table}')");
            let known = list(&old, &columns);
            for column in list(&file, &columns).into_iter().filter(|column| !known.contains(column)) {
                file.execute_batch(&format!("ALTER TABLE {table} DROP COLUMN {column}")).unwrap();
            }
        }
        file.pragma_update(None, "user_version", 2).unwrap();
    }

    fn verify(&self, known: Option<&str>) -> Verified {
        Report::open(&self.path()).unwrap().verify(known).unwrap()
    }

    fn broken(&self) -> Option<Broken> {
        self.verify(None).broken
    }
}

#[tokio::test]
async fn a_record_that_nobody_has_touched_is_whole() {
    let book = Book::new();
    let empty = book.verify(None);
    assert_eq!(empty, Verified::default());
    assert_eq!(book.ledger.head().await.unwrap(), None);
    book.ledger.note(rows(7)).await.unwrap();
    let head = book.ledger.head().await.unwrap().unwrap();
    let found = book.verify(None);
    assert_eq!((found.rows, found.broken.clone(), found.head.as_ref()), (7, None, Some(&head)));
    assert_eq!(found.first.unwrap().seq, 1);
    // It goes on where it was after a restart, and a head of before is still known.
    let Book { folder, ledger } = book;
    drop(ledger);
    let book = Book { ledger: open(&folder.path().join("ledger.sqlite3")), folder };
    book.ledger.note(rows(3)).await.unwrap();
    let found = book.verify(Some(&head.hash.to_uppercase()));
    assert_eq!((found.rows, found.broken, found.known), (10, None, Some(head)));
}

#[tokio::test]
async fn the_hash_is_what_the_manual_says() {
    let book = book(2).await;
    let written: Vec<(String, i64)> = {
        let file = Connection::open(book.path()).unwrap();
        let mut query = file.prepare("SELECT hash, at FROM activity ORDER BY seq").unwrap();
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    let one = format!(
        "\n[1,{},\"user.updated\",\"1001\",\"employed\\n\",\"[\\\"title\\\",\\\"a \\\\\\\"b\\\\\\\"\\\"]\",\"00u1\",\"req0\",\"e1\",\"hr\",1,2,-3,1,\"mira\"]",
        written[0].1
    );
    let digest = okta_provisioner::domain::digest::digest;
    assert_eq!(written[0].0, digest(one.as_bytes()));
    let two = format!(
        "{}\n[2,{},\"okta.halted\",null,null,null,null,null,null,null,0,null,null,0,null]",
        written[0].0, written[1].1
    );
    assert_eq!(written[1].0, digest(two.as_bytes()));
}

#[tokio::test]
async fn a_change_of_any_column_is_found() {
    let book = book(6).await;
    let columns = [
        ("at", "at + 1"),
        ("code", "'user.created'"),
        ("employee", "'1002'"),
        ("reason", "'on leave'"),
        ("fields", "'[\"title\"]'"),
        ("okta_id", "'00u2'"),
        ("request_id", "'other'"),
        ("event", "'e2'"),
        ("source", "'bob'"),
        ("calls", "calls + 1"),
        ("attempt", "attempt + 1"),
        ("lag_ms", "lag_ms + 1"),
        ("observed", "2"),
        ("operator", "'ann'"),
        ("hash", "replace(hash, substr(hash, 1, 1), 'z')"),
    ];
    for (column, other) in columns {
        // What was nothing becomes nothing else either, and what was something does not become nothing.
        for change in [other, "NULL"] {
            let strict = ["at", "code", "calls", "observed"].contains(&column);
            if strict && change == "NULL" {
                continue;
            }
            let keep = format!(
                "CREATE TABLE kept AS SELECT * FROM activity WHERE seq = 3; UPDATE activity SET {column} = {change} WHERE seq = 3;"
            );
            book.tamper(&keep);
            assert_eq!(book.broken(), Some(Broken::Changed { seq: 3 }), "{column} = {change}");
            book.tamper(&format!(
                "UPDATE activity SET {column} = (SELECT {column} FROM kept) WHERE seq = 3; DROP TABLE kept;"
            ));
            assert_eq!(book.broken(), None, "put right again");
        }
    }
    book.tamper("UPDATE activity SET reason = '' WHERE seq = 4");
    assert_eq!(book.broken(), Some(Broken::Changed { seq: 4 }), "nothing is not the same as empty");
    book.tamper("UPDATE activity SET reason = NULL WHERE seq = 4; UPDATE activity SET reason = CAST(x'ff' AS TEXT) WHERE seq = 5");
    assert_eq!(book.broken(), Some(Broken::Changed { seq: 5 }), "no text at all");
}

#[tokio::test]
async fn a_text_moved_from_one_column_to_the_next_is_found() {
    let book = book(3).await;
    book.tamper("UPDATE activity SET employee = reason, reason = employee WHERE seq = 1");
    assert_eq!(book.broken(), Some(Broken::Changed { seq: 1 }));
}

#[tokio::test]
async fn a_row_that_is_missing_is_found_wherever_it_was() {
    for (gone, from, to) in [("= 1", 1, 1), ("IN (3, 4)", 3, 4), ("= 6", 6, 6), ("> 0", 1, 6)] {
        let book = book(6).await;
        book.tamper(&format!("DELETE FROM activity WHERE seq {gone}"));
        assert_eq!(book.broken(), Some(Broken::Missing { from, to }), "{gone}");
    }
    let book = book(6).await;
    book.tamper("DELETE FROM activity WHERE seq = 3; UPDATE activity SET seq = seq - 1 WHERE seq > 3;");
    assert_eq!(book.broken(), Some(Broken::Changed { seq: 3 }), "those behind it are renumbered");
}

#[tokio::test]
async fn the_gap_of_a_tail_that_was_cut_off_stays() {
    let book = book(6).await;
    book.tamper("DELETE FROM activity WHERE seq > 4");
    book.ledger.note(rows(2)).await.unwrap();
    assert_eq!(book.broken(), Some(Broken::Missing { from: 5, to: 6 }));
    // Pruning does not mend it.
    let later = now() + TimeDelta::days(1);
    let prune = async || book.ledger.prune(later, 100, later).await.unwrap();
    assert!(matches!(prune().await, Pruned::Rows(4, ..)));
    assert_eq!(prune().await, Pruned::Broken(7));
    assert_eq!(book.broken(), Some(Broken::Missing { from: 5, to: 6 }));
}

#[tokio::test]
async fn first_rows_that_nobody_pruned_are_missed() {
    let book = book(6).await;
    let file = Connection::open(book.path()).unwrap();
    let hash: String =
        file.query_row("SELECT hash FROM activity WHERE seq = 2", [], |row| row.get(0)).unwrap();
    let mark = serde_json::json!({"seq": 2, "at": now(), "hash": hash}).to_string();
    book.tamper("DELETE FROM activity WHERE seq <= 2");
    book.ledger.set_meta(key::PRUNED, Some(mark)).await.unwrap();
    let unpruned = Some(Broken::Unpruned { to: 2 });
    assert_eq!(book.broken(), unpruned);
    let later = now() + TimeDelta::days(1);
    assert_eq!(book.ledger.prune(later, 100, later).await.unwrap(), Pruned::Broken(3));
    assert_eq!(book.broken(), unpruned, "pruning does not mend it");
}

#[tokio::test]
async fn a_row_that_was_put_in_is_found() {
    let insert = |seq: i64, hash: &str| {
        format!(
            "INSERT INTO activity (seq, at, code, calls, observed, hash) VALUES ({seq}, 0, 'user.created', 0, 0, {hash});"
        )
    };
    let ours = book(6).await;
    ours.tamper(&insert(7, "NULL"));
    assert_eq!(ours.broken(), Some(Broken::Changed { seq: 7 }));
    let ours = book(6).await;
    let shift =
        "UPDATE activity SET seq = -seq - 1 WHERE seq >= 3; UPDATE activity SET seq = -seq WHERE seq < 0;";
    ours.tamper(&format!("{shift}{}", insert(3, "hex(randomblob(32))")));
    assert_eq!(ours.broken(), Some(Broken::Inserted { seq: 3 }));
}

#[tokio::test]
async fn rows_that_have_changed_places_are_found() {
    for (one, other) in [(2, 3), (2, 5), (1, 6)] {
        let book = book(6).await;
        book.tamper(&format!(
            "UPDATE activity SET seq = -1 WHERE seq = {one}; UPDATE activity SET seq = {one} WHERE seq = {other};
             UPDATE activity SET seq = {other} WHERE seq = -1;"
        ));
        assert_eq!(book.broken(), Some(Broken::Moved { seq: one, to: other }));
    }
}

#[tokio::test]
async fn a_record_written_anew_does_not_have_the_head_that_was_logged() {
    let book = book(6).await;
    let logged = book.ledger.head().await.unwrap().unwrap();
    // Everything that this program would do itself, over another row.
    book.tamper("UPDATE activity SET reason = 'forged' WHERE seq = 5");
    book.downgrade();
    let path = book.path();
    drop(book.ledger);
    drop(open(&path));
    let report = Report::open(&path).unwrap();
    assert_eq!(report.verify(None).unwrap().broken, None, "the file alone tells nothing");
    assert_eq!(report.verify(Some(&logged.hash)).unwrap().broken, Some(Broken::Rewritten));
}

#[tokio::test]
async fn an_older_ledger_is_chained_when_it_is_opened() {
    let book = book(2501).await;
    book.downgrade();
    let path = book.path();
    drop(book.ledger);
    let ledger = open(&path);
    ledger.note(rows(1)).await.unwrap();
    let found = Report::open(&path).unwrap().verify(None).unwrap();
    assert_eq!((found.rows, found.broken), (2502, None));
}
