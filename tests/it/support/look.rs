//! Somebody who looks at a daemon over HTTP.

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

use super::daemon::Daemon;
use super::{breath, soon};

/// Where a daemon is looked at.
pub struct Looker {
    http: Client,
    url: String,
}

impl Looker {
    /// At this origin.
    pub fn at(url: impl Into<String>) -> Self {
        Self { http: Client::builder().no_proxy().build().expect("a client"), url: url.into() }
    }

    /// At where this daemon says that it listens.
    pub async fn of(daemon: &mut Daemon) -> Self {
        let said = daemon.said("http.listening").await;
        Self::at(format!("http://{}", said["address"].as_str().expect("an address")))
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// The answer to a GET.
    pub async fn get(&self, path: &str) -> Response {
        soon(path, self.request(Method::GET, path).send()).await.expect("an answer")
    }

    /// Its status and its text.
    pub async fn text(&self, path: &str) -> (u16, String) {
        let answer = self.get(path).await;
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    }

    /// What /readyz says of one check, once that is as wanted; its reason, and the status.
    pub async fn check(&self, name: &str, ok: bool) -> (u16, String) {
        let looking = async {
            loop {
                let (status, text) = self.text("/readyz").await;
                let ready: Value = serde_json::from_str(&text).expect("JSON");
                assert_eq!(ready["ready"], status == 200, "{text}");
                let checks = ready["checks"].as_array().expect("checks");
                let check = checks.iter().find(|check| check["name"] == name).expect("a check by that name");
                if check["ok"] == ok {
                    return (status, check["reason"].as_str().unwrap_or_default().to_owned());
                }
                breath().await;
            }
        };
        soon(name, looking).await
    }

    /// Waits until all is well.
    pub async fn ready(&self) {
        let looking = async {
            while self.text("/readyz").await.0 != 200 {
                breath().await;
            }
        };
        soon("readiness", looking).await;
    }

    /// Looks at the metrics until this line is among them.
    pub async fn metric(&self, line: &str) -> String {
        let mut last = String::new();
        let looking = async {
            loop {
                last = self.text("/metrics").await.1;
                if last.lines().any(|found| found == line) {
                    return;
                }
                breath().await;
            }
        };
        let found = tokio::time::timeout(super::PATIENCE, looking).await;
        assert!(found.is_ok(), "no line {line} in:\n{last}");
        last
    }
}
