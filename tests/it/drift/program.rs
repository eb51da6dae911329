//! `reconcile` as it is typed, with a daemon and without one.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::stories::profile;
use crate::support::daemon::{Config, Daemon};
use crate::support::rabbit;
use crate::support::soon;
use crate::support::world::TOKEN;
use okta_provisioner::broker::Publisher;
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::sandbox::{Options, Sandbox};

async fn reconcile(config: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
    command.arg("reconcile").args(arguments).arg("--config").arg(config).kill_on_drop(true);
    let output = soon("the program", command.output()).await.expect("the program");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_compares_and_repairs_and_without_one_a_copy_is_compared() {
    rabbit::with(async |rabbit| {
        let (clock, ahead) = (Clock::system(), Arc::new(AtomicI64::new(0)));
        let lead = Arc::clone(&ahead);
        let oktas = Arc::new(move || clock.now() + TimeDelta::seconds(lead.load(Ordering::Relaxed)));
        let sandbox = Sandbox::start(Options::new(TOKEN, oktas)).await.expect("a port");
        let folder = tempfile::tempdir().expect("a folder");
        let (url, broker) = (sandbox.url(), &rabbit.settings);
        let config = Config { org_url: &url, token: TOKEN, broker, folder: folder.path(), more: "" }.write();
        let mut daemon = Daemon::start(&config);
        daemon.said("daemon.started").await;
        let publisher = Publisher::connect(broker).await.expect("a broker");
        let hired = json!({
            "specversion": "1.0", "id": "a", "source": "/hr", "type": "hr.employee.hired", "subject": "1",
            "time": "2026-01-01T00:00:00Z", "data": {"fields": {
                "work.startDate": "2026-01-05", "root.email": "ann@example.com", "root.firstName": "Ann",
                "root.surname": "Lee", "work.title": "Cook"}},
        });
        let (body, none) = (hired.to_string(), BTreeMap::new());
        let sent = publisher.publish("hr.test", body.as_bytes(), &none).await.expect("a broker");
        sent.wait().await.expect("a queue");
        daemon.said("user.created").await;
        // A change within the second of our own counts as ours.
        let id =
            sandbox.user_by_login("ann@example.com").expect("Ann")["id"].as_str().expect("text").to_owned();
        ahead.store(5, Ordering::Relaxed);
        sandbox.set_profile(&id, json!({"title": "Boss"}));
        sandbox.insert(profile("Gus", "77"), "ACTIVE");

        let (code, said, error) = reconcile(&config, &["--json"]).await;
        let outcome: Value =
            serde_json::from_str(&said).unwrap_or_else(|_| panic!("{code:?} {said} {error}"));
        assert_eq!((code, &outcome["found"]), (Some(0), &json!({"changed": 1, "unknown": 1})), "{said}");
        let changed = &outcome["drift"][0];
        assert_eq!((&changed["employee"], &changed["fields"]), (&json!("1"), &json!(["title"])));
        assert_eq!(daemon.said("drift.found").await["fields"], "title");
        let (code, said, _) = reconcile(&config, &["--repair"]).await;
        assert!(code == Some(0) && said.contains("repairing  1 person"), "{said}");
        let repaired = daemon.said("drift.repaired").await;
        assert_eq!((&repaired["employee"], &repaired["reason"]), (&json!("1"), &json!("changed")));
        let ann = sandbox.user_by_login("ann@example.com").expect("Ann");
        assert_eq!(ann["profile"]["title"], "Cook");
        assert!(daemon.terminate().await.0.success());

        let (code, said, error) = reconcile(&config, &[]).await;
        assert_eq!(code, Some(0), "{error}");
        assert!(said.contains("3 accounts with 1 people") && said.contains("unknown 1"), "{said}");
        let (code, _, error) = reconcile(&config, &["--repair"]).await;
        assert!(code == Some(1) && error.contains("no daemon runs"), "{error}");
        publisher.close().await;
        sandbox.stop().await;
    })
    .await;
}
