//! What the alarms and the dashboard ask for is there to be asked for.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use super::{dashboard, program, rules};
use crate::layering::sources;
use crate::readme;

const PREFIX: &str = "okta_provisioner_";

/// What is there only where it is configured, or known, or where there is anybody to count.
const OPTIONAL: [&str; 6] = [
    "blocked_people",
    "bob_readable",
    "drift",
    "expect_events_within_seconds",
    "token_expires_timestamp_seconds",
    "waiting_people",
];

/// The names of our metrics, without the prefix, that somebody asks for.
fn asked_for() -> BTreeSet<String> {
    let alarms =
        rules::alarms().into_iter().map(|alarm| alarm["expr"].as_str().expect("an expression").to_owned());
    let mut names = BTreeSet::new();
    for expression in alarms.chain(dashboard::expressions()) {
        let words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        names.extend(words.filter_map(|word| word.strip_prefix(PREFIX)).map(family));
    }
    names
}

/// A histogram's name, of whichever of its series.
fn family(name: &str) -> String {
    let ends = ["_bucket", "_sum", "_count"];
    ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned()
}

#[test]
fn the_sources_name_every_metric_that_is_asked_for() {
    let mut text = String::new();
    for path in sources(&readme::root().join("src")) {
        text += &fs::read_to_string(path).expect("a source");
    }
    let asked_for = asked_for();
    assert!(asked_for.len() > 20, "{asked_for:?}");
    let missing: Vec<_> = asked_for.iter().filter(|name| !text.contains(&format!("\"{name}\""))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Reads `/metrics` of a daemon that holds people: promtool finds no fault with it, and all that is asked for is in it.
pub async fn check(url: &str) {
    let text = well_formed(url).await;
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_prefix(PREFIX));
    let exposed: BTreeSet<&str> = types.filter_map(|line| line.split(' ').next()).collect();
    let missing: Vec<String> = asked_for()
        .into_iter()
        .filter(|name| !exposed.contains(name.as_str()) && !OPTIONAL.contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?} of {exposed:?}");
}

/// Reads `/metrics`, with which promtool must find no fault.
pub async fn well_formed(url: &str) -> String {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = http.get(format!("{url}/metrics")).send().await.expect("an answer");
    let text = answer.text().await.expect("text");
    let mut promtool = Command::new(program("promtool"));
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = promtool.spawn().expect("promtool");
    running.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("a promtool that reads");
    let done = running.wait_with_output().expect("an end");
    let said = String::from_utf8([done.stdout, done.stderr].concat()).expect("text");
    assert!(done.status.success() && said.trim().is_empty(), "{said}");
    text
}
