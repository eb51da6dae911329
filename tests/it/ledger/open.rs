//! Files that cannot be used are refused in words that help; nothing is changed in them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use okta_provisioner::ledger::{Ledger, Lock, Report, Verb, Wish};
use rusqlite::Connection;

use super::{Book, ORG, due_at};
use crate::people::{now, rules};

fn refusal(path: &Path) -> String {
    Ledger::open(path, ORG, Arc::new(rules())).expect_err("refused").to_string()
}

#[track_caller]
fn says(problem: &str, words: &[&str]) {
    for word in words {
        assert!(problem.contains(word), "{word:?} is not in: {problem}");
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com")]).await;
    let newer = Connection::open(book.path()).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    says(&refusal(&book.path()), &["ledger.sqlite3", "newer", "schema 99", "run that version"]);
    says(&Report::open(&book.path()).unwrap_err().to_string(), &["newer", "schema 99"]);
    says(&Ledger::copy(&book.path(), Arc::new(rules())).unwrap_err().to_string(), &["newer", "schema 99"]);
    let version: i64 = newer.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 99);
}

#[test]
fn a_damaged_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite3");
    let junk = b"no ledger at all, though it is long enough to look like one ".repeat(100);
    fs::write(&path, &junk).unwrap();
    says(&refusal(&path), &["ledger.sqlite3", "damaged or no ledger", "restore"]);
    says(&Report::open(&path).unwrap_err().to_string(), &["damaged or no ledger"]);
    assert_eq!(fs::read(&path).unwrap(), junk);
}

#[test]
fn a_file_that_cannot_be_written_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    says(
        &refusal(&folder.path().join("missing/ledger.sqlite3")),
        &["missing/ledger.sqlite3", "cannot be written"],
    );
    says(&refusal(folder.path()), &["cannot be written"]);
    // Not even root can make a file there.
    says(&refusal(Path::new("/proc/ledger.sqlite3")), &["/proc/ledger.sqlite3", "cannot be written"]);
    says(&Lock::take(Path::new("/proc/ledger.sqlite3")).unwrap_err().to_string(), &["cannot lock"]);
}

#[tokio::test]
async fn another_orgs_ledger_is_refused() {
    let book = Book::new();
    let other = Ledger::open(&book.path(), "https://y.okta.com", Arc::new(rules())).unwrap_err().to_string();
    says(&other, &["belongs to https://x.okta.com", "not to https://y.okta.com", "ledger of its own"]);
    assert_eq!(book.ledger.meta("org").await.unwrap().as_deref(), Some(ORG));
}

#[test]
fn one_ledger_has_one_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite3");
    let lock = Lock::take(&path).unwrap();
    says(&Lock::take(&path).unwrap_err().to_string(), &["another okta-provisioner runs on it"]);
    Lock::take(&folder.path().join("other.sqlite3")).unwrap();
    drop(lock);
    Lock::take(&path).unwrap();
}

#[test]
fn whoever_looks_sees_a_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite3");
    assert!(!Lock::is_held(&path));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "looking makes no file");
    let lock = Lock::take(&path).unwrap();
    assert!(Lock::is_held(&path) && Lock::is_held(&path));
    drop(lock);
    assert!(!Lock::is_held(&path));

    let looking = fs::File::open(folder.path().join("ledger.lock")).unwrap();
    looking.lock_shared().unwrap();
    assert!(!Lock::is_held(&path), "somebody else who looks is no daemon");
}

#[tokio::test]
async fn nobody_else_may_read_any_of_its_files() {
    let book = Book::new();
    let _lock = Lock::take(&book.path()).unwrap();
    book.hired(&[("1", "ann@x.com")]).await;
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(book.folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    let all = ["ledger.lock", "ledger.sqlite3", "ledger.sqlite3-shm", "ledger.sqlite3-wal"];
    assert_eq!(names, all);
}

#[tokio::test]
async fn a_copy_leaves_the_file_as_it_is() {
    let book = Book::new();
    book.hired(&[("1", "ann@x.com")]).await;
    let bytes = || ["", "-wal"].map(|side| fs::read(format!("{}{side}", book.path().display())).unwrap());
    let before = bytes();
    let copy = Book { ledger: Ledger::copy(&book.path(), Arc::new(rules())).unwrap(), ..Book::new() };
    assert_eq!(due_at(&copy.ledger, now()).await, ["1"]);
    copy.hired(&[("2", "bob@x.com")]).await;
    copy.rest("1").await;
    assert_eq!(due_at(&copy.ledger, now()).await, ["2"]);
    assert!(bytes() == before, "the file has changed");
    assert_eq!(book.due().await, ["1"]);
}

#[tokio::test]
async fn a_copy_of_nothing_is_empty_and_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite3");
    let copy = Ledger::copy(&path, Arc::new(rules())).unwrap();
    assert_eq!(copy.sizes().await.unwrap(), (0, 0));
    says(&Report::open(&path).unwrap_err().to_string(), &["does not exist yet"]);
    let wish = Wish { verb: Verb::Retry, employee: None, argument: None, operator: None };
    says(&wish.leave(&path, now()).unwrap_err().to_string(), &["does not exist yet"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
