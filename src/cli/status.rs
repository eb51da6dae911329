//! `status`: everything at a glance.

use std::fmt::Display;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use chrono::{DateTime, Utc};

use super::outlook::glance;
use super::style::{self, BAD, GOOD, WARN, count, plain, property};
use super::{Which, mode, pause};
use crate::app::settings::Settings;
use crate::engine::Outcome;
use crate::engine::READS;
use crate::engine::clock::Clock;
use crate::ledger::{Glance, Lock, Summary};

/// Show the state of everything at a glance
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  okta-provisioner status\n  okta-provisioner status --json | jq .running"
)]
pub(super) struct Status {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

impl Status {
    pub async fn execute(self, settings: &Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let path = self.which.path(settings);
        let now = clock.now();
        let glance = Glance::read(&path, &settings.rules, Lock::is_held(&path), now).await?;
        let mut out = anstream::stdout();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&glance)?)?;
        } else {
            write!(out, "{}", render(&glance, &path, now))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn render(Glance { running, summary, outlook }: &Glance, path: &Path, now: DateTime<Utc>) -> String {
    let since = |at: &Option<String>| {
        let at = at.as_deref().and_then(|at| DateTime::parse_from_rfc3339(at).ok());
        at.map(|at| style::when(at.to_utc(), now))
    };
    let mut text = property("ledger", path.display());
    text += &property("org", summary.org.as_deref().map_or_else(|| "none yet".to_owned(), plain));
    text += &match (running, since(&summary.started)) {
        (true, Some(since)) => property("daemon", format_args!("{GOOD}running{GOOD:#} since {since}")),
        (true, None) => property("daemon", format_args!("{GOOD}running{GOOD:#}")),
        (false, Some(last)) => {
            property("daemon", format_args!("{BAD}not running{BAD:#}, last started {last}"))
        }
        (false, None) => property("daemon", format_args!("{BAD}not running{BAD:#}")),
    };
    if summary.mode.is_some() {
        let mode = mode::words(summary.mode.as_deref());
        text += &property("mode", format_args!("{WARN}{mode}{WARN:#}"));
    }
    for pause in &summary.paused {
        text += &property("paused", format_args!("{WARN}{}{WARN:#}", pause::line(pause, now)));
    }
    if summary.paused_leavers > 0 {
        let still = "who must lose access still have it, as it is paused";
        text += &property("access", format_args!("{BAD}{} people {still}{BAD:#}", summary.paused_leavers));
    }
    text += &held(summary);
    if *running {
        let broker = summary.broker.as_deref().map_or_else(|| "not heard of yet".to_owned(), plain);
        text += &property("broker", broker);
        text += &match &summary.halted {
            Some(why) => property("okta", format_args!("{BAD}no calls{BAD:#}: {}", plain(why))),
            None if summary.mode.is_some() => property("okta", "is read, and not written to"),
            None => property("okta", format_args!("{GOOD}calls are made{GOOD:#}")),
        };
        text += &match summary.bob.as_deref() {
            Some(READS) => property("bob", format_args!("{GOOD}{READS}{GOOD:#}")),
            Some(why) => property("bob", format_args!("{BAD}nobody is read{BAD:#}: {}", plain(why))),
            None => String::new(),
        };
    }
    text += &match since(&summary.mirror) {
        Some(since) => {
            property("directory", format_args!("{}, loaded {since}", count(summary.accounts, "account")))
        }
        None => property(
            "directory",
            format_args!("{} so far, still loading", count(summary.accounts, "account")),
        ),
    };
    if let Some(read) = &summary.synced
        && let Ok(read) = serde_json::from_value::<Outcome>(read.clone())
    {
        text += &hr(&read, now);
    }
    text += &property("people", summary.employees);
    if !summary.access.is_empty() {
        let each: Vec<_> = summary.access.iter().map(|(name, number)| format!("{number} {name}")).collect();
        text += &property("should be", each.join(", "));
    }
    if let Some(outlook) = outlook {
        text += &glance(outlook);
    }
    let oldest =
        summary.oldest.map(|at| format!(", wanted since {}", style::when(at, now))).unwrap_or_default();
    let next = summary.next.map(|at| format!(", the next {}", style::when(at, now))).unwrap_or_default();
    text += &property("due", format_args!("{}{oldest}{next}", summary.due));
    if !summary.waiting.is_empty() {
        let all = summary.waiting.iter().map(|(_, number)| number).sum::<i64>();
        text += &property("waiting", format_args!("{all}{}", counts(pairs(&summary.waiting))));
    }
    if summary.read_wanted > 0 {
        text += &property(
            "unread",
            format_args!("HR has news of {} that it did not send along", summary.read_wanted),
        );
    }
    text += &blocked(summary);
    if summary.rejected > 0 {
        let what = "set aside within a day; see `dead list`";
        text +=
            &property("rejected", format_args!("{WARN}{}{WARN:#} {what}", count(summary.rejected, "event")));
    }
    if !summary.drift.is_empty() {
        let all = summary.drift.iter().map(|(_, number)| number).sum::<i64>();
        text += &property(
            "drift",
            format_args!("{WARN}{all}{}{WARN:#}; see `reconcile`", counts(pairs(&summary.drift))),
        );
    }
    text
}

/// Who is held.
fn held(summary: &Summary) -> String {
    if summary.held.is_empty() {
        return String::new();
    }
    let (all, each) = (summary.held.values().sum::<i64>(), counts(&summary.held));
    let still = match summary.held_leavers {
        0 => String::new(),
        leavers => format!(", {leavers} who must lose access still have it"),
    };
    property("held", format_args!("{BAD}{all}{each}{still}{BAD:#}; see `approve`"))
}

/// Whom nothing is done for, those who are held left out.
fn blocked(summary: &Summary) -> String {
    let held = |name: &String| summary.held.get(name.as_str()).copied().unwrap_or_default();
    let blocked = summary.blocked.iter().map(|(name, number)| (name.clone(), number - held(name)));
    let blocked: Vec<_> = blocked.filter(|(_, number)| *number > 0).collect();
    if blocked.is_empty() {
        return String::new();
    }
    let all = blocked.iter().map(|(_, number)| number).sum::<i64>();
    let each = counts(pairs(&blocked));
    property("blocked", format_args!("{WARN}{all}{each}{WARN:#}; see `tail --failed`"))
}

/// The last reading of everybody.
fn hr(read: &Outcome, now: DateTime<Utc>) -> String {
    let Outcome { people, joined, changed, left, cancelled, .. } = read;
    let news = format!("{joined} joined, {changed} changed, {left} left, {cancelled} cancelled");
    let mut text =
        property("hr", format_args!("{people} people, read {}: {news}", style::when(read.ended, now)));
    if let Some((missing, of)) = read.doubtful {
        let what = "nobody is taken for gone; see `tail`";
        text += &property("doubtful", format_args!("{BAD}{missing} of {of} are not in it{BAD:#}: {what}"));
    }
    text
}

fn pairs(of: &[(String, i64)]) -> impl Iterator<Item = (&String, &i64)> {
    of.iter().map(|(name, number)| (name, number))
}

fn counts<'a, N: Display + 'a>(of: impl IntoIterator<Item = (N, &'a i64)>) -> String {
    let each: Vec<_> = of.into_iter().map(|(name, number)| format!("{number} {name}")).collect();
    if each.is_empty() { String::new() } else { format!(" ({})", each.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Pause, Scope};

    fn summary() -> Summary {
        Summary {
            org: Some("https://acme.okta.com".into()),
            started: Some("2026-11-21T10:00:00+00:00".into()),
            mirror: Some("2026-11-21T10:00:05+00:00".into()),
            mode: Some(crate::ledger::mode::OPERATOR.into()),
            paused: vec![Pause {
                scope: Scope::Step("deactivate".into()),
                at: "2026-11-21T11:00:00Z".parse().unwrap(),
                operator: Some("kim".into()),
                why: Some("HR cleans up".into()),
            }],
            paused_leavers: 3,
            held: [("over_limit", 4), ("protected", 1)].into(),
            held_leavers: 2,
            halted: Some("token\nrefused".into()),
            broker: Some("consuming".into()),
            bob: Some("401".into()),
            employees: 12,
            accounts: 1,
            due: 2,
            oldest: Some("2026-11-21T11:58:00Z".parse().unwrap()),
            next: Some("2026-11-24T12:00:00Z".parse().unwrap()),
            access: vec![("active".into(), 10), ("absent".into(), 2)],
            waiting: vec![("block".into(), 1)],
            blocked: vec![("over_limit".into(), 4), ("no_start_date".into(), 1), ("protected".into(), 1)],
            ..Summary::default()
        }
    }

    fn shown(glance: &Glance) -> String {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let text = render(glance, Path::new("/var/lib/x.sqlite3"), now);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn it_is_read_at_a_glance() {
        let expected = r"
ledger     /var/lib/x.sqlite3
org        https://acme.okta.com
daemon     running since 2026-11-21 10:00:00Z (2h ago)
mode       observe: decides, and writes nothing to Okta until `okta-provisioner mode apply`
paused     deactivate since 2026-11-21 11:00:00Z (1h ago) by kim: HR cleans up
access     3 people who must lose access still have it, as it is paused
held       5 (4 over_limit, 1 protected), 2 who must lose access still have it; see `approve`
broker     consuming
okta       no calls: token\nrefused
bob        nobody is read: 401
directory  1 account, loaded 2026-11-21 10:00:05Z (1h ago)
people     12
should be  10 active, 2 absent
due        2, wanted since 2026-11-21 11:58:00Z (2m ago), the next 2026-11-24 12:00:00Z (in 3d)
waiting    1 (1 block)
blocked    1 (1 no_start_date); see `tail --failed`
";
        assert_eq!(shown(&Glance::new(true, summary())), expected.trim_start());
    }

    #[test]
    fn of_a_daemon_that_has_ended_only_what_it_left_behind_is_told() {
        let ended = Glance::new(false, summary());
        let text = shown(&ended);
        assert!(
            text.contains("daemon     not running, last started 2026-11-21 10:00:00Z (2h ago)\n"),
            "{text}"
        );
        assert!(
            !text.contains("broker") && !text.contains("okta  ") && text.contains("due        2"),
            "{text}"
        );
    }
}
