//! `tail`: follows the decisions.

pub(super) mod line;

use std::collections::VecDeque;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use super::Which;
use super::when::{self, When};
use crate::app::settings::Settings;
use crate::engine::clock::Clock;
use crate::ledger::{Entry, Filter, LedgerError, OpenError, Report, code};

/// How often to look for news.
const POLL: Duration = Duration::from_millis(200);
/// How many rows are read in one go.
const PAGE: usize = 1000;
/// What HR said, and what will come by itself.
const BRIEF: [&str; 3] = [code::EVENT_ACCEPTED, code::EVENT_UNCHANGED, code::SCHEDULED];
/// How many looks a ledger that is being made is given until it can be read.
const PATIENCE: u32 = 25;

/// Follow what the daemon does, a line for each decision
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner tail
  okta-provisioner tail --employee 1001 --since 2h
  okta-provisioner tail --brief
  okta-provisioner tail --failed --no-follow --json | jq -r .reason")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct Tail {
    /// Only this person's, by HR's id
    #[arg(long, value_name = "ID")]
    employee: Option<String>,
    /// Only what went wrong or waits for somebody
    #[arg(long)]
    failed: bool,
    /// Only what was done, found or held up: not what HR said, nor what will come by itself
    #[arg(long)]
    brief: bool,
    /// From then on, in place of the last few: 2h, 2026-11-21, or an instant (RFC 3339)
    #[arg(long, value_name = "WHEN", value_parser = when::parse)]
    since: Option<When>,
    /// How many to begin with
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 10, conflicts_with = "since")]
    lines: usize,
    /// Stop at the last one
    #[arg(long)]
    no_follow: bool,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

impl Tail {
    pub async fn execute(self, settings: &Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let path = self.which.path(settings);
        tokio::select! {
            ended = self.follow(&path, clock) => ended?,
            interrupted = tokio::signal::ctrl_c() => interrupted?,
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn follow(&self, path: &Path, clock: &Clock) -> anyhow::Result<()> {
        let report = if self.no_follow { Report::open(path)? } else { open(path).await? };
        let since = self.since.map(|since| since.instant(clock.now()));
        let mut filter = Filter {
            after: 0,
            employee: self.employee.clone(),
            failed: self.failed,
            without: if self.brief { &BRIEF } else { &[] },
            since,
            ..Filter::default()
        };
        let mut out = anstream::stdout();
        if since.is_none() {
            for entry in last(&report, &mut filter, self.lines)? {
                self.print(&mut out, &entry)?;
            }
        }
        loop {
            let page = report.activity(&filter, PAGE)?;
            for entry in &page {
                self.print(&mut out, entry)?;
                filter.after = entry.seq;
            }
            if page.len() < PAGE {
                if self.no_follow {
                    return Ok(());
                }
                tokio::time::sleep(POLL).await;
            }
        }
    }

    fn print(&self, out: &mut impl Write, entry: &Entry) -> anyhow::Result<()> {
        if self.json {
            writeln!(out, "{}", serde_json::to_string(entry)?)?;
        } else {
            writeln!(out, "{}", line::line(entry))?;
        }
        Ok(())
    }
}

/// The last few that pass the filter; sets the filter behind them.
fn last(report: &Report, filter: &mut Filter, most: usize) -> Result<VecDeque<Entry>, LedgerError> {
    if !filter.failed {
        filter.after = report.before_last(filter.employee.as_deref(), filter.without, most)?;
    }
    let mut found = VecDeque::new();
    loop {
        let page = report.activity(filter, PAGE)?;
        let is_last = page.len() < PAGE;
        for entry in page {
            filter.after = entry.seq;
            found.push_back(entry);
            if found.len() > most {
                found.pop_front();
            }
        }
        if is_last {
            return Ok(found);
        }
    }
}

/// Opens the ledger once there is one.
async fn open(path: &Path) -> Result<Report, OpenError> {
    if path.exists() {
        return Report::open(path);
    }
    let _ = writeln!(
        anstream::stderr(),
        "{} does not exist yet; waiting until `run` has made it",
        path.display()
    );
    while !path.exists() {
        tokio::time::sleep(POLL).await;
    }
    let mut looks = 0;
    loop {
        match Report::open(path) {
            Err(_) if looks < PATIENCE => looks += 1,
            opened => return opened,
        }
        tokio::time::sleep(POLL).await;
    }
}
