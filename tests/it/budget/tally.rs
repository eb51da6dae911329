//! Counting calls per window, as Okta does it: by bucket, in windows that their first call begins.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use okta_provisioner::sandbox::Call;

use super::sim::OTHERS;

/// One window of one bucket.
#[derive(Clone, Copy, Debug, Default)]
pub struct Window {
    ends: i64,
    pub ours: u32,
    pub others: u32,
}

/// Everything that was called.
#[derive(Default)]
pub struct Tally {
    /// The windows of each bucket; the last one may be under way.
    windows: BTreeMap<&'static str, Vec<Window>>,
    pub calls: u32,
    /// 429s of ours.
    pub refused: u32,
    /// What was called by us, and when.
    pub done: Vec<(DateTime<Utc>, String)>,
}

impl Tally {
    pub fn count(&mut self, call: &Call, at: DateTime<Utc>) {
        let ours = call.path != OTHERS;
        self.calls += u32::from(ours);
        if call.status == 429 {
            self.refused += u32::from(ours);
            return;
        }
        let windows = self.windows.entry(bucket(call)).or_default();
        if windows.last().is_none_or(|window| at.timestamp() >= window.ends) {
            windows.push(Window { ends: at.timestamp() + 60, ..Window::default() });
        }
        let window = windows.last_mut().expect("a window");
        window.ours += u32::from(ours);
        window.others += u32::from(!ours);
        if ours {
            let login = call.body["profile"]["login"].as_str().unwrap_or_default();
            self.done.push((at, format!("{} {} {login}", call.method, call.path)));
        }
    }

    /// The windows of a bucket that are over.
    pub fn full(&self, bucket: &str) -> &[Window] {
        self.windows.get(bucket).and_then(|windows| windows.split_last()).map_or(&[], |(_, full)| full)
    }

    /// How many windows have been over by then, and the one that is open; nothing is in it if none is.
    pub fn open(&self, bucket: &str, at: DateTime<Utc>) -> (usize, Window) {
        let windows = self.windows.get(bucket).map_or(&[][..], Vec::as_slice);
        let last = windows.last().filter(|window| at.timestamp() < window.ends).copied();
        (windows.len() - usize::from(last.is_some()), last.unwrap_or_default())
    }
}

fn bucket(call: &Call) -> &'static str {
    let path = call.path.split('?').next().unwrap_or_default();
    let depth = path.trim_start_matches("/api/v1/users").split('/').count();
    match (call.method.as_str(), depth) {
        ("GET", 2) => "get",
        (_, 2) => "update",
        _ => "users",
    }
}
