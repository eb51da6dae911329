//! Events from a file or standard input, one a line, with days and times that are always fresh.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use anyhow::Context;
use chrono::{DateTime, Days, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;

/// Opens a file, or standard input for `-`.
pub(super) fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead + Send>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(Box::new(BufReader::new(file)))
}

/// The lines that are not blank, as bytes: what is malformed on purpose stays so.
pub(super) fn lines(mut source: Box<dyn BufRead + Send>) -> impl Iterator<Item = io::Result<Vec<u8>>> + Send {
    std::iter::from_fn(move || {
        loop {
            let mut line = Vec::new();
            match source.read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) if line.trim_ascii().is_empty() => {}
                Ok(_) => return Some(Ok(line.trim_ascii().to_owned())),
                Err(error) => return Some(Err(error)),
            }
        }
    })
}

/// What `{{today}}`, `{{today+3}}`, `{{today-400}}` and `{{now}}` stand for.
#[derive(Clone, Copy)]
pub(super) struct Samples {
    now: DateTime<Utc>,
    zone: Tz,
}

impl Samples {
    /// Days are counted in `zone`.
    pub fn new(now: DateTime<Utc>, zone: Tz) -> Self {
        Self { now, zone }
    }

    /// Line number `number` with everything filled in. Each line's `{{now}}` is a microsecond later than that of
    /// the line before, so that of two lines about one person the second one is the news.
    pub fn fill(&self, line: &[u8], number: u32) -> Vec<u8> {
        let Ok(mut rest) = std::str::from_utf8(line) else { return line.to_owned() };
        let mut filled = String::with_capacity(line.len());
        while let Some((before, after)) = rest.split_once("{{") {
            filled.push_str(before);
            let filling =
                after.split_once("}}").and_then(|(name, rest)| Some((self.value(name, number)?, rest)));
            rest = if let Some((value, after)) = filling {
                filled.push_str(&value);
                after
            } else {
                filled.push_str("{{");
                after
            };
        }
        filled.push_str(rest);
        filled.into_bytes()
    }

    fn value(&self, name: &str, number: u32) -> Option<String> {
        if name == "now" {
            let now = self.now + TimeDelta::microseconds(number.into());
            return Some(now.to_rfc3339_opts(SecondsFormat::Micros, true));
        }
        let today = self.now.with_timezone(&self.zone).date_naive();
        let days = match name.strip_prefix("today")? {
            "" => 0,
            offset if offset.starts_with(['+', '-']) => offset.parse::<i64>().ok()?,
            _ => return None,
        };
        let by = Days::new(days.unsigned_abs());
        let date = if days < 0 { today.checked_sub_days(by) } else { today.checked_add_days(by) };
        date.map(|date| date.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Event;

    fn fill(line: &str) -> String {
        let samples = Samples::new("2026-11-21T23:30:00Z".parse().unwrap(), Tz::Europe__Berlin);
        String::from_utf8(samples.fill(line.as_bytes(), 7)).unwrap()
    }

    #[test]
    fn days_and_times_are_filled_in_where_people_are() {
        for (line, filled) in [
            (r#"{"d":"{{today}}"}"#, r#"{"d":"2026-11-22"}"#),
            ("{{today+3}} {{today-400}}", "2026-11-25 2025-10-18"),
            ("{{today-1}}T09:00:00Z", "2026-11-21T09:00:00Z"),
            ("{{now}}", "2026-11-21T23:30:00.000007Z"),
            (
                "{{ today }} {{today+x}} {{todayish}} {{today3}}",
                "{{ today }} {{today+x}} {{todayish}} {{today3}}",
            ),
            ("{{{{today}}}} {{", "{{2026-11-22}} {{"),
            ("{{today+99999999999999}}", "{{today+99999999999999}}"),
        ] {
            assert_eq!(fill(line), filled);
        }
        let samples = Samples::new(DateTime::UNIX_EPOCH, Tz::UTC);
        assert_eq!(samples.fill(b"\xff {{today}}", 1), b"\xff {{today}}");
    }

    #[test]
    fn blank_lines_are_no_events() {
        let source = Box::new(io::Cursor::new("\n one \r\n\n\ntwo"));
        let found: Vec<_> = lines(source).map(Result::unwrap).collect();
        assert_eq!(found, [b"one".to_vec(), b"two".to_vec()]);
    }

    /// The story that the quickstart tells, to whatever its last line.
    #[test]
    fn the_example_events_are_what_they_claim() {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let samples = Samples::new(now, Tz::UTC);
        let source = Box::new(io::Cursor::new(include_str!("../../config/events.example.ndjson")));
        let lines: Vec<_> = lines(source).zip(1..).map(|(line, n)| samples.fill(&line.unwrap(), n)).collect();
        let decoded: Vec<_> = lines.iter().map(|line| Event::decode(line, now)).collect();
        let bad: Vec<_> = decoded.iter().filter_map(|event| event.as_ref().err()).collect();
        assert_eq!(bad.len(), 1, "{bad:?}");
        assert_eq!(bad[0].reason, "work.startDate is not a date (YYYY-MM-DD)");
        let copies = |line: &&Vec<u8>| lines.iter().filter(|other| other == line).count();
        assert_eq!(lines.iter().filter(|line| copies(line) == 2).count(), 2, "one duplicate");
        let emails = decoded.iter().flatten().filter_map(|event| event.fields.get("root.email")?.as_str());
        assert!(
            emails.clone().count() > 5 && emails.into_iter().all(|email| email.ends_with("@example.com"))
        );
    }
}
