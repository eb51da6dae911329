//! The program as people start it: exit codes, what it prints, and where.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use okta_provisioner::app::settings::Settings;
use okta_provisioner::ledger::{Activity, Ledger, Lock, code, key};
use secrecy::ExposeSecret;
use tempfile::TempDir;

use crate::support::rabbit;

const LONG: Duration = Duration::from_secs(20);

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
    command
        .current_dir(folder)
        .env_clear()
        .env("OKTA_PROVISIONER__BROKER__URL", "amqp://u:canary@127.0.0.1:1/%2f");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = program(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

async fn ledger(path: &Path, decisions: usize) -> Ledger {
    let rules = Settings::load(None).unwrap().rules;
    let ledger = Ledger::open(path, "https://acme.okta.com", Arc::clone(&rules)).unwrap();
    note(&ledger, 0..decisions).await;
    ledger
}

async fn note(ledger: &Ledger, numbers: std::ops::Range<usize>) {
    let at = "2026-11-21T08:05:09Z".parse().unwrap();
    let decision = |n: usize| {
        let name = match n % 4 {
            0 => code::BLOCKED,
            1 => code::EVENT_ACCEPTED,
            _ => code::CREATED,
        };
        Activity::new(name, at).about(&format!("e{n}")).because(format!("reason {n}"))
    };
    ledger.note(numbers.map(decision).collect()).await.unwrap();
}

#[test]
fn exit_codes_tell_usage_and_configuration_from_failure() {
    let folder = TempDir::new().unwrap();
    for (arguments, expected, said) in [
        (&["--help"][..], 0, ""),
        (&["completions", "zsh"], 0, ""),
        (&["nonsense"], 2, "unrecognized subcommand"),
        (&["retry"], 2, "<EMPLOYEE>"),
        (&["send", "fired", "--employee", "1"], 2, "hired"),
        (&["link", "1001", "mira@example.com"], 2, "Okta's ids of users look like"),
        (&["status", "--config", "none.toml"], 2, "error: none.toml: cannot be read"),
        (&["check", "--config", "none.toml"], 2, ""),
        (&["check"], 2, ""),
        (&["status"], 1, "error: ledger okta-provisioner.sqlite3: does not exist yet"),
        (&["status", "--sandbox"], 1, "ledger okta-provisioner.sandbox.sqlite3: does not"),
        (&["send", "deleted", "--employee", "1001"], 1, "no broker answers at 127.0.0.1:1"),
        (&["send", "hired", "--employee", "1001"], 1, "work.startDate is missing"),
    ] {
        let (code, _, stderr) = run(folder.path(), arguments);
        assert_eq!(code, expected, "{arguments:?}: {stderr}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("canary"));
    }
}

#[test]
fn checks_go_on_after_a_failed_one_and_tell_no_secret() {
    let folder = TempDir::new().unwrap();
    let output = program(folder.path())
        .args(["check"])
        .env("OKTA_PROVISIONER__OKTA__ORG_URL", "http://127.0.0.1:1")
        .env("OKTA_PROVISIONER__OKTA__API_TOKEN", "canary")
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let seen: Vec<_> =
        stdout.lines().map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(seen, ["ok configuration", "problem broker", "ok ledger", "problem okta"], "{stdout}");
    assert_eq!(output.status.code(), Some(1));
    assert!(!stdout.contains("canary"));
}

#[tokio::test]
async fn status_tells_whether_a_daemon_runs() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("okta-provisioner.sqlite3");
    let ledger = ledger(&path, 0).await;
    ledger.set_meta(key::BROKER, Some("consuming".into())).await.unwrap();
    let status = || {
        let (code, stdout, stderr) = run(folder.path(), &["status", "--json"]);
        assert_eq!((code, stderr.as_str()), (0, ""));
        let status: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        (status["running"].as_bool().unwrap(), status["broker"].as_str().map(str::to_owned))
    };
    assert_eq!(status(), (false, None));
    let _lock = Lock::take(&path).unwrap();
    assert_eq!(status(), (true, Some("consuming".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn tail_begins_with_the_last_few() {
    let folder = TempDir::new().unwrap();
    let _ledger = ledger(&folder.path().join("okta-provisioner.sqlite3"), 30).await;
    let reasons = |arguments: &[&str]| {
        let (code, stdout, stderr) =
            run(folder.path(), &[&["tail", "--no-follow", "--json"], arguments].concat());
        assert_eq!((code, stderr.as_str()), (0, ""));
        let number = |line: &str| {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            entry["employee"].as_str().unwrap()[1..].parse::<usize>().unwrap()
        };
        stdout.lines().map(number).collect::<Vec<_>>()
    };
    assert_eq!(reasons(&[]), (20..30).collect::<Vec<_>>());
    assert_eq!(reasons(&["-n", "2"]), [28, 29]);
    assert_eq!(reasons(&["-n", "0"]), [0; 0]);
    assert_eq!(reasons(&["--failed", "-n", "3"]), [20, 24, 28]);
    assert_eq!(reasons(&["--brief", "-n", "4"]), [24, 26, 27, 28]);
    assert_eq!(reasons(&["--employee", "e7"]), [7]);
    assert_eq!(reasons(&["--since", "2026-11-21T08:05:09Z"]).len(), 30);
    assert_eq!(reasons(&["--since", "2026-11-21T08:05:10Z"]).len(), 0);
    let (_, stdout, _) = run(folder.path(), &["tail", "--no-follow", "-n", "1"]);
    assert_eq!(stdout.trim_end().split("  ").next(), Some("2026-11-21 08:05:09"));
    assert!(!stdout.contains('\u{1b}'), "no colour but on a terminal");
}

#[tokio::test(flavor = "multi_thread")]
async fn tail_waits_for_a_ledger_follows_it_and_leaves_quietly() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("okta-provisioner.sqlite3");
    let mut tail =
        program(folder.path()).arg("tail").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (lines, seen) = mpsc::channel();
    let (stdout, stderr) = (tail.stdout.take().unwrap(), tail.stderr.take().unwrap());
    let mut stderr = BufReader::new(stderr).lines();
    let said = stderr.next().unwrap().unwrap();
    assert!(said.contains("okta-provisioner.sqlite3 does not exist yet; waiting"), "{said}");
    let ledger = ledger(&path, 1).await;
    // Hangs up after two lines.
    let reader = std::thread::spawn(move || {
        BufReader::new(stdout).lines().take(2).for_each(|line| lines.send(line.unwrap()).unwrap());
    });
    assert!(seen.recv_timeout(LONG).unwrap().contains("reason 0"));
    note(&ledger, 1..2).await;
    assert!(seen.recv_timeout(LONG).unwrap().contains("reason 1"));
    reader.join().unwrap();
    note(&ledger, 2..3).await;
    let (ended, end) = mpsc::channel();
    std::thread::spawn(move || ended.send((tail.wait().unwrap(), stderr.next().is_none())));
    let (status, quiet) = end.recv_timeout(LONG).expect("it ends when nobody reads");
    assert_eq!((status.code(), quiet), (Some(0), true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_publishes_lines_as_they_are_and_counts_what_is_safe() {
    rabbit::with(async |rabbit| {
        let folder = TempDir::new().unwrap();
        let mut file = br#"{"type":"hr.employee.changed","time":"{{today}}"}"#.to_vec();
        file.extend(b"\n\n\xff not {{today}} JSON\n");
        std::fs::write(folder.path().join("events"), file).unwrap();
        let sandbox = rabbit.settings.clone().sandbox();
        for (arguments, settings) in [(&[][..], &rabbit.settings), (&["--sandbox"], &sandbox)] {
            let output = program(folder.path())
                .env("OKTA_PROVISIONER__BROKER__URL", settings.url.expose_secret())
                .env("OKTA_PROVISIONER__BROKER__EXCHANGE", &rabbit.settings.exchange)
                .env("OKTA_PROVISIONER__BROKER__QUEUE", &rabbit.settings.queue)
                .args(["send", "--file", "events"])
                .args(arguments)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(said, format!("2 events sent to exchange {}\n", settings.exchange), "{output:?}");
            let first = rabbit.pop(&settings.queue).await;
            assert_eq!(first.routing_key.as_str(), "hr.employee.changed");
            let body: serde_json::Value = serde_json::from_slice(&first.data).unwrap();
            assert_eq!(body["time"].as_str().unwrap().len(), "2026-11-21".len());
            let second = rabbit.pop(&settings.queue).await;
            assert_eq!(
                (second.routing_key.as_str(), &*second.data),
                ("hr.unknown", &b"\xff not {{today}} JSON"[..])
            );
        }
    })
    .await;
}

#[tokio::test]
async fn plan_says_what_would_be_done_and_writes_nothing() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("okta-provisioner.sqlite3");
    let _ledger = ledger(&file, 1).await;
    let event = |id: &str, kind: &str, fields: serde_json::Value| {
        serde_json::json!({"specversion": "1.0", "id": id, "source": "/hr", "type": format!("hr.employee.{kind}"),
            "subject": "1", "time": "{{now}}", "data": {"fields": fields}})
    };
    let hire = event(
        "a",
        "hired",
        serde_json::json!({"work.startDate": "{{today}}", "root.email": "a@x.com",
        "root.firstName": "Ann", "root.surname": "Lee"}),
    );
    let later = event("b", "changed", serde_json::json!({"work.startDate": "{{today+3}}"}));
    std::fs::write(folder.path().join("events"), format!("{hire}\n")).unwrap();
    let (status, out, _) = run(folder.path(), &["plan", "events"]);
    assert_eq!((status, out.as_str()), (0, "  1  create and activate  employed\n"));
    std::fs::write(folder.path().join("events"), format!("{hire}\n{later}\n")).unwrap();
    let (status, out, _) = run(folder.path(), &["plan", "events", "--json"]);
    let line: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, &line["next"], &line["why"]), (0, &"nothing".into(), &"starts later".into()));
    std::fs::write(folder.path().join("events"), "{}\n").unwrap();
    let (status, out, _) = run(folder.path(), &["plan", "events"]);
    assert!(status == 1 && out.contains("line 1 would be set aside"), "{out}");
    let (_, out, _) = run(folder.path(), &["show", "1"]);
    assert!(!out.contains("root.email"), "nothing was written: {out}");
}
