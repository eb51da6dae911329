//! The commands, as they are typed.

use std::process::Command;

use serde_json::Value;

use super::{declare, numbered, put, waits};
use crate::support::daemon::Config;
use crate::support::rabbit;
use okta_provisioner::app;
use okta_provisioner::broker::Settings;
use okta_provisioner::ledger::Ledger;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_verb_does_what_it_says_and_a_list_shows_no_body() {
    rabbit::with(async |rabbit| {
        declare(&rabbit.settings).await;
        put(rabbit, &[numbered(3), vec!["letter 0".into(), "secret\u{1b}[2J".into()]].concat()).await;
        let folder = tempfile::tempdir().expect("a folder");
        let (org_url, token, broker) = ("https://x.okta.com", "t", &rabbit.settings);
        let config = Config { org_url, token, broker, folder: folder.path(), more: "" }.write();
        let run = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
            let output = command.arg("dead").args(arguments).arg("--config").arg(&config).output();
            let output = output.expect("the program");
            let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
            (output.status.code(), text(output.stdout), text(output.stderr))
        };
        let (code, listed, _) = run(&["list"]);
        assert!(
            code == Some(0) && listed.starts_with("5 messages\n") && listed.contains("2 copies"),
            "{listed}"
        );
        assert!(!listed.contains("secret"), "{listed}");
        let (_, listed, _) = run(&["list", "--json"]);
        let listed: Value = serde_json::from_str(&listed).expect("JSON");
        assert_eq!((&listed["messages"], listed["letters"].as_array().map(Vec::len)), (&5.into(), Some(4)));
        let id = |copies: usize| {
            let letters = listed["letters"].as_array().expect("letters");
            let found = letters.iter().find(|letter| letter["copies"] == copies).expect("a letter");
            found["id"].as_str().expect("text").to_owned()
        };
        let (code, shown, _) = run(&["show", &id(2)]);
        assert!(code == Some(0) && shown.contains("letter 0") && shown.contains("not JSON"), "{shown}");
        let (code, said, error) = run(&["replay", &id(2)]);
        assert_eq!(code, Some(0));
        assert_eq!(error.matches("not in the record: ").count(), 1, "there is no ledger: {error}");
        assert!(said.starts_with("1 letter (2 messages with the same body) published"), "{said}");
        waits(rabbit, &broker.queue, 1).await;
        let (code, _, error) = run(&["drop", "0000000000"]);
        assert!(code == Some(1) && error.contains("no such dead letter: 0000000000"), "{error}");
        for bad in [&["drop"][..], &["replay", "1", "--all"], &["drop", "--all", "--reason", "x"]] {
            assert_eq!(run(bad).0, Some(2), "{bad:?}");
        }
        let (code, said, _) = run(&["drop", "--reason", "NOT SET ASIDE"]);
        assert_eq!((code, said.as_str()), (Some(0), "3 letters thrown away\n"));
        assert_eq!(run(&["list"]).1, "no dead letters\n");
    })
    .await;
}

#[tokio::test]
async fn who_asked_is_left_before_anything_is_done_and_what_came_of_it_whatever_that_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let broker = Settings {
        url: "amqp://127.0.0.1:9/%2f".into(),
        exchange: "hr".into(),
        queue: "hr.events".into(),
        prefetch: 1,
        declare: true,
        ca_file: None,
    };
    let (org_url, token) = ("https://x.okta.com", "t");
    let config = Config { org_url, token, broker: &broker, folder: folder.path(), more: "" };
    let rules = app::settings::Settings::load(None).expect("settings").rules;
    let _ledger = Ledger::open(&config.ledger(), "https://x.okta.com", rules).expect("a ledger");
    let mut command = Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
    command.args(["dead", "drop", "--reason", "not JSON", "--config"]).arg(config.write());
    let output = command.env("USER", "kim").env_remove("SUDO_USER").output().expect("the program");
    assert_eq!(output.status.code(), Some(1));
    let file = rusqlite::Connection::open(config.ledger()).expect("a ledger");
    let mut query = file.prepare("SELECT argument, operator FROM wish ORDER BY seq").expect("wishes");
    let row = |row: &rusqlite::Row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let left: Vec<_> = query.query_map([], row).expect("rows").map(Result::unwrap).collect();
    let asked = "to drop the dead letters with \"not JSON\" in their reason";
    assert_eq!(left[0], (asked.to_owned(), "kim".to_owned()));
    assert!(
        left[1].0.starts_with("drop: no dead letters; stopped, and some of them may be where they were: ")
    );
}
