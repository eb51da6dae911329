//! `tail` goes on where the daemon does: after a restart, and where the ledger is another file.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use okta_provisioner::app::settings::Settings;
use okta_provisioner::ledger::{Activity, Ledger, code};
use serde_json::Value;
use tempfile::TempDir;

use super::program;

const LONG: Duration = Duration::from_mins(1);

fn open(path: &Path) -> Ledger {
    Ledger::open(path, "org", Settings::load(None).expect("settings").rules).expect("a ledger")
}

async fn note(ledger: &Ledger, reason: &str) {
    let at = "2026-01-01T00:00:00Z".parse().expect("an instant");
    ledger.note(vec![Activity::new(code::CREATED, at).because(reason)]).await.expect("noted");
}

struct Tail(Child, Receiver<String>);

impl Tail {
    fn start(path: &Path) -> Self {
        let mut child = program(path)
            .args(["tail", "--json", "--code", "user.*"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (lines, seen) = mpsc::channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| lines.send(line)));
        Self(child, seen)
    }

    fn reason(&self) -> String {
        let line = self.1.recv_timeout(LONG).expect("a line");
        serde_json::from_str::<Value>(&line).expect("JSON")["reason"].as_str().expect("a reason").to_owned()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_a_restored_copy_and_another_ledger_are_followed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.sqlite3");
    let ledger = open(&path);
    note(&ledger, "one").await;
    let tail = Tail::start(&path);
    assert_eq!(tail.reason(), "one");
    drop(ledger);
    let ledger = open(&path);
    note(&ledger, "two").await;
    assert_eq!(tail.reason(), "two", "the daemon is another one");
    // The same ledger, as a copy.
    let place = |from: &Path| {
        let copy = folder.path().join("copy.sqlite3");
        let whole = rusqlite::Connection::open(from).unwrap();
        whole.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
        std::fs::rename(copy, &path).unwrap();
    };
    drop(ledger);
    place(&path);
    let ledger = open(&path);
    note(&ledger, "three").await;
    assert_eq!(tail.reason(), "three", "nothing is shown twice");
    drop(ledger);
    let other = folder.path().join("other.sqlite3");
    note(&open(&other), "another").await;
    place(&other);
    assert_eq!(tail.reason(), "another");
    let ledger = open(&path);
    note(&ledger, "and on").await;
    assert_eq!(tail.reason(), "and on");
}
