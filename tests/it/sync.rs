//! `sync` as an operator runs it, beside both doubles.

#[path = "sync/check.rs"]
mod check;
#[path = "sync/daemon.rs"]
mod daemon;
#[path = "sync/trial.rs"]
mod trial;
#[path = "sync/watch.rs"]
mod watch;

use std::path::PathBuf;
use std::process::{Output, Stdio};

use okta_provisioner::engine::clock::Clock;
use okta_provisioner::ledger::{Filter, Report};
use okta_provisioner::sandbox::{Bob, BobOptions, Fault, Options, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::stories::{profile, with};
use crate::support::two::{SECRET, USER, hired};
use crate::support::world::TOKEN;
use crate::support::{breath, soon};

/// Both doubles by the system's clock, and a folder for the program.
pub struct Office {
    pub bob: Bob,
    pub sandbox: Sandbox,
    folder: TempDir,
}

impl Office {
    pub async fn open() -> Self {
        let clock = Clock::system().as_fn();
        let bob = Bob::start(BobOptions::new(USER, SECRET, clock.clone())).await.expect("a free port");
        let sandbox = Sandbox::start(Options::new(TOKEN, clock)).await.expect("a free port");
        Self { bob, sandbox, folder: tempfile::tempdir().expect("a folder") }
    }

    /// Somebody in both systems, who has long been there; what Okta has differs by `more`.
    pub fn both(&self, name: &str, more: &Value) -> String {
        let id = self.bob.insert("2025-01-06", hired(name));
        // What the rows that come with the program map besides.
        let shown = json!({"displayName": format!("{name} Lee")});
        let profile = with(&with(&profile(name, &id), &shown), more);
        self.sandbox.insert(profile, "ACTIVE");
        id
    }

    pub fn ledger(&self) -> PathBuf {
        self.folder.path().join("okta-provisioner.sqlite3")
    }

    /// How often something was decided.
    pub fn count(&self, code: &str) -> usize {
        let report = Report::open(&self.ledger()).expect("a ledger");
        let all = report.activity(&Filter::default(), usize::MAX).expect("read");
        all.iter().filter(|entry| entry.code == code).count()
    }

    /// The program in that folder, with settings for both doubles and a broker that is not there.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("OKTA_PROVISIONER__BROKER__URL", "amqp://u:p@127.0.0.1:1/%2f")
            .env("OKTA_PROVISIONER__OKTA__ORG_URL", self.sandbox.url())
            .env("OKTA_PROVISIONER__OKTA__API_TOKEN", TOKEN)
            .env("OKTA_PROVISIONER__BOB__URL", self.bob.url())
            .env("OKTA_PROVISIONER__BOB__USER", USER)
            .env("OKTA_PROVISIONER__BOB__TOKEN", SECRET)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// What it says, if all is well.
    pub async fn says(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments).await;
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    pub async fn output(&self, arguments: &[&str]) -> Output {
        soon("the program", self.program(arguments).output()).await.expect("the program")
    }

    /// The calls that would have changed something in Okta.
    pub fn writes(&self) -> usize {
        self.sandbox.take_calls().iter().filter(|call| call.method != "GET").count()
    }
}

/// The lines of a text as JSON.
fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_nothing_is_lost_or_doubled() {
    const PEOPLE: usize = 1_200;
    let office = Office::open().await;
    for number in 0..PEOPLE {
        office.bob.insert("2025-01-06", hired(&format!("P{number}")));
    }
    // Half of them come, of whom the first five hundred are taken in.
    office.bob.faults().fail_next_on(1, Fault::Held, "POST", "/v1/people/search");
    let mut child = office.program(&["sync"]).spawn().expect("the program");
    let known = || {
        let report = Report::open(&office.ledger()).ok()?;
        Some(report.summary(Clock::system().now()).expect("read").employees)
    };
    let begun = async {
        while known().is_none_or(|people| people == 0) {
            breath().await;
        }
    };
    soon("the first people", begun).await;
    child.kill().await.expect("a process");
    assert_eq!(office.count("reconcile.found"), 500);
    let outcome = lines(&office.says(&["sync", "--json"]).await).remove(0);
    assert_eq!((&outcome["people"], &outcome["joined"]), (&json!(PEOPLE), &json!(PEOPLE - 500)));
    assert_eq!(office.count("reconcile.found"), PEOPLE);
    assert!(office.sandbox.take_calls().is_empty(), "Okta is the daemon's");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_what_it_found_and_a_refusal_what_to_do() {
    let office = Office::open().await;
    let ann = office.both("Ann", &json!({}));
    let said = office.says(&["sync"]).await;
    assert!(said.contains("1 people, read with 1 call") && said.contains("1 joined, 0 changed"), "{said}");
    office.bob.change(&ann, json!({"work.title": "Chef"}));
    office.bob.hide("work.department");
    let said = office.says(&["sync"]).await;
    assert!(said.contains("0 joined, 1 changed") && said.contains("work.department"), "{said}");
    let status = office.says(&["status"]).await;
    assert!(status.contains("hr         1 people, read "), "{status}");
    office.bob.set_credentials(USER, "another");
    office.bob.take_calls();
    let output = office.output(&["sync"]).await;
    let error = String::from_utf8(output.stderr).expect("text");
    assert!(!output.status.success() && error.contains("bob.token"), "{error}");
    assert_eq!(office.bob.take_calls().len(), 1, "a second one would count against us");
}
