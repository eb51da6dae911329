//! A real Prometheus that scrapes one daemon each second.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use std::{fs, io};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::{program, shipped};
use crate::support::soon;

/// Longer than the longest way to an alarm: a probe of Okta each minute, a `for`, and a busy machine.
const PATIENCE: Duration = Duration::from_mins(4);

pub struct Prometheus {
    url: String,
    http: reqwest::Client,
    /// What fired when somebody looked last.
    before: BTreeSet<String>,
    targets: String,
    _folder: TempDir,
    _child: Child,
}

impl Prometheus {
    /// Starts one with the alarms as they are shipped, but thirty times as quick.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name).display().to_string();
        let (config, rules, targets) = (file("prometheus.yml"), file("rules.yml"), file("targets.json"));
        let shipped = fs::read_to_string(shipped("prometheus/rules.yml")).expect("the rules");
        fs::write(&rules, thirty_times_as_quick(&shipped)).expect("a file");
        let job = json!({"job_name": "okta-provisioner", "file_sd_configs": [{"files": [targets], "refresh_interval": "1s"}]});
        let settings = json!({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [rules], "scrape_configs": [job],
        });
        fs::write(&config, settings.to_string()).expect("a file");
        let mut child = Command::new(program("prometheus"))
            .args([format!("--config.file={config}"), format!("--storage.tsdb.path={}", file("data"))])
            .arg("--web.listen-address=127.0.0.1:0")
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Prometheus");
        let mut log = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let address = soon("Prometheus", async {
            loop {
                let line =
                    log.next_line().await.expect("readable output").expect("a Prometheus that goes on");
                if let (true, Some((_, address))) =
                    (line.contains("\"Listening on\""), line.split_once(" address="))
                {
                    return address.trim().to_owned();
                }
            }
        });
        let url = format!("http://{}", address.await);
        // Nobody reads the rest, and a full pipe would stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { url, http, before: BTreeSet::new(), targets, _folder: folder, _child: child }
    }

    /// Has it scrape the daemon that listens there, from now on.
    pub fn scrape(&self, target: SocketAddr) -> io::Result<()> {
        // In one step, so that half a file is never read.
        let next = Path::new(&self.targets).with_extension("next");
        fs::write(&next, json!([{"targets": [target]}]).to_string())?;
        fs::rename(next, &self.targets)
    }

    async fn ask(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let asked =
            self.http.get(format!("{}{path}", self.url)).query(query).send().await.expect("an answer");
        let mut answer: Value = asked.json().await.expect("JSON");
        assert_eq!(answer["status"], "success", "{answer}");
        answer["data"].take()
    }

    /// Waits until an expression gives something.
    pub async fn sees(&self, expression: &str) {
        let seen = async {
            while self.ask("/api/v1/query", &[("query", expression)]).await["result"] == json!([]) {
                sleep(Duration::from_millis(200)).await;
            }
        };
        timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("not seen: {expression}"));
    }

    /// Waits until these alarms fire, and no other one does or is about to. Meanwhile none may fire that neither did
    /// before nor is among them.
    pub async fn fires(&mut self, expected: &[&str]) {
        let expected: BTreeSet<String> =
            expected.iter().map(|name| format!("OktaProvisioner{name}")).collect();
        let mut last = Value::Null;
        let seen = async {
            loop {
                last = self.ask("/api/v1/alerts", &[]).await["alerts"].take();
                let alerts = last.as_array().expect("a list");
                let named = |alert: &Value| alert["labels"]["alertname"].as_str().expect("a name").to_owned();
                let firing: BTreeSet<String> =
                    alerts.iter().filter(|alert| alert["state"] == "firing").map(named).collect();
                let others: Vec<&String> = firing
                    .iter()
                    .filter(|name| !expected.contains(*name) && !self.before.contains(*name))
                    .collect();
                assert!(others.is_empty(), "waiting for {expected:?}: {last}");
                if firing == expected && alerts.iter().map(named).all(|name| expected.contains(&name)) {
                    return;
                }
                sleep(Duration::from_millis(200)).await;
            }
        };
        let in_time = timeout(PATIENCE, seen).await;
        assert!(in_time.is_ok(), "not {expected:?} but {last}");
        self.before = expected;
    }
}

/// Turns minutes into two seconds each, hours and days into as much less: every `for`, range and offset, and limits that
/// are written as minutes (`5 * 60`).
fn thirty_times_as_quick(rules: &str) -> String {
    let mut quick = String::new();
    for word in rules.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let (span, end) = word.split_at(word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).len());
        let (number, unit) = span.split_at(span.len().saturating_sub(1));
        let span = match (number.parse::<u32>(), unit) {
            (Ok(minutes), "m") => format!("{}s", 2 * minutes),
            (Ok(hours), "h") => format!("{}m", 2 * hours),
            (Ok(days), "d") => format!("{}m", 48 * days),
            _ => span.to_owned(),
        };
        quick += &span;
        quick += end;
    }
    quick.replace(" * 60 ", " * 2 ").replace(" * 60\n", " * 2\n")
}

#[test]
fn every_span_of_the_rules_is_shortened() {
    let rules = "for: 5m\n expr: rate(x[15m]) > 5 * 60 and z < 24 * 3600 and y[1h] offset 7d # at 10 m";
    let quick = "for: 10s\n expr: rate(x[30s]) > 5 * 2 and z < 24 * 3600 and y[2m] offset 336m # at 10 m";
    assert_eq!(thirty_times_as_quick(rules), quick);
}
