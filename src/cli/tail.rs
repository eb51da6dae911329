//! `tail`: follows the decisions.

pub(super) mod line;
mod source;

use std::collections::VecDeque;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use self::source::Source;
use super::Which;
use super::moment::{self, Moment};
use crate::app::settings::Settings;
use crate::engine::clock::Clock;
use crate::ledger::{Entry, Filter, LedgerError, Report, code};

/// How often to look for news.
const POLL: Duration = Duration::from_millis(200);
/// How many rows are read in one go.
const PAGE: usize = 1000;
/// What HR said, and what will come by itself.
const BRIEF: [&str; 3] = [code::EVENT_ACCEPTED, code::EVENT_UNCHANGED, code::SCHEDULED];

/// Follow what the daemon does, a line for each decision
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner tail
  okta-provisioner tail --employee 1001 --since 2h
  okta-provisioner tail --brief
  okta-provisioner tail --code 'user.*' --ids | grep mira
  okta-provisioner tail --failed --no-follow --json | jq -r .reason")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct Tail {
    /// Only this person's, by HR's id
    #[arg(long, value_name = "ID")]
    employee: Option<String>,
    /// Only these: user.deactivated, or user.* for all that begin so; can be given several times
    #[arg(long, value_name = "CODE")]
    code: Vec<String>,
    /// Only what this operator asked for
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,
    /// Only what went wrong or waits for somebody
    #[arg(long)]
    failed: bool,
    /// Only what was done, found or held up: not what HR said, nor what will come by itself
    #[arg(long)]
    brief: bool,
    /// From then on, in place of the last few: 2h, 2026-11-21, or an instant (RFC 3339)
    #[arg(long, value_name = "WHEN", value_parser = moment::parse)]
    since: Option<Moment>,
    /// How many to begin with
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 10, conflicts_with = "since")]
    lines: usize,
    /// Stop at the last one
    #[arg(long)]
    no_follow: bool,
    /// With the ids of events and of Okta's requests
    #[arg(long, conflicts_with = "json")]
    ids: bool,
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
            ended = self.follow(&path, self.filter(settings, clock)) => ended?,
            interrupted = tokio::signal::ctrl_c() => interrupted?,
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn follow(&self, path: &Path, mut filter: Filter) -> anyhow::Result<()> {
        let mut source = if self.no_follow { Source::open(path)? } else { Source::wait(path).await? };
        let mut out = anstream::stdout();
        self.begin(&mut source, &mut filter, &mut out)?;
        loop {
            let page = source.report.activity(&filter, PAGE)?;
            for entry in &page {
                self.print(&mut out, entry)?;
            }
            if let Some(last) = page.last() {
                filter.after = last.seq;
                source.last.clone_from(&last.hash);
            }
            if page.len() == PAGE {
                continue;
            }
            if self.no_follow {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
            if source.is_replaced(path) {
                let last = source.last.take();
                source = Source::wait(path).await?;
                let goes_on = |hash: &String| source.report.holds(filter.after, hash).unwrap_or(false);
                if last.as_ref().is_some_and(goes_on) {
                    source.last = last;
                } else {
                    writeln!(anstream::stderr(), "{} is another ledger now", path.display())?;
                    filter.after = 0;
                    self.begin(&mut source, &mut filter, &mut out)?;
                }
            }
        }
    }

    fn filter(&self, settings: &Settings, clock: &Clock) -> Filter {
        Filter {
            after: 0,
            employee: self.employee.clone(),
            failed: self.failed,
            without: if self.brief { &BRIEF } else { &[] },
            codes: self.code.clone(),
            operator: self.operator.clone(),
            since: self.since.map(|since| since.instant(clock.now(), settings.rules.access.zones.default)),
            until: None,
        }
    }

    /// Prints the last few, unless it is said from when on.
    fn begin(&self, source: &mut Source, filter: &mut Filter, out: &mut impl Write) -> anyhow::Result<()> {
        if filter.since.is_none() {
            for entry in last(&source.report, filter, self.lines)? {
                self.print(out, &entry)?;
                source.last = entry.hash;
            }
        }
        Ok(())
    }

    fn print(&self, out: &mut impl Write, entry: &Entry) -> anyhow::Result<()> {
        if self.json {
            writeln!(out, "{}", serde_json::to_string(entry)?)?;
        } else {
            writeln!(out, "{}", line::line(entry, self.ids))?;
        }
        Ok(())
    }
}

/// The last few that pass the filter; sets the filter behind them.
fn last(report: &Report, filter: &mut Filter, most: usize) -> Result<VecDeque<Entry>, LedgerError> {
    if !filter.failed && filter.codes.is_empty() && filter.operator.is_none() {
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
