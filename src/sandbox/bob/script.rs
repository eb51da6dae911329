//! Acts whose time is written down: what HR will do by itself.

use std::collections::VecDeque;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::act::Act;
use super::server::World;

/// The acts to come, the next one first.
#[derive(Default)]
pub(super) struct Script {
    acts: VecDeque<(DateTime<Utc>, Act)>,
    /// What HR could not do, with its time.
    pub(super) refused: Vec<String>,
}

impl Script {
    /// Adds acts: one a line, each an [`Act`] with the time `at` (UTC where it names no zone). Gives how many.
    pub(super) fn add(&mut self, lines: &str) -> Result<usize, String> {
        let mut added = Vec::new();
        for (number, line) in lines.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with("//") {
                added.push(act(line).map_err(|why| format!("line {}: {why}", number + 1))?);
            }
        }
        let count = added.len();
        self.acts.extend(added);
        // Stable: what has the same time happens in the order of the lines.
        self.acts.make_contiguous().sort_by_key(|(at, _)| *at);
        Ok(count)
    }

    /// How many acts are to come.
    pub(super) fn left(&self) -> usize {
        self.acts.len()
    }
}

/// When each act of a script is done, in their order.
///
/// # Errors
/// The first line that is no act, and why.
pub fn act_times(acts: &str) -> Result<Vec<DateTime<Utc>>, String> {
    let mut script = Script::default();
    script.add(acts)?;
    Ok(script.acts.into_iter().map(|(at, _)| at).collect())
}

fn act(line: &str) -> Result<(DateTime<Utc>, Act), String> {
    let mut act: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let at = act.as_object_mut().and_then(|act| act.remove("at")).ok_or("an act has a time, `at`")?;
    let at = at.as_str().and_then(time).ok_or("`at` is a time such as 2027-01-04T09:12")?;
    let act = Act::deserialize(act).map_err(|error| error.to_string())?;
    Ok((at, act))
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let formats = ["%FT%H:%M", "%FT%T"];
    formats
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|time| time.and_utc())
}

impl World {
    /// The next instant at which something happens by itself: an act, a midnight, a webhook.
    pub(super) fn next(&self) -> Option<DateTime<Utc>> {
        let act = self.script.acts.front().map(|(at, _)| *at);
        [act, self.company.next(), self.post.next()].into_iter().flatten().min()
    }

    /// Lets everything happen up to this moment: the acts that are due, and what comes by itself between them.
    pub(super) fn live_until(&mut self, now: DateTime<Utc>) {
        while let Some((at, act)) = self.script.acts.pop_front_if(|(at, _)| *at <= now) {
            if let Err(why) = self.perform(act, at) {
                self.script.refused.push(format!("{}: {why}", at.format("%FT%H:%M")));
            }
        }
        self.company.advance(now);
        self.post.take(std::mem::take(&mut self.company.events));
    }

    /// Does something in HR; gives the id of whom it was about.
    pub(super) fn perform(&mut self, act: Act, now: DateTime<Utc>) -> Result<String, String> {
        if let Act::Line { up } = act {
            self.post.line = up;
        }
        let done = self.company.perform(act, now);
        self.post.take(std::mem::take(&mut self.company.events));
        done
    }
}
