//! `sync` beside somebody who has the ledger, and cannot or does not read: it says so, and leaves nothing behind.

use std::process::Output;
use std::sync::Arc;

use okta_provisioner::app::settings::Settings;
use okta_provisioner::engine::{Progress, Stage};
use okta_provisioner::ledger::{Ledger, Lock, key};
use tokio::process::Command;

use super::Office;
use super::daemon::hr;
use crate::support::daemon::{Config, Daemon};
use crate::support::rabbit::{self, Rabbit};
use crate::support::two::USER;
use crate::support::world::TOKEN;
use crate::support::{breath, soon};

/// A daemon with these sections, and what `sync` says beside it.
async fn beside<T>(
    office: &Office,
    rabbit: &Rabbit,
    more: &str,
    test: impl AsyncFnOnce(&mut Daemon, &mut (dyn FnMut() -> Command + Send)) -> T,
) -> T {
    let (url, folder) = (office.sandbox.url(), office.folder.path());
    let config = Config { org_url: &url, token: TOKEN, broker: &rabbit.settings, folder, more }.write();
    let mut daemon = Daemon::start(&config);
    let outcome = test(&mut daemon, &mut || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
        command.arg("sync").arg("--config").arg(&config).kill_on_drop(true);
        command
    })
    .await;
    assert!(daemon.terminate().await.0.success());
    outcome
}

/// What it says before it fails.
async fn error(mut command: Command) -> String {
    let Output { status, stderr, .. } = soon("the program", command.output()).await.expect("the program");
    let error = String::from_utf8(stderr).expect("text");
    assert_eq!(status.code(), Some(1), "{error}");
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_refused_says_so_and_until_when_it_does_not_call() {
    rabbit::with(async |rabbit| {
        let office = Office::open().await;
        beside(&office, rabbit, &hr(&office), async |daemon, sync| {
            daemon.said("reconcile.done").await;
            office.bob.set_credentials(USER, "another");
            let said = error(sync()).await;
            assert!(said.contains("bob.token"), "{said}");
            daemon.said("reconcile.failed").await;
            let said = error(sync()).await;
            assert!(said.contains("HR is not called until") && said.contains("bob.token"), "{said}");
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_reaches_nobody_or_has_no_hr_says_so() {
    rabbit::with(async |rabbit| {
        let office = Office::open().await;
        let nowhere = hr(&office).replace(&office.bob.url(), "http://127.0.0.1:1");
        let said = beside(&office, rabbit, &nowhere, async |daemon, sync| {
            daemon.said("reconcile.failed").await;
            error(sync()).await
        })
        .await;
        assert!(said.contains("no connection to Bob"), "{said}");
        // Without [bob] of its own it asks all the same.
        let said = beside(&office, rabbit, "", async |daemon, sync| {
            daemon.said("daemon.started").await;
            error(sync()).await
        })
        .await;
        assert!(said.contains("the daemon has no HR to read from"), "{said}");
    })
    .await;
}

fn ledger(office: &Office) -> Ledger {
    let rules = Settings::load(None).expect("the defaults").rules;
    Ledger::open(&office.ledger(), &office.sandbox.url(), Arc::clone(&rules)).expect("a ledger")
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sync_is_no_daemon() {
    let office = Office::open().await;
    let (ledger, _lock) = (ledger(&office), Lock::take(&office.ledger()).expect("a lock"));
    let began = "2026-03-02T10:00:00Z".parse().expect("an instant");
    let progress = Progress { began, by_hand: true, stage: Stage::People(500) };
    let progress = serde_json::to_string(&progress).expect("JSON");
    ledger.set_meta(key::SYNCING, Some(progress)).await.expect("a ledger");
    let said = error(office.program(&["sync"])).await;
    assert!(said.contains("another `sync` reads everybody"), "{said}");
    assert_eq!(ledger.grant_wishes(began).await.expect("a ledger").wishes, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_looking_on_leaves_no_wish_behind() {
    let office = Office::open().await;
    let (ledger, _lock) = (ledger(&office), Lock::take(&office.ledger()).expect("a lock"));
    let child = office.program(&["sync"]).spawn().expect("the program");
    let connection = rusqlite::Connection::open(office.ledger()).expect("a file");
    let wishes = || {
        connection.query_row("SELECT count(*) FROM wish", [], |row| row.get::<_, i64>(0)).expect("a table")
    };
    let left = async {
        while wishes() == 0 {
            breath().await;
        }
    };
    soon("the wish", left).await;
    let pid = child.id().expect("a process that runs").to_string();
    Command::new("kill").args(["-INT", &pid]).status().await.expect("kill");
    let output = soon("the end", child.wait_with_output()).await.expect("an end");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!((output.status.code(), wishes()), (Some(1), 0), "{said}");
    drop(ledger);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_bob_is_not_read_into_the_sandboxs_ledger() {
    let office = Office::open().await;
    for arguments in [&["sync", "--sandbox"][..], &["sync", "--sandbox", "--dry-run"]] {
        let said = error(office.program(arguments)).await;
        assert!(said.contains("in the memory of `run --sandbox`"), "{said}");
    }
    assert!(office.bob.take_calls().is_empty());
    assert_eq!(std::fs::read_dir(office.folder.path()).expect("a folder").count(), 0);
}
