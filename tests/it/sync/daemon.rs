//! `sync` beside a daemon, and the memory that a daemon takes for 20,000 people.

use serde_json::json;

use super::{Office, lines};
use crate::company20k::plant;
use crate::support::daemon::{Config, Daemon};
use crate::support::rabbit;
use crate::support::soon;
use crate::support::two::{SECRET, USER, hired};
use crate::support::world::TOKEN;

/// The sections for both doubles.
pub fn hr(office: &Office) -> String {
    format!("[bob]\nurl = {:?}\nuser = {USER:?}\ntoken = {SECRET:?}\n", office.bob.url())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_runs_does_the_reading() {
    rabbit::with(async |rabbit| {
        let office = Office::open().await;
        let ann = office.both("Ann", &json!({}));
        let (url, more) = (office.sandbox.url(), hr(&office));
        let folder = office.folder.path();
        let config =
            Config { org_url: &url, token: TOKEN, broker: &rabbit.settings, folder, more: &more }.write();
        let config_path = config.to_str().expect("a path").to_owned();
        let mut daemon = Daemon::start(&config);
        daemon.said("reconcile.done").await;
        office.bob.change(&ann, json!({"work.title": "Chef"}));
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
        command.args(["sync", "--json", "--config", &config_path]).kill_on_drop(true);
        let output = soon("the program", command.output()).await.expect("the program");
        assert!(output.status.success(), "{output:?}");
        let outcome = lines(&String::from_utf8(output.stdout).expect("text")).remove(0);
        assert_eq!(outcome["changed"], 1, "{outcome}");
        let asked = daemon.said("operator.asked").await;
        assert_eq!(asked["reason"], "for everybody to be read from HR");
        assert!(asked.get("employee").is_none(), "{asked}");
        assert_eq!(daemon.said("user.updated").await["fields"], "title");
        let (status, _) = daemon.terminate().await;
        assert!(status.success());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_run_that_observes_says_at_a_glance_what_it_would_do() {
    rabbit::with(async |rabbit| {
        let office = Office::open().await;
        office.both("Ann", &json!({}));
        office.both("Ben", &json!({"title": "Intern"}));
        office.bob.insert("2025-01-06", hired("Cat"));
        let (url, more) = (office.sandbox.url(), hr(&office));
        let folder = office.folder.path();
        let config =
            Config { org_url: &url, token: TOKEN, broker: &rabbit.settings, folder, more: &more }.write();
        let text = std::fs::read_to_string(&config).expect("a file").replace("\"apply\"", "\"observe\"");
        std::fs::write(&config, text).expect("a file");
        let mut daemon = Daemon::start(&config);
        let told = daemon.said("observe.summary").await;
        let seen = |key: &str| told[key].clone();
        assert_eq!((seen("people"), seen("agree")), (json!(3), json!(1)), "{told}");
        assert_eq!(
            (seen("steps"), seen("attributes")),
            (json!("create 1, update 1"), json!("title 1")),
            "{told}"
        );
        let path = config.to_str().expect("a path");
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
        let output = soon("the program", command.args(["status", "--config", path]).output()).await;
        let said = String::from_utf8(output.expect("the program").stdout).expect("text");
        assert!(said.contains("to do      1 create, 1 update"), "{said}");
        assert!(daemon.terminate().await.0.success());
        assert_eq!(office.writes(), 0);
    })
    .await;
}

/// A process of its own, without the doubles, by the system's clock.
#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_the_daemons_memory() {
    rabbit::with(async |rabbit| {
        let office = Office::open().await;
        office.sandbox.record(false);
        office.bob.record(false);
        plant(&office.bob, &office.sandbox);
        let (url, more) = (office.sandbox.url(), hr(&office));
        let folder = office.folder.path();
        let config = Config { org_url: &url, token: TOKEN, broker: &rabbit.settings, folder, more: &more };
        let mut daemon = Daemon::start(&config.write());
        let status = format!("/proc/{}/status", daemon.pid());
        let peak = || {
            let status = std::fs::read_to_string(&status).expect("a process");
            let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("a peak");
            line.split_whitespace().nth(1).expect("a number").parse::<u64>().expect("a number") / 1024
        };
        daemon.said("daemon.started").await;
        let idle = peak();
        let (mut read, mut adopted) = (0, 0);
        while adopted < 20_000 || read == 0 {
            let line = daemon.line().await.expect("a daemon that lives");
            if line["code"] == "reconcile.done" {
                read = peak();
            }
            adopted += usize::from(line["code"] == "user.adopted");
        }
        let most = peak();
        println!("daemon, people                  20000");
        println!("memory at the start             {idle} MiB");
        println!("peak when everybody was read    {read} MiB");
        println!("peak when everybody was linked  {most} MiB");
        assert!(most < 256, "{most} MiB");
    })
    .await;
}
