//! `dead`: what was set aside, and what becomes of it.

mod list;
mod show;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;

use super::operator;
use super::style::{WARN, count};
use crate::app::settings::Settings;
use crate::broker::dead::{Fate, Letter, go_through};
use crate::broker::{self, Error};
use crate::engine::clock::Clock;
use crate::ledger::{Verb, Wish};

/// How many letters the record names.
const MOST_NAMED: usize = 10;

/// Look at the messages that were set aside, and publish them again or throw them away
///
/// A message that cannot be understood, and one that RabbitMQ itself gave up, waits in the dead-letter queue. Each has
/// an id that stays the same however often it is read; several with the same routing key and body are one.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner dead list
  okta-provisioner dead list --reason 'ahead of our clock' --json
  okta-provisioner dead show 3f9a1c20de
  okta-provisioner dead replay 3f9a1c20de
  okta-provisioner dead replay --reason delivery_limit
  okta-provisioner dead drop --reason 'not JSON'")]
pub(super) struct Dead {
    #[command(subcommand)]
    what: What,
    /// Those of `run --sandbox` in place of the real ones
    #[arg(long, global = true)]
    sandbox: bool,
}

#[derive(clap::Subcommand)]
enum What {
    List(list::List),
    Show(show::Show),
    /// Publish them to the exchange again, as they first came: to be understood now, or set aside again with their history
    #[command(after_help = "Examples:
  okta-provisioner dead replay 3f9a1c20de
  okta-provisioner dead replay --all

Each is taken out once RabbitMQ has confirmed it. Stopped in the middle, some may be both: that changes nothing, as an
event that comes twice is the same event.")]
    Replay(Which),
    /// Throw them away
    #[command(after_help = "Examples:
  okta-provisioner dead drop 3f9a1c20de
  okta-provisioner dead drop --reason 'not JSON'

What HR said in them is lost to this program: have HR send it again if it matters.")]
    Drop(Which),
}

/// Which letters.
#[derive(clap::Args)]
#[group(required = true, multiple = true)]
struct Which {
    /// Ids of letters, as `dead list` shows them
    #[arg(conflicts_with_all = ["all", "reason"])]
    ids: Vec<String>,
    /// All that are there now
    #[arg(long, conflicts_with = "reason")]
    all: bool,
    /// Those with this text in their reason, in any letter case
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Which {
    /// What is asked, for the record.
    fn told(&self) -> String {
        match &self.reason {
            _ if self.all => "all dead letters".to_owned(),
            Some(text) => format!("the dead letters with \"{text}\" in their reason"),
            None => named(&self.ids),
        }
    }

    fn holds(&self, letter: &Letter) -> bool {
        self.all
            || self.ids.contains(&letter.id)
            || self.reason.as_deref().is_some_and(|text| says(letter, text))
    }
}

/// Whether the reason has this text in it.
fn says(letter: &Letter, text: &str) -> bool {
    letter.reason.to_lowercase().contains(&text.to_lowercase())
}

impl Dead {
    pub async fn execute(self, settings: Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let ledger = settings.ledger_path(self.sandbox);
        let broker = if self.sandbox { settings.broker.sandbox() } else { settings.broker };
        match self.what {
            What::List(list) => list.execute(&broker, clock).await,
            What::Show(show) => show.execute(&broker, clock).await,
            What::Replay(which) => settle(&broker, &which, Fate::Replay, &ledger, clock).await,
            What::Drop(which) => settle(&broker, &which, Fate::Drop, &ledger, clock).await,
        }
    }
}

async fn settle(
    broker: &broker::Settings,
    which: &Which,
    fate: Fate,
    ledger: &Path,
    clock: &Clock,
) -> anyhow::Result<ExitCode> {
    let verb = if fate == Fate::Replay { "replay" } else { "drop" };
    // Before anything is done: however this ends, it is known who asked for it.
    let is_recorded = record(ledger, format!("to {verb} {}", which.told()), clock);
    let mut found = BTreeSet::new();
    let gone = go_through(broker, |letter, _| {
        if !which.holds(letter) {
            return Fate::Keep;
        }
        found.insert(letter.id.clone());
        fate
    });
    let tally = gone.await;
    let stopped = match &tally {
        Ok(_) => String::new(),
        Err(error) => format!("; stopped, and some of them may be where they were: {error}"),
    };
    let what = format!("{verb}: {}{stopped}", named(&found));
    if is_recorded {
        record(ledger, what, clock);
    }
    let tally = tally?;
    let letters = count(i64::try_from(found.len())?, "letter");
    let all = i64::try_from(tally.replayed + tally.dropped)?;
    let messages = if tally.replayed + tally.dropped == found.len() {
        String::new()
    } else {
        format!(" ({} with the same body)", count(all, "message"))
    };
    let done = match fate {
        Fate::Replay => {
            format!("published to exchange {} again; `dead list` has what fails again", broker.exchange)
        }
        _ => "thrown away".to_owned(),
    };
    writeln!(anstream::stdout(), "{letters}{messages} {done}")?;
    let unknown: Vec<_> = which.ids.iter().filter(|id| !found.contains(*id)).cloned().collect();
    if !unknown.is_empty() {
        bail!("no such dead letter: {}; see `dead list`", unknown.join(", "));
    }
    Ok(ExitCode::SUCCESS)
}

/// How many letters, and some of their ids.
fn named<'a>(letters: impl IntoIterator<Item = &'a String, IntoIter: ExactSizeIterator>) -> String {
    let letters = letters.into_iter();
    let number = letters.len();
    if number == 0 {
        return "no dead letters".to_owned();
    }
    let ids: Vec<_> = letters.take(MOST_NAMED).map(String::as_str).collect();
    let more = if number > MOST_NAMED { ", …" } else { "" };
    format!("{number} dead letters: {}{more}", ids.join(", "))
}

/// Leaves word of it for the daemon's record. The letters are the broker's: where the ledger is on another machine,
/// that is said, and the shell's history must do. Whether it was left.
fn record(ledger: &Path, what: String, clock: &Clock) -> bool {
    let wish = Wish { verb: Verb::Dead, employee: None, argument: Some(what), operator: operator() };
    let left = wish.leave(ledger, clock.now());
    if let Err(error) = &left {
        // It is done all the same, even if nobody can be told.
        let _ = writeln!(anstream::stderr(), "{WARN}not in the record:{WARN:#} {error}");
    }
    left.is_ok()
}

/// Reads without changing anything.
async fn read(broker: &broker::Settings, mut see: impl FnMut(&Letter, &[u8])) -> Result<(), Error> {
    let read = go_through(broker, |letter, body| {
        see(letter, body);
        Fate::Keep
    });
    read.await.map(drop)
}
