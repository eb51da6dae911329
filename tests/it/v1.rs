//! `/v1`: the same bytes as the commands print, for those who may see them.

use okta_provisioner::broker::Publisher;
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::sandbox::{self, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use tokio::process::Command;

use crate::support::daemon::{Config, Daemon};
use crate::support::look::Looker;
use crate::support::{breath, rabbit, soon};

const TOKEN: &str = "00sandboxTokenOfTheTests";

/// What a command prints.
async fn printed(config: &Path, words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
    let output = command.arg("--config").arg(config).args(words).output().await.expect("the program");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn without_now(text: &str) -> Value {
    let mut value: Value = serde_json::from_str(text).expect("JSON");
    for key in ["now", "until"] {
        value.as_object_mut().expect("an object").remove(key).expect("it is there");
    }
    value
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_gives_the_bytes_that_the_commands_print() {
    rabbit::with(async |rabbit| {
        let clock = Clock::system();
        let sandbox = Sandbox::start(sandbox::Options::new(TOKEN, clock.as_fn())).await.expect("a free port");
        let folder = tempfile::tempdir().expect("a folder");
        let config = Config {
            org_url: &sandbox.url(),
            token: TOKEN,
            broker: &rabbit.settings,
            folder: folder.path(),
            more: "",
        };
        let file = config.write();
        let mut daemon = Daemon::start(&file);
        let look = Looker::of(&mut daemon).await;
        let publisher = Publisher::connect(&rabbit.settings).await.expect("a broker");
        let hired = json!({
            "specversion": "1.0", "id": "e1", "source": "/hr", "type": "hr.employee.hired", "subject": "a b/ü",
            "time": clock.now().to_rfc3339(), "data": {"fields": {
                "root.email": "mira@example.com", "root.firstName": "Mira", "root.surname": "Castellan",
                "work.startDate": "2020-01-01", "internal.terminationDate": "2037-01-01",
            }},
        });
        let confirm = publisher.publish("hr.test", hired.to_string().as_bytes(), &BTreeMap::new()).await;
        confirm.expect("a broker").wait().await.expect("a queue");
        daemon.said("employee.scheduled").await;
        look.ready().await;
        // The turn is written down before it is told.
        let same = async |path: &str, words: &[&str]| {
            let looking = async {
                loop {
                    let (status, text) = look.text(path).await;
                    assert_eq!(status, 200, "{text}");
                    if text == printed(&file, words).await {
                        return;
                    }
                    breath().await;
                }
            };
            soon(path, looking).await;
        };
        same("/v1/status", &["status", "--json"]).await;
        same("/v1/people/a%20b%2F%C3%BC", &["show", "a b/ü", "--json"]).await;
        same("/v1/activity", &["tail", "--no-follow", "--json", "-n", "1000"]).await;
        let by_person = ["tail", "--no-follow", "--json", "-n", "1000", "--employee", "a b/ü"];
        same("/v1/activity?employee=a%20b%2F%C3%BC&after=0", &by_person).await;
        let upcoming = printed(&file, &["upcoming", "--days", "400", "--json"]).await;
        let (_, text) = look.text("/v1/upcoming?days=400").await;
        assert_eq!(without_now(&text), without_now(&upcoming));

        let (_, text) = look.text("/v1/activity?limit=1").await;
        let first: Value = serde_json::from_str(text.trim_end()).expect("one line");
        let rest = look.text(&format!("/v1/activity?after={}", first["seq"])).await.1;
        let all = look.text("/v1/activity").await.1;
        assert_eq!(all, text + &rest);
        assert!(!look.text("/v1/people/a%20b%2F%C3%BC").await.1.contains("Castellan"), "no values");
        assert_eq!(look.text("/v1/people/2").await.0, 404);
        assert_eq!(look.text("/v1/activity?befor=1").await.0, 400);
        assert_eq!(look.text("/v1").await.0, 404);
        for (method, status) in [(Method::POST, 405), (Method::DELETE, 405), (Method::HEAD, 200)] {
            let answer = look.request(method.clone(), "/v1/status").send().await.expect("an answer");
            assert_eq!(answer.status().as_u16(), status, "{method}");
        }
        // A page of the web whose name leads here.
        let answer = look.request(Method::GET, "/v1/status").header("host", "evil.example").send().await;
        assert_eq!(answer.expect("an answer").status().as_u16(), 403);
        let (status, _) = daemon.terminate().await;
        assert!(status.success(), "{status}");
        publisher.close().await;
        sandbox.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_machines_need_the_token() {
    rabbit::with(async |rabbit| {
        let clock = Clock::system();
        let sandbox = Sandbox::start(sandbox::Options::new(TOKEN, clock.as_fn())).await.expect("a free port");
        let folder = tempfile::tempdir().expect("a folder");
        let config = |more| Config {
            org_url: "http://127.0.0.1:9",
            token: TOKEN,
            broker: &rabbit.settings,
            folder: folder.path(),
            more,
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
        command.arg("--config").arg(config("[http]\nlisten = '0.0.0.0:0'\n").write()).arg("run");
        let ended = soon("the end", command.output()).await.expect("the program");
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{errors}");
        assert!(errors.contains("http.token is not set"), "{errors}");

        let org_url = sandbox.url();
        let more = "[http]\nlisten = '0.0.0.0:0'\ntoken = 'look-here'\n";
        let mut daemon = Daemon::start(&Config { org_url: &org_url, ..config(more) }.write());
        let said = daemon.said("http.listening").await;
        let port =
            said["address"].as_str().expect("an address").rsplit(':').next().expect("a port").to_owned();
        let look = Looker::at(format!("http://127.0.0.1:{port}"));
        look.ready().await;
        for path in ["/v1/status", "/v1/people/1", "/v1/activity", "/v1/upcoming"] {
            assert_eq!(look.text(path).await.0, 401, "{path}");
            for (token, status) in
                [("look-her", 401), ("look-here", if path.ends_with('1') { 404 } else { 200 })]
            {
                let answer = look.request(Method::GET, path).bearer_auth(token).header("host", "any.example");
                let answer = answer.send().await.expect("an answer");
                assert_eq!(answer.status().as_u16(), status, "{path} {token}");
            }
        }
        assert_eq!(look.text("/healthz").await.0, 200);
        let (status, said) = daemon.terminate().await;
        assert!(status.success(), "{status}");
        assert!(!said.iter().any(|line| line.to_string().contains("look-here")));
        sandbox.stop().await;
    })
    .await;
}
