//! The program itself, as a process of its own.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use okta_provisioner::broker::Settings;
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::soon;

const PROGRAM: &str = env!("CARGO_BIN_EXE_okta-provisioner");

/// A running daemon and its log.
pub struct Daemon {
    child: Child,
    log: Lines<BufReader<ChildStdout>>,
}

/// What a daemon needs to be told.
pub struct Config<'a> {
    pub org_url: &'a str,
    pub token: &'a str,
    pub broker: &'a Settings,
    pub folder: &'a Path,
    /// More lines of TOML, after those of the sections above.
    pub more: &'a str,
}

impl Config<'_> {
    /// Where its ledger is.
    pub fn ledger(&self) -> PathBuf {
        self.folder.join("ledger.sqlite3")
    }

    /// Writes the configuration down and gives its path.
    pub fn write(&self) -> PathBuf {
        let path = self.folder.join("config.toml");
        // Two daemons have no port in common.
        let http = if self.more.contains("[http]") { "" } else { "[http]\nlisten = \"127.0.0.1:0\"\n" };
        let text = format!(
            "{http}[okta]\norg_url = {:?}\napi_token = {:?}\nrate_share = 1.0\n\
             [broker]\nurl = {:?}\nexchange = {:?}\nqueue = {:?}\n\
             [ledger]\npath = \"{}\"\nfirst_run = \"apply\"\n{}",
            self.org_url,
            self.token,
            self.broker.url.expose_secret(),
            self.broker.exchange,
            self.broker.queue,
            self.ledger().display(),
            self.more,
        );
        std::fs::write(&path, text).expect("a folder that can be written");
        path
    }
}

impl Daemon {
    /// Starts one on this configuration.
    pub fn start(config: &Path) -> Self {
        Self::start_with(config, Stdio::inherit())
    }

    /// The same, with its errors sent elsewhere.
    pub fn start_with(config: &Path, errors: Stdio) -> Self {
        Self::run(Command::new(PROGRAM), config, errors)
    }

    /// One for which a file that must not grow any more is like a disk that is full: the signal that a process is
    /// sent then is not heeded.
    pub fn start_unlimited(config: &Path) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", PROGRAM]);
        Self::run(shell, config, Stdio::inherit())
    }

    fn run(mut command: Command, config: &Path, errors: Stdio) -> Self {
        let mut child = command
            .arg("--config")
            .arg(config)
            .arg("run")
            .stdout(Stdio::piped())
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .expect("the program");
        let log = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self { child, log }
    }

    /// The next line of its log; none when it has ended.
    pub async fn line(&mut self) -> Option<Value> {
        let line = soon("a log line", self.log.next_line()).await.expect("readable output")?;
        Some(serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON in the log: {line}")))
    }

    /// The next line, if it comes within this time and the daemon lives.
    pub async fn line_within(&mut self, span: Duration) -> Option<Value> {
        tokio::time::timeout(span, self.line()).await.ok().flatten()
    }

    /// The next line with this code.
    pub async fn said(&mut self, code: &str) -> Value {
        loop {
            let line = self.line().await.unwrap_or_else(|| panic!("ended without saying {code}"));
            if line["code"] == code {
                return line;
            }
        }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("a process that runs")
    }

    /// SIGKILL.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("a process that can be killed");
    }

    /// SIGTERM, and what it says until it has ended.
    pub async fn terminate(mut self) -> (ExitStatus, Vec<Value>) {
        let pid = self.pid().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().await.expect("kill");
        let mut said = Vec::new();
        while let Some(line) = self.line().await {
            said.push(line);
        }
        (soon("the end", self.child.wait()).await.expect("an exit status"), said)
    }
}
