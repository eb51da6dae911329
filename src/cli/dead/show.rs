//! `dead show`: one letter with what it says.

use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use chrono::{DateTime, Utc};
use serde_json::json;

use super::read;
use crate::broker;
use crate::broker::dead::{Letter, collapse};
use crate::cli::style::{DIM, plain, property, when};
use crate::domain::event::Event;
use crate::engine::clock::Clock;

/// Show one with its history and its body, which may hold people's data
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner dead show 3f9a1c20de
  okta-provisioner dead show 3f9a1c20de --json | jq -r .body")]
pub(super) struct Show {
    /// Its id, as `dead list` shows it
    id: String,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Show {
    pub async fn execute(self, broker: &broker::Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let (mut letters, mut found) = (Vec::new(), None);
        read(broker, |letter, body| {
            if letter.id == self.id {
                letters.push(letter.clone());
                found.get_or_insert_with(|| body.to_vec());
            }
        })
        .await?;
        let letter = collapse(letters).into_iter().next();
        let (Some(letter), Some(body)) = (letter, found) else {
            bail!("no such dead letter: {}; see `dead list`", self.id);
        };
        let now = clock.now();
        let problem = Event::decode(&body, now).err().map(|rejection| rejection.reason);
        let mut out = anstream::stdout();
        if self.json {
            let mut object = serde_json::to_value(&letter)?;
            object["understood"] = json!(problem.is_none());
            object["body"] = json!(String::from_utf8_lossy(&body));
            writeln!(out, "{object}")?;
        } else {
            write!(out, "{}", render(&letter, &body, problem.as_deref(), now))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn render(letter: &Letter, body: &[u8], problem: Option<&str>, now: DateTime<Utc>) -> String {
    let at = |at: Option<DateTime<Utc>>| at.map_or_else(|| "unknown".to_owned(), |at| when(at, now));
    let mut text = property("letter", &letter.id);
    text += &property("reason", plain(&letter.reason));
    for earlier in &letter.earlier {
        text += &property("before", plain(earlier));
    }
    text += &property("failed", format_args!("{}×, last {}", letter.failures, at(letter.failed_at)));
    if letter.first_failed_at != letter.failed_at {
        text += &property("first", at(letter.first_failed_at));
    }
    if let Some(employee) = &letter.employee {
        text += &property("employee", plain(employee));
    }
    text += &property("key", plain(&letter.routing_key));
    if letter.copies > 1 {
        text += &property("copies", letter.copies);
    }
    text += &match problem {
        None => property("now", "would be understood: `dead replay` it"),
        Some(problem) => property("now", format_args!("would be set aside again: {}", plain(problem))),
    };
    let _ = writeln!(text, "{DIM}body, {} bytes{DIM:#}\n{}", letter.bytes, escaped(body));
    text
}

/// On one line, with whatever is no text in hexadecimal.
fn escaped(body: &[u8]) -> String {
    body.utf8_chunks().fold(String::with_capacity(body.len()), |mut text, chunk| {
        text += &plain(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_cannot_play_with_the_terminal() {
        assert_eq!(escaped("Zoë\u{1b}[2J\n".as_bytes()), r"Zoë\u{1b}[2J\n");
        assert_eq!(escaped(b"a\xff\x00"), r"a\xff\u{0}");
    }

    #[test]
    fn it_tells_the_whole_history() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let letter = Letter {
            id: "aaaaaaaaaa".into(),
            reason: "no time".into(),
            earlier: vec!["RabbitMQ: expired".into()],
            failures: 2,
            failed_at: Some(now),
            bytes: 2,
            copies: 1,
            routing_key: "k".into(),
            ..Letter::default()
        };
        let text = anstream::adapter::strip_str(&render(&letter, b"{}", Some("no id"), now)).to_string();
        let expected = "\
letter     aaaaaaaaaa
reason     no time
before     RabbitMQ: expired
failed     2×, last 2027-01-15 08:00:00Z (0ms ago)
first      unknown
key        k
now        would be set aside again: no id
body, 2 bytes
{}
";
        assert_eq!(text, expected);
    }
}
