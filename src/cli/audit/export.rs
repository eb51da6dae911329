//! `audit export`: decisions for an auditor, all of each.

use std::io::Write;
use std::process::ExitCode;

use chrono::SecondsFormat;

use crate::app::settings::Settings;
use crate::cli::Which;
use crate::cli::moment::{self, Moment};
use crate::cli::style::{WARN, time};
use crate::engine::clock::Clock;
use crate::ledger::{Entry, Filter, Report};

/// How many rows are read in one go.
const PAGE: usize = 1000;

/// The columns of the CSV form.
const HEAD: [&str; 17] = [
    "seq",
    "at",
    "code",
    "employee",
    "login",
    "reason",
    "fields",
    "okta_id",
    "request_id",
    "event",
    "source",
    "operator",
    "observed",
    "calls",
    "attempt",
    "lag_ms",
    "hash",
];

/// Print decisions with all that is known of them: event, operator, Okta's request id, hash
#[derive(clap::Args)]
pub(super) struct Export {
    /// From then on: 2026-10-01 (UTC), an instant (RFC 3339), or so long ago (90days)
    #[arg(long, value_name = "WHEN", value_parser = moment::parse)]
    since: Option<Moment>,
    /// Until just before then
    #[arg(long, value_name = "WHEN", value_parser = moment::parse)]
    until: Option<Moment>,
    /// Only this person's, by HR's id
    #[arg(long, value_name = "ID")]
    employee: Option<String>,
    /// Only these: user.deactivated, or user.* for all that begin so; can be given several times
    #[arg(long, value_name = "CODE")]
    code: Vec<String>,
    /// Only what this operator asked for
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,
    #[arg(long, value_enum, default_value = "ndjson")]
    format: Format,
    #[command(flatten)]
    which: Which,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// One JSON object a line
    Ndjson,
    /// For spreadsheets: a text that they would take for a formula begins with an apostrophe
    Csv,
}

impl Export {
    pub fn execute(self, settings: &Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let report = Report::open(&self.which.path(settings))?;
        let (now, zone) = (clock.now(), settings.rules.access.zones.default);
        let mut filter = Filter {
            employee: self.employee,
            codes: self.code,
            operator: self.operator,
            since: self.since.map(|when| when.instant(now, zone)),
            until: self.until.map(|when| when.instant(now, zone)),
            ..Filter::default()
        };
        if let Some(mark) = report.pruned()?
            && filter.since.is_none_or(|since| since <= mark.at)
        {
            let at = time(mark.at);
            writeln!(
                anstream::stderr(),
                "{WARN}note:{WARN:#} decisions up to {at} have been pruned (row {})",
                mark.seq
            )?;
        }
        let mut out = std::io::stdout().lock();
        if let Format::Csv = self.format {
            out.write_all(&csv([HEAD.map(str::to_owned)])?)?;
        }
        loop {
            let page = report.activity(&filter, PAGE)?;
            match self.format {
                Format::Csv => out.write_all(&csv(page.iter().map(cells))?)?,
                Format::Ndjson => {
                    for entry in &page {
                        writeln!(out, "{}", serde_json::to_string(entry)?)?;
                    }
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => filter.after = last.seq,
                _ => return Ok(ExitCode::SUCCESS),
            }
        }
    }
}

fn csv(rows: impl IntoIterator<Item = [String; HEAD.len()]>) -> anyhow::Result<Vec<u8>> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    Ok(writer.into_inner()?)
}

fn cells(entry: &Entry) -> [String; HEAD.len()] {
    let text = |text: &Option<String>| text.as_deref().map(harmless).unwrap_or_default();
    [
        entry.seq.to_string(),
        entry.at.to_rfc3339_opts(SecondsFormat::Millis, true),
        harmless(&entry.code),
        text(&entry.employee),
        text(&entry.login),
        text(&entry.reason),
        harmless(&entry.fields.join(" ")),
        text(&entry.okta_id),
        text(&entry.request_id),
        text(&entry.event),
        text(&entry.source),
        text(&entry.operator),
        entry.observed.to_string(),
        entry.calls.to_string(),
        entry.attempt.map(|attempt| attempt.to_string()).unwrap_or_default(),
        entry.lag_ms.map(|lag| lag.to_string()).unwrap_or_default(),
        text(&entry.hash),
    ]
}

/// Text that no spreadsheet takes for a formula: HR chooses ids, and publishers choose theirs.
fn harmless(text: &str) -> String {
    let formula = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if text.starts_with(formula) || text.trim_start().starts_with(formula) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\n=1", "＝1"] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        for text in ["", "a=1", "1001", "'=1", "e-1"] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn quotes_and_lines_stay_in_their_cell() {
        let mut row = HEAD.map(str::to_owned);
        row[5] = "a \"b\",\nc".into();
        let bytes = csv([row.clone()]).unwrap();
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
        let read: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].iter().collect::<Vec<_>>(), row);
    }
}
