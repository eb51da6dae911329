//! Lines that say the same again and again: a few in a minute are written, the rest are counted.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tracing::Level;

use super::line::Line;

/// How long the same is counted.
const SPAN: TimeDelta = TimeDelta::minutes(1);
/// How often it may be said in that time.
const MOST: u64 = 5;
/// What is another text each time though the line says the same.
const PASSING: [&str; 4] = ["request_id", "event", "hash", "until"];
/// After this one comes no other that could tell what was left out.
const LAST: &str = "daemon.stopped";

/// What has been said lately, and how often.
#[derive(Default)]
pub(super) struct Repeats {
    /// Since when it is counted.
    began: Option<DateTime<Utc>>,
    /// By a digest: thousands of lines a second must not be kept for a minute.
    said: HashMap<u64, Said>,
}

#[derive(Default)]
struct Said {
    count: u64,
    /// The last one that was left out.
    left_out: Option<Box<Line>>,
}

impl Repeats {
    /// What is to be written now: what was left out of a minute that is over, and this line unless it says the same
    /// as too many before it.
    pub fn pass(&mut self, line: Line) -> Vec<Line> {
        let now = line.at;
        // A clock that was set back begins anew.
        let is_over = self.began.is_none_or(|began| now < began || now - began >= SPAN);
        let mut lines = Vec::new();
        if is_over || line.code.as_deref() == Some(LAST) {
            lines = self.left_out(now);
            self.began = Some(now);
        }
        let Some(key) = key(&line) else {
            lines.push(line);
            return lines;
        };
        let said = self.said.entry(key).or_default();
        said.count += 1;
        if said.count > MOST {
            said.left_out = Some(Box::new(line));
        } else {
            lines.push(line);
        }
        lines
    }

    /// One line for each that was left out, with how often it was.
    fn left_out(&mut self, now: DateTime<Utc>) -> Vec<Line> {
        let said = mem::take(&mut self.said).into_values();
        let mut lines: Vec<Line> = said
            .filter_map(|Said { count, left_out }| {
                let mut line = *left_out?;
                line.fields.push(("repeated", (count - MOST).into()));
                Some(line)
            })
            .collect();
        lines.sort_by_key(|line| line.at);
        for line in &mut lines {
            line.at = now;
        }
        lines
    }
}

/// A digest of what two lines that say the same have in common: all but numbers and ids of requests and events. None for what
/// is never left out: what was done in Okta, and details that somebody has asked for.
fn key(line: &Line) -> Option<u64> {
    let code = line.code.as_deref().unwrap_or_default();
    if line.level > Level::INFO || code.starts_with("user.") {
        return None;
    }
    let mut key = DefaultHasher::new();
    (code, &line.message).hash(&mut key);
    for (name, value) in &line.fields {
        if let (Value::String(value), false) = (value, PASSING.contains(name)) {
            (name, value).hash(&mut key);
        }
    }
    Some(key.finish())
}
