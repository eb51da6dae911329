//! What `check` says of Bob.

use serde_json::Value;

use super::Office;
use crate::support::soon;
use crate::support::two::{USER, hired};

/// The findings about Bob: check, result, message.
async fn check(office: &Office) -> Vec<(String, String, String)> {
    let output = office.output(&["check", "--json"]).await;
    let said = String::from_utf8(output.stdout).expect("text");
    let finding = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("a JSON object a line");
        let text = |key: &str| line[key].as_str().expect("text").to_owned();
        (text("check"), text("result"), text("message"))
    };
    let ours = ["bob", "fields", "limits", "sites", "webhook"];
    let is_ours = |(check, _, message): &(String, String, String)| {
        ours.contains(&check.as_str()) && (check != "limits" || message.starts_with("Bob"))
    };
    said.lines().map(finding).filter(is_ours).collect()
}

fn has(found: &[(String, String, String)], check: &str, result: &str, words: &str) {
    let fits =
        |(c, r, message): &(String, String, String)| c == check && r == result && message.contains(words);
    assert!(found.iter().any(fits), "{check} {result} {words}: {found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bob_that_shows_everything_is_told_in_few_lines_and_calls() {
    let office = Office::open().await;
    let bob = &office.bob;
    let ann = bob.insert("2025-01-06", hired("Ann"));
    bob.terminate(&ann, "2030-01-31", Some("2030-01-31"));
    let found = check(&office).await;
    has(&found, "bob", "ok", "answers, and lets us in");
    has(&found, "webhook", "warning", "webhook.secret is not set");
    has(&found, "limits", "ok", "Bob: 50 searches a minute");
    has(&found, "sites", "warning", "London has no time zone");
    let calls = bob.take_calls();
    assert!(calls.len() <= 6, "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_bob_does_not_show_is_told_with_what_to_do() {
    let office = Office::open().await;
    office.bob.insert("2025-01-06", hired("Ann"));
    office.bob.hide("work.department");
    std::fs::write(
        office.folder.path().join("config.toml"),
        "[[mapping]]\nokta = \"title\"\nbob = \"work.jobTitel\"\n",
    )
    .expect("a folder");
    let output = office.output(&["check", "--json", "--config", "config.toml"]).await;
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(said.contains("work.department: Bob shows it of nobody"), "{said}");
    assert!(said.contains("work.jobTitel: Bob has no such field"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_refusal_bob_is_left_alone() {
    let office = Office::open().await;
    office.bob.set_credentials(USER, "another");
    let found = check(&office).await;
    has(&found, "bob", "problem", "bob.token");
    has(&found, "webhook", "warning", "webhook.secret is not set");
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(office.bob.take_calls().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_told_of_without_bobs_api_too() {
    let office = Office::open().await;
    let said = async |secret: Option<&str>| {
        let mut program = office.program(&["check", "--json"]);
        program.env_remove("OKTA_PROVISIONER__BOB__USER").env_remove("OKTA_PROVISIONER__BOB__TOKEN");
        program.envs(secret.map(|secret| ("OKTA_PROVISIONER__WEBHOOK__SECRET", secret)));
        let output = soon("the program", program.output()).await.expect("the program");
        String::from_utf8(output.stdout).expect("text")
    };
    let with = said(Some("canary")).await;
    assert!(with.contains("taken at http://127.0.0.1:8090/hooks/bob"), "{with}");
    let without = said(None).await;
    assert!(!without.contains("\"webhook\""), "nothing of Bob is used: {without}");
}
