//! `check` against an org of each kind: what it finds, and what it says to do.

use std::path::Path;
use std::process::Stdio;

use okta_provisioner::engine::clock::Clock;
use okta_provisioner::sandbox::{Options, Role, Sandbox, Token};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::support::openapi::ByTheBook;

const TOKEN: &str = "00canaryTokenOfTheCheck";

/// An org whose token this is, and who sees to it that all calls are by the book.
async fn org(token: Token) -> (Sandbox, ByTheBook) {
    let options = Options::new("another", Clock::system().as_fn());
    let sandbox = Sandbox::start(options).await.expect("a free port");
    let owner = serde_json::json!({
        "login": "robot@sandbox.example", "email": "robot@sandbox.example", "firstName": "Robot", "lastName": "Robot",
    });
    let owner = Some(sandbox.insert(owner, "ACTIVE"));
    sandbox.add_token(Token { owner, ..token });
    let by_the_book = ByTheBook::watch(&sandbox);
    (sandbox, by_the_book)
}

/// The findings about Okta, a line each: check, result, message; and whether all is well there.
async fn check(folder: &Path, sandbox: &Sandbox, mapping: &str) -> Vec<(String, String, String)> {
    std::fs::write(folder.join("config.toml"), mapping).expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_okta-provisioner"))
        .current_dir(folder)
        .env_clear()
        .env("OKTA_PROVISIONER__BROKER__URL", "amqp://u:canary@127.0.0.1:1/%2f")
        .env("OKTA_PROVISIONER__OKTA__ORG_URL", sandbox.url())
        .env("OKTA_PROVISIONER__OKTA__API_TOKEN", TOKEN)
        .args(["check", "--json", "--config", "config.toml"])
        .stdin(Stdio::null())
        .output()
        .await
        .expect("the program");
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(!said.contains("canary"), "{said}");
    let finding = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("a JSON object a line");
        let text = |key: &str| line[key].as_str().expect("text").to_owned();
        (text("check"), text("result"), text("message"))
    };
    let aside = ["configuration", "broker", "ledger", "okta"];
    said.lines().map(finding).filter(|(check, ..)| !aside.contains(&check.as_str())).collect()
}

/// Panics unless each of these was found, by its check, its result and words of its message, in this order.
fn assert_found(found: &[(String, String, String)], expected: &[(&str, &str, &str)]) {
    let fits =
        |((check, result, message), (c, r, words)): (&(String, String, String), &(&str, &str, &str))| {
            check == c && result == r && message.contains(words)
        };
    assert!(found.len() == expected.len() && found.iter().zip(expected).all(fits), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_may_do_everything_is_told_in_few_lines() {
    let folder = TempDir::new().expect("a folder");
    let (sandbox, _by_the_book) = org(Token::new(TOKEN)).await;
    let found = check(folder.path(), &sandbox, "").await;
    assert_found(
        &found,
        &[
            ("token", "ok", "valid, of robot@sandbox.example"),
            ("token", "ok", "unless it is used, which gives it 30 more days"),
            ("permissions", "ok", "all that the daemon does, by SUPER_ADMIN"),
            ("protection", "ok", "0 listed by id or login, and the token's owner"),
            ("protection", "ok", "who has an admin role can be read"),
            ("limits", "ok", "list, create, activate, suspend, deactivate, end sessions: 600 a minute"),
            ("limits", "ok", "get a user: 600 a minute"),
            ("limits", "ok", "all else: 600 a minute"),
            ("limits", "ok", "update a user"),
            ("attributes", "ok", "all that are mapped"),
        ],
    );
    let calls = sandbox.take_calls();
    assert!(calls.iter().all(|call| call.method == "GET"), "nothing is changed: {calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_token_cannot_do_is_told_with_what_to_do_about_it() {
    let folder = TempDir::new().expect("a folder");
    let weak = Token { role: Role::ReadOnlyAdmin, share: 50, ..Token::new(TOKEN) };
    let (sandbox, _by_the_book) = org(weak).await;
    let mapping = "[[mapping]]\nokta = \"badge\"\nbob = \"work.badge\"\n";
    let found = check(folder.path(), &sandbox, mapping).await;
    assert_found(
        &found,
        &[
            ("token", "ok", "valid"),
            ("token", "ok", "30 more days"),
            ("permissions", "problem", "may not create users: READ_ONLY_ADMIN does not; give"),
            ("permissions", "problem", "may not update users"),
            ("permissions", "problem", "may not activate, suspend and deactivate users"),
            ("permissions", "problem", "may not end users' sessions"),
            ("protection", "ok", "0 listed"),
            ("protection", "warning", "takes a super administrator's token, or list these people"),
            ("limits", "ok", "300 a minute"),
            ("limits", "ok", "get a user: 300 a minute"),
            ("limits", "ok", "all else: 300 a minute"),
            ("limits", "ok", "update a user"),
            ("limits", "warning", "looks like a token that gets half of the org's limits"),
            ("attributes", "problem", "badge: the org has no such attribute: it is left out for everybody"),
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_okta_does_not_show_is_told_as_such() {
    let folder = TempDir::new().expect("a folder");
    let denied = ["/api/v1/users/*/roles", "/api/v1/api-tokens", "/api/v1/meta/schemas/user/default"];
    let denied = denied.map(|path| (String::new(), path.to_owned())).to_vec();
    let (sandbox, _by_the_book) = org(Token { role: Role::Without(denied), ..Token::new(TOKEN) }).await;
    let found = check(folder.path(), &sandbox, "").await;
    assert_found(
        &found,
        &[
            ("token", "ok", "valid"),
            ("token", "ok", "Okta does not show when it expires; after 30 days without a call it dies"),
            ("permissions", "warning", "may not read the user schema"),
            ("permissions", "warning", "only a super administrator's token may read roles"),
            ("protection", "ok", "0 listed"),
            ("protection", "ok", "who has an admin role can be read"),
            ("limits", "ok", "600 a minute"),
            ("limits", "ok", "600 a minute"),
            ("limits", "warning", "all else: no answer shows the limit"),
            ("limits", "ok", "update a user"),
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_of_the_orgs_own_cannot_be_told() {
    let folder = TempDir::new().expect("a folder");
    let (sandbox, _by_the_book) = org(Token { role: Role::Without(Vec::new()), ..Token::new(TOKEN) }).await;
    let found = check(folder.path(), &sandbox, "").await;
    let unsure: Vec<&str> = found
        .iter()
        .filter(|(check, result, _)| check == "permissions" && result == "warning")
        .map(|(.., message)| message.as_str())
        .collect();
    assert_eq!(unsure.len(), 4, "{found:#?}");
    assert!(unsure.iter().all(|text| text.contains("CUSTOM")), "{unsure:#?}");
}
