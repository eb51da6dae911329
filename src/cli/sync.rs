//! `sync`: reads everybody from HR, now.

mod bar;
mod daemon;
mod listing;
mod trial;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};

pub(super) use self::bar::Bar;
pub(super) use self::listing::list;
use super::Which;
use super::style::{BAD, WARN, count, property, span};
use crate::app::settings::Settings;
use crate::bob;
use crate::engine::clock::Clock;
use crate::engine::{self, Outcome};
use crate::ledger::{Ledger, Lock};

/// Read everybody from Bob, and take in what no event has told
///
/// If the daemon runs it does the reading, and this command watches; else what is found is left in the ledger, and acted
/// on when the daemon runs. Stopped in the middle, it loses and doubles nothing: run it again.
///
/// With --dry-run everything happens on a copy of the ledger in memory and nothing is written anywhere: it shows what
/// would be found, and what would be done in Okta for everybody, whom it lists first if the ledger does not know them.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner sync
  okta-provisioner sync --dry-run
  okta-provisioner sync --dry-run --json | jq 'select(.steps != [])'")]
pub(super) struct Sync {
    /// Write nothing, and show what would be found and done
    #[arg(long)]
    dry_run: bool,
    /// Print it as JSON; with --dry-run an object a line, the totals last
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

impl Sync {
    pub async fn execute(self, settings: Settings, clock: Clock) -> anyhow::Result<ExitCode> {
        let path = self.which.path(&settings);
        let outcome = if Lock::is_held(&path) && !self.dry_run {
            daemon::ask(&path, &clock).await?
        } else {
            if self.which.sandbox {
                bail!(
                    "the sandbox's HR is in the memory of `run --sandbox`, which must run for this, and is asked by \
                     nobody else: bob.url is the real one"
                );
            }
            let options = settings.bob_options(clock.as_fn());
            let options =
                options.ok_or_else(|| anyhow!("bob.user is not set: there is no HR to read from"))?;
            let bob = bob::Client::new(options).context("bob")?;
            if self.dry_run {
                trial::run(&self, &settings, &bob, &clock).await?;
                return Ok(ExitCode::SUCCESS);
            }
            let _lock = Lock::take(&path)?;
            let (org_url, _) = settings.org()?;
            let ledger = Ledger::open(&path, &org_url.to_string(), Arc::clone(&settings.rules))?;
            ledger.recall_schema().await?;
            ledger.adapt(settings.fingerprint().to_owned(), clock.now()).await?;
            read(&settings, &ledger, &bob, &clock).await?
        };
        let mut out = anstream::stdout();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&outcome)?)?;
        } else {
            write!(out, "{}", render(&outcome))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads everybody into a ledger, with a bar for whoever looks on.
async fn read(
    settings: &Settings,
    ledger: &Ledger,
    bob: &bob::Client,
    clock: &Clock,
) -> anyhow::Result<Outcome> {
    let settle = settings.bob.as_ref().map(|bob| bob.settle).unwrap_or_default();
    let mut bar = Bar::new("people read from Bob");
    let outcome =
        engine::Sync { ledger, bob, clock, settle, by_hand: true }.run(|people| bar.show(people)).await;
    bar.end();
    outcome.context("not everybody could be read, and nobody was taken for missing; run it again")
}

/// What a reading of everybody has found.
pub(super) fn render(outcome: &Outcome) -> String {
    let Outcome { people, joined, changed, left, cancelled, .. } = outcome;
    let people = i64::try_from(*people).unwrap_or(i64::MAX);
    let (took, calls) = (span(outcome.ended - outcome.began), count(outcome.calls, "call"));
    let mut text = property("hr", format_args!("{people} people, read with {calls} in {took}"));
    let news = format!("{joined} joined, {changed} changed, {left} left, {cancelled} cancelled");
    text += &property("news", format_args!("{news}, of which no event had told"));
    if outcome.gone > 0 {
        text += &property("gone", format_args!("{} whom Bob does not know any more", outcome.gone));
    }
    if outcome.missing > 0 {
        let what = "left out of Bob's list for the first time; Bob is asked for them another day";
        text += &property("missing", format_args!("{WARN}{}{WARN:#} {what}", outcome.missing));
    }
    if let Some((missing, of)) = outcome.doubtful {
        let what = "nobody is taken for gone: does the service user's permission group cover everybody?";
        text += &property(
            "doubtful",
            format_args!("{BAD}{missing} of {of} are not in Bob's list{BAD:#}; {what}"),
        );
    }
    if outcome.unreadable > 0 {
        let what = "entries of Bob's list cannot be read: nobody is taken for missing";
        text += &property("unreadable", format_args!("{WARN}{}{WARN:#} {what}", outcome.unreadable));
    }
    if !outcome.hidden.is_empty() {
        let fields = outcome.hidden.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        text += &property(
            "hidden",
            format_args!("{WARN}{fields}{WARN:#}: Bob shows them of nobody; see `check`"),
        );
    }
    text
}
