//! Every decision's level, and what `--failed` shows: the same in the log and on the terminal.

use okta_provisioner::app::settings::Settings;
use okta_provisioner::engine::level;
use okta_provisioner::ledger::{Activity, Filter, Ledger, Report};
use tempfile::TempDir;
use tracing::Level;

/// The names of all decisions, as the source lists them.
fn codes() -> Vec<&'static str> {
    let source = include_str!("../../../src/ledger/activity.rs");
    source.split("&str = \"").skip(1).map(|rest| rest.split('"').next().expect("a name")).collect()
}

#[tokio::test]
async fn what_failed_is_what_the_log_warns_of() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.sqlite3");
    let ledger = Ledger::open(&path, "org", Settings::load(None).expect("settings").rules).expect("a ledger");
    let codes = codes();
    assert!(codes.len() > 30, "{codes:?}");
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    ledger.note(codes.iter().map(|code| Activity::new(code, at)).collect()).await.unwrap();
    let filter = Filter { failed: true, ..Filter::default() };
    let shown = Report::open(&path).unwrap().activity(&filter, 1000).unwrap();
    let shown: Vec<_> = shown.iter().map(|entry| entry.code.as_str()).collect();
    let warned: Vec<_> = codes.into_iter().filter(|code| level(code, None) <= Level::WARN).collect();
    assert_eq!(shown, warned);
}
