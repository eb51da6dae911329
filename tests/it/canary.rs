//! The canary story: whatever happens, no secret and no value of a profile is ever said.

use std::collections::BTreeMap;
use std::fs::File;
use std::process::Stdio;

use okta_provisioner::broker::Publisher;
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::sandbox::{self, Fault, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::chaos_proxy::ChaosProxy;
use crate::support::daemon::{Config, Daemon};
use crate::support::look::Looker;
use crate::support::rabbit;

const TOKEN: &str = "00CanaryToken7d3kq9";
const HTTP_TOKEN: &str = "canary-http-token";
/// Everything that HR says of a person here holds this.
const CANARY: &str = "canary";

fn hire(id: &str) -> Value {
    json!({
        "root.email": format!("canary.mail{id}@example.com"), "root.firstName": "Canaryfirst", "root.surname": "Canarylast",
        "root.displayName": "Canary Display", "work.title": "Canary of Titles", "work.department": "Canary Dept",
        "work.startDate": "2020-01-01", "payroll.password": "canary-password-1", "address.country": "Canaryland",
        "work.workPhone": "+1 canary 55",
    })
}

fn event(kind: &str, employee: &str, id: &str, fields: &Value, now: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/hr", "type": format!("hr.employee.{kind}"), "subject": employee,
        "time": now, "data": {"fields": fields},
    })
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story, in its order")]
async fn nothing_is_said_that_is_not_ours_to_say() {
    rabbit::with(async |rabbit| {
        let clock = Clock::system();
        let sandbox = Sandbox::start(sandbox::Options::new(TOKEN, clock.as_fn())).await.expect("a free port");
        sandbox.insert(
            json!({"login": "canary.mail5@example.com", "email": "canary.mail5@example.com",
            "firstName": "Canaryother", "lastName": "Canaryother", "employeeNumber": "900"}),
            "ACTIVE",
        );
        let proxy = ChaosProxy::start(&rabbit::address()).await;
        let broker = rabbit.via(proxy.address());
        let folder = tempfile::tempdir().expect("a folder");
        let more =
            format!("[log]\nlevel = \"trace\"\n[http]\nlisten = '127.0.0.1:0'\ntoken = '{HTTP_TOKEN}'\n");
        let config = Config {
            org_url: &sandbox.url(),
            token: TOKEN,
            broker: &broker,
            folder: folder.path(),
            more: &more,
        };
        let file = config.write();
        let errors = folder.path().join("errors");
        let mut daemon = Daemon::start_with(&file, Stdio::from(File::create(&errors).expect("a file")));
        let mut said: Vec<Value> = Vec::new();
        let publisher = Publisher::connect(&rabbit.settings).await.expect("a broker");
        let now = clock.now().to_rfc3339();
        let say = async |body: Vec<u8>| {
            let confirm = publisher.publish("hr.test", &body, &BTreeMap::new()).await.expect("a broker");
            confirm.wait().await.expect("a queue");
        };
        let mut until = async |daemon: &mut Daemon, code: &str| loop {
            let line = daemon.line().await.unwrap_or_else(|| panic!("ended without saying {code}"));
            said.push(line.clone());
            if line["code"] == code {
                return line;
            }
        };

        let listening = until(&mut daemon, "http.listening").await;
        let look = Looker::at(format!("http://{}", listening["address"].as_str().expect("an address")));

        // A life: hired, changed, renamed, a reply lost, a refusal, a rate limit, cut.
        say(event("hired", "1", "a1", &hire("1"), &now).to_string().into()).await;
        until(&mut daemon, "user.created").await;
        sandbox.faults().fail_next(1, Fault::ReplyLost);
        let rename = json!({"root.email": "canary.renamed@example.com", "work.title": "Canary Title Two"});
        say(event("changed", "1", "a2", &rename, &now).to_string().into()).await;
        until(&mut daemon, "event.accepted").await;
        sandbox.faults().fail_next(1, Fault::Status(503));
        say(event("hired", "2", "b1", &hire("2"), &now).to_string().into()).await;
        until(&mut daemon, "user.created").await;
        sandbox.faults().fail_next(1, Fault::RateLimit);
        say(event("changed", "2", "b2", &json!({"work.department": "Canary Dept B"}), &now)
            .to_string()
            .into())
        .await;
        until(&mut daemon, "okta.retrying").await;
        // A login that somebody has, and an emoji that Okta would not store.
        say(event("hired", "5", "e1", &hire("5"), &now).to_string().into()).await;
        until(&mut daemon, "employee.blocked").await;
        let emoji = json!({"root.firstName": "Canary \u{1F424}"});
        say(event("changed", "2", "b3", &emoji, &now).to_string().into()).await;
        until(&mut daemon, "employee.blocked").await;
        // Malformed in several ways, with canaries in them.
        let start = json!({"work.startDate": "canary day", "root.surname": "Canary"});
        say(event("hired", "7", "f1", &start, &now).to_string().into()).await;
        until(&mut daemon, "event.rejected").await;
        say(b"{\"canary\": canary".to_vec()).await;
        until(&mut daemon, "event.rejected").await;
        say(b"{\"specversion\":\"1.0\",\"subject\":\"8\",\"canary\":1,\"canary\":\"canary\"}".to_vec()).await;
        until(&mut daemon, "event.rejected").await;
        // The broker goes and comes, the token is taken away.
        proxy.cut().await;
        until(&mut daemon, "broker.lost").await;
        until(&mut daemon, "broker.connected").await;
        sandbox.set_token("00AnotherCanaryToken");
        assert_clean(&look.text("/readyz").await.1, "/readyz");
        say(event("terminated", "1", "a9", &json!({"internal.terminationDate": "2020-02-01"}), &now)
            .to_string()
            .into())
        .await;
        until(&mut daemon, "okta.halted").await;
        sandbox.set_token(TOKEN);
        until(&mut daemon, "user.deactivated").await;

        // What operators look at.
        let ask = async |words: &[&str]| {
            let output = Command::new(env!("CARGO_BIN_EXE_okta-provisioner"))
                .arg("--config")
                .arg(&file)
                .args(words)
                .output()
                .await
                .expect("the program");
            let text = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            assert!(!text.trim().is_empty(), "{words:?} says nothing");
            text
        };
        let logins = [
            "canary.mail1@example.com",
            "canary.renamed@example.com",
            "canary.mail2@example.com",
            "canary.mail5@example.com",
        ];
        for words in [
            &["status"][..],
            &["status", "--json"],
            &["show", "1"],
            &["show", "2", "--json"],
            &["show", "5"],
            &["tail", "--no-follow", "-n", "1000"],
            &["tail", "--no-follow", "--json", "-n", "1000"],
            &["check"],
        ] {
            let mut text = ask(words).await;
            for login in logins {
                text = text.replace(login, "");
            }
            assert_clean(&text, &format!("{words:?}"));
        }
        // What is seen over HTTP: without the token nothing that could name anybody, whatever is wrong.
        for path in ["/healthz", "/readyz", "/metrics", "/v1/status", "/v1/people/2", "/v1/activity", "/no"] {
            assert_clean(&look.text(path).await.1, path);
        }
        for path in ["/v1/status", "/v1/people/1", "/v1/people/2", "/v1/activity", "/v1/upcoming?days=400"] {
            let answer =
                look.request(Method::GET, path).bearer_auth(HTTP_TOKEN).send().await.expect("an answer");
            assert_eq!(answer.status().as_u16(), 200, "{path}");
            let mut text = answer.text().await.expect("text");
            for login in logins {
                text = text.replace(login, "");
            }
            assert_clean(&text, path);
        }
        assert!(
            ask(&["show", "2", "--values"]).await.contains("Canary Dept B"),
            "values are shown when asked for"
        );

        let (status, rest) = daemon.terminate().await;
        assert!(status.success(), "{status}");
        said.extend(rest);
        for line in &said {
            assert_clean(&line.to_string(), "the log");
        }
        assert!(said.iter().any(|line| line["level"] == "debug"), "the log is a detailed one");
        assert_clean(&std::fs::read_to_string(&errors).expect("a file"), "standard error");
        publisher.close().await;
        sandbox.stop().await;
    })
    .await;
}

/// Neither a secret nor anything that HR said, in any letter case.
fn assert_clean(text: &str, whose: &str) {
    let lower = text.to_lowercase();
    if let Some(at) = lower.find(CANARY) {
        let from = lower[..at].char_indices().rev().nth(80).map_or(0, |(i, _)| i);
        panic!("{whose} holds a canary: …{}…", lower[from..].chars().take(160).collect::<String>());
    }
    assert!(!lower.contains("guest:guest"), "{whose} holds the broker's password");
}
