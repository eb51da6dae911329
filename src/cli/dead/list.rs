//! `dead list`: what failed, how often, and why.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{read, says};
use crate::broker;
use crate::broker::dead::{Letter, collapse};
use crate::cli::style::{BOLD, DIM, GOOD, count, plain, span, table};
use crate::domain::event::Event;
use crate::engine::clock::Clock;

/// List them with reasons, and how many have which; never what they say
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner dead list
  okta-provisioner dead list --reason 'not JSON' -n 500
  okta-provisioner dead list --json | jq -r '.letters[] | select(.understood) | .id'")]
pub(super) struct List {
    /// Only those with this text in their reason, in any letter case
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// How many to show at most, those that failed last first; with --json all are
    #[arg(short = 'n', value_name = "NUMBER", default_value_t = 50)]
    most: usize,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// The letters, and how many have which reason.
#[derive(Serialize)]
struct Listing {
    /// How many messages there are, copies included.
    messages: usize,
    reasons: BTreeMap<String, usize>,
    letters: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    letter: Letter,
    /// Whether it would be taken in now.
    understood: bool,
}

impl List {
    pub async fn execute(self, broker: &broker::Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let now = clock.now();
        let (mut letters, mut understood) = (Vec::new(), HashMap::new());
        read(broker, |letter, body| {
            if self.reason.as_deref().is_none_or(|text| says(letter, text)) {
                understood.entry(letter.id.clone()).or_insert_with(|| Event::decode(body, now).is_ok());
                letters.push(letter.clone());
            }
        })
        .await?;
        let listing = Listing::new(letters, &understood);
        let mut out = anstream::stdout();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&listing)?)?;
        } else {
            write!(out, "{}", listing.render(self.most, now))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Listing {
    fn new(letters: Vec<Letter>, understood: &HashMap<String, bool>) -> Self {
        let messages = letters.len();
        let mut reasons = BTreeMap::new();
        for letter in &letters {
            *reasons.entry(letter.gist().to_owned()).or_default() += 1;
        }
        let line = |letter: Letter| Line { understood: understood.get(&letter.id) == Some(&true), letter };
        Self { messages, reasons, letters: collapse(letters).into_iter().map(line).collect() }
    }

    fn render(&self, most: usize, now: DateTime<Utc>) -> String {
        if self.letters.is_empty() {
            return "no dead letters\n".to_owned();
        }
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|(_, number)| std::cmp::Reverse(**number));
        let reasons: Vec<_> =
            reasons.into_iter().map(|(reason, number)| vec![number.to_string(), plain(reason)]).collect();
        let messages = count(i64::try_from(self.messages).unwrap_or(i64::MAX), "message");
        let mut text = format!("{BOLD}{messages}{BOLD:#}\n{}\n", table(&reasons));
        let head = ["id", "age", "failed", "employee", "routing key", "reason"].map(str::to_owned).to_vec();
        let lines = self.letters.iter().take(most).map(|line| line.cells(now));
        text += &table(&std::iter::once(head).chain(lines).collect::<Vec<_>>());
        if let Some(more) = self.letters.len().checked_sub(most).filter(|more| *more > 0) {
            let _ = writeln!(text, "{DIM}and {more} that failed before these; -n shows more{DIM:#}");
        }
        let good = self.letters.iter().filter(|line| line.understood).count();
        if good > 0 {
            let verb = if good == 1 { "one of them" } else { "of them" };
            let good = if good == 1 { String::new() } else { format!("{good} ") };
            let _ = writeln!(text, "{GOOD}{good}{verb} would be understood now{GOOD:#}: see `dead replay`");
        }
        text
    }
}

impl Line {
    fn cells(&self, now: DateTime<Utc>) -> Vec<String> {
        let Letter { id, employee, routing_key, failures, copies, .. } = &self.letter;
        let age = self.letter.first_failed_at.map_or_else(|| "?".to_owned(), |at| span(now - at));
        let copies = if *copies > 1 { format!(", {copies} copies") } else { String::new() };
        let good = if self.understood { "; good now" } else { "" };
        let reason = format!("{}{copies}{good}", plain(&self.letter.reason));
        let employee = employee.as_deref().map(plain).unwrap_or_default();
        vec![id.clone(), age, format!("{failures}×"), employee, plain(routing_key), reason]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_how_many_have_which_reason_and_what_would_be_good_now() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let letter = |id: &str, reason: &str| Letter {
            id: id.into(),
            reason: reason.into(),
            routing_key: "hr.employee.changed".into(),
            failures: 2,
            copies: 1,
            first_failed_at: Some(now - chrono::TimeDelta::hours(2)),
            ..Letter::default()
        };
        let one =
            Letter { employee: Some("7".into()), ..letter("aaaaaaaaaa", "not JSON (line 1, column 2)") };
        let listing = Listing {
            messages: 3,
            reasons: [("not JSON".to_owned(), 2), ("no time".to_owned(), 1)].into(),
            letters: vec![
                Line { letter: one, understood: false },
                Line { letter: letter("bbbbbbbbbb", "no time"), understood: true },
            ],
        };
        let text = anstream::adapter::strip_str(&listing.render(50, now)).to_string();
        let expected = "\
3 messages
  2  not JSON
  1  no time

  id          age  failed  employee  routing key          reason
  aaaaaaaaaa  2h   2×      7         hr.employee.changed  not JSON (line 1, column 2)
  bbbbbbbbbb  2h   2×                hr.employee.changed  no time; good now
one of them would be understood now: see `dead replay`
";
        assert_eq!(text, expected);
        assert!(listing.render(1, now).contains("and 1 that failed before"));
    }
}
