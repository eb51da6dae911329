//! The year of a small company: HR's acts in one file, lived through by the program itself, with a Bob, a
//! receiver, a broker, a daemon and an Okta org in between.

use std::path::Path;
use std::process::Stdio;

use okta_provisioner::ledger::{Filter, Report};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::process::Command;

use crate::support::rabbit;

/// Employee → login, status and title of the account at the end of the year.
const ACCOUNTS: [(&str, &str, &str, &str); 11] = [
    ("2001", "ada.lindgren@example.com", "ACTIVE", "Head of Engineering"),
    ("2002", "bruno.tavares@example.com", "ACTIVE", "Principal Designer"),
    ("2003", "chika.lindqvist@example.com", "ACTIVE", "Accountant"),
    ("2004", "dov.feldman@example.com", "DEPROVISIONED", "Support Agent"),
    ("2005", "elif.demir@example.com", "ACTIVE", "Senior Engineer"),
    ("2006", "farah.nasser@example.com", "ACTIVE", "Account Manager"),
    ("2007", "goran.petrov@example.com", "ACTIVE", "Support Agent"),
    ("2008", "hana.suzuki@example.com", "ACTIVE", "Support Lead"),
    ("2009", "ivo.marek@example.com", "DEPROVISIONED", "Bookkeeper"),
    ("2010", "jun.park@example.com", "DEPROVISIONED", "Recruiter"),
    ("2012", "liv.sorensen@example.com", "ACTIVE", "Engineer"),
];

/// Whose hire was called off.
const NEVER: &str = "2011";

#[tokio::test(flavor = "multi_thread")]
async fn a_year_ends_as_hr_left_it() {
    rabbit::with(async |rabbit| {
        let folder = TempDir::new().expect("a folder");
        let story = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/year.example.ndjson");
        let zones =
            r#"{ London = "Europe/London", "New York" = "America/New_York", Sydney = "Australia/Sydney" }"#;
        let program = Command::new(env!("CARGO_BIN_EXE_okta-provisioner"))
            .current_dir(folder.path())
            .env_clear()
            .env("OKTA_PROVISIONER__BROKER__URL", rabbit.settings.url.expose_secret())
            .env("OKTA_PROVISIONER__BROKER__EXCHANGE", &rabbit.settings.exchange)
            .env("OKTA_PROVISIONER__BROKER__QUEUE", &rabbit.settings.queue)
            .env("OKTA_PROVISIONER__TIMEZONE__DEFAULT", "Europe/London")
            .env("OKTA_PROVISIONER__TIMEZONE__BY_SITE", zones)
            .args(["run", "--sandbox", "--story"])
            .arg(story)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program");
        let output = program.wait_with_output().await.expect("an end");
        let log = String::from_utf8(output.stdout).expect("a log");
        assert!(output.status.success(), "{log}");
        assert!(!log.contains("\"level\":\"error\""), "{log}");
        let sandbox = rabbit.settings.clone().sandbox();
        rabbit.assert_empty(&sandbox.dead_letter()).await;
        assert_eq!(rabbit.ready(&rabbit.settings.queue).await, None, "what is real was not touched");

        let report = Report::open(&folder.path().join("okta-provisioner.sandbox.sqlite3")).expect("a ledger");
        for (employee, login, status, title) in ACCOUNTS {
            let person = report.person(employee).expect("a readable ledger").expect("a known employee");
            let account = person.account.unwrap_or_else(|| panic!("{employee} has no account"));
            let seen = (account.login.as_str(), account.status.as_str(), account.profile["title"].as_str());
            assert_eq!(seen, (login, status, Some(title)), "{employee}");
            assert!(person.block.is_none() && person.waiting.is_none(), "{employee} waits");
        }
        // Each night says all of it again; the title has been the same since the day of the return.
        let returned = report.person("2002").expect("a readable ledger").expect("a known employee");
        let day = |field: &str| returned.since[field].format("%F").to_string();
        let days = ["root.email", "work.startDate", "work.title"].map(day);
        assert_eq!(days, ["2025-01-06", "2025-09-01", "2025-09-15"]);
        let never = report.person(NEVER).expect("a readable ledger").expect("a known employee");
        assert!(never.account.is_none());
        told(&report);
    })
    .await;
}

/// What only HR's own word could have shown: a termination called off that no webhook told of, and a joiner whose
/// webhooks never came.
fn told(report: &Report) {
    let entries = report.activity(&Filter::default(), usize::MAX).expect("a readable ledger");
    let of = |employee: &str| {
        let of = entries.iter().filter(|entry| entry.employee.as_deref() == Some(employee));
        of.map(|entry| entry.code.as_str()).collect::<Vec<_>>()
    };
    let (stayed, missed) = (of("2006"), of("2008"));
    assert!(stayed.contains(&"employee.released") && !stayed.contains(&"user.deactivated"), "{stayed:?}");
    assert_eq!(missed.first(), Some(&"reconcile.found"), "{missed:?}");
    let writes: u32 =
        entries.iter().filter(|entry| entry.code.starts_with("user.")).map(|entry| entry.calls).sum();
    println!("{writes} calls for {} accounts in a year", ACCOUNTS.len());
}
