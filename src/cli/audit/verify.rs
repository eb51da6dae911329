//! `audit verify`: is every row what was written there?

use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;

use crate::app::settings::Settings;
use crate::cli::Which;
use crate::cli::style::{BAD, GOOD, count, property, time};
use crate::ledger::{Broken, Mark, Report, Verified};

/// Tell whether the record of decisions is as it was written
///
/// Each row has a hash over itself and the hash of the row before, and the log has the last one hourly, as
/// `audit.head`. Whoever can write the file could make all hashes anew, but not the ones that were logged: give one of
/// those with --head.
#[derive(clap::Args)]
pub(super) struct Verify {
    /// A hash that was logged as `audit.head`: it must still be in the record
    #[arg(long, value_name = "HASH", value_parser = hash)]
    head: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

fn hash(text: &str) -> Result<String, String> {
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text.to_owned());
    }
    Err("a hash has 64 hexadecimal digits".into())
}

impl Verify {
    pub fn execute(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let found = Report::open(&self.which.path(settings))?.verify(self.head.as_deref())?;
        let mut out = anstream::stdout();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&found)?)?;
        } else {
            write!(out, "{}", text(&found))?;
        }
        Ok(if found.broken.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn text(found: &Verified) -> String {
    let mut text = match (&found.broken, &found.head) {
        (None, None) => format!("{GOOD}ok{GOOD:#}  there are no decisions yet\n"),
        (None, Some(_)) => {
            format!("{GOOD}ok{GOOD:#}  {}, each as it was written\n", count(rows(found), "decision"))
        }
        (Some(broken), _) => format!("{BAD}broken{BAD:#}  {broken}\n"),
    };
    let place = |mark: &Mark| format!("row {} of {}", mark.seq, time(mark.at));
    let mut put = |name, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(text, "{}", property(name, value));
        }
    };
    put("pruned", found.pruned.as_ref().map(|mark| format!("up to {} ({})", place(mark), mark.hash)));
    put("from", found.first.as_ref().map(place));
    put("to", found.head.as_ref().map(place));
    if found.broken.is_none() {
        put("head", found.head.as_ref().map(|mark| mark.hash.clone()));
    }
    put("known", found.known.as_ref().map(|mark| format!("the given hash is that of {}", place(mark))));
    if matches!(found.broken, Some(Broken::Rewritten)) && found.pruned.is_some() {
        put("but", Some("a hash from before what was pruned cannot be found either".into()));
    } else if !matches!(found.broken, None | Some(Broken::Rewritten)) {
        put("then", Some("compare with a backup and with the log: it has every decision too".into()));
    }
    text
}

fn rows(found: &Verified) -> i64 {
    i64::try_from(found.rows).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(found: &Verified) -> String {
        anstream::adapter::strip_str(&text(found)).to_string()
    }

    #[test]
    fn what_was_found_is_on_a_few_lines() {
        let mark = |seq, hash: &str| {
            Some(Mark { seq, at: "2026-11-21T08:05:09Z".parse().unwrap(), hash: hash.into() })
        };
        let whole = Verified {
            rows: 7,
            first: mark(3, "c"),
            head: mark(9, "i"),
            pruned: mark(2, "b"),
            ..Verified::default()
        };
        let expected = "\
ok  7 decisions, each as it was written
pruned     up to row 2 of 2026-11-21 08:05:09Z (b)
from       row 3 of 2026-11-21 08:05:09Z
to         row 9 of 2026-11-21 08:05:09Z
head       i
";
        assert_eq!(shown(&whole), expected);
        let known = Verified { pruned: None, known: mark(5, "e"), ..whole.clone() };
        assert!(
            shown(&known).ends_with("known      the given hash is that of row 5 of 2026-11-21 08:05:09Z\n")
        );
        let broken = Verified { broken: Some(Broken::Missing { from: 10, to: 12 }), ..known };
        assert!(shown(&broken).starts_with("broken  rows 10 to 12 are missing\nfrom       row 3"));
        assert!(!shown(&broken).contains("head"));
        assert_eq!(shown(&Verified::default()), "ok  there are no decisions yet\n");
    }

    #[test]
    fn a_hash_looks_like_one() {
        assert!(hash(&"aF".repeat(32)).is_ok());
        assert!(hash("af").is_err() && hash(&"ag".repeat(32)).is_err());
    }
}
