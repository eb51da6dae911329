//! How things look to people: colours, spans of time, columns.

use std::fmt::{self, Write};

use anstyle::{AnsiColor, Style};
use chrono::{DateTime, TimeDelta, Utc};

use crate::app::telemetry::Plain;

/// All is well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// Somebody should look.
pub(super) const WARN: Style = AnsiColor::Yellow.on_default();
/// Somebody must look.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
/// There if looked for.
pub(super) const DIM: Style = Style::new().dimmed();
/// What a line is about.
pub(super) const BOLD: Style = Style::new().bold();

/// An instant to the second, in UTC.
pub(super) fn time(at: DateTime<Utc>) -> impl fmt::Display {
    at.format("%Y-%m-%d %H:%M:%SZ")
}

/// A span in its largest unit: `340ms`, `2.1s`, `4m`, `3h`, `12d`.
pub(super) fn span(span: TimeDelta) -> String {
    let millis = span.num_milliseconds().max(0);
    match millis {
        0..1_000 => format!("{millis}ms"),
        1_000..10_000 => format!("{}.{}s", millis / 1_000, millis % 1_000 / 100),
        10_000..60_000 => format!("{}s", millis / 1_000),
        60_000..3_600_000 => format!("{}m", millis / 60_000),
        3_600_000..86_400_000 => format!("{}h", millis / 3_600_000),
        _ => format!("{}d", millis / 86_400_000),
    }
}

/// An instant, and how far it is from now.
pub(super) fn when(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if at > now {
        format!("{} (in {})", time(at), span(at - now))
    } else {
        format!("{} ({} ago)", time(at), span(now - at))
    }
}

/// `1 call`, `2 calls`
pub(super) fn count(number: impl Into<i64>, noun: &str) -> String {
    let number = number.into();
    if number == 1 { format!("{number} {noun}") } else { format!("{number} {noun}s") }
}

/// Text that somebody else wrote, on one line.
pub(super) fn plain(text: &str) -> String {
    Plain(text).to_string()
}

/// Lines with their cells below each other, indented by two. Cells have no styles in them.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let _ = write!(line, "  {cell:0$}", width(column));
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// `name     value`, for a handful of properties of one thing.
pub(super) fn property(name: &str, value: impl fmt::Display) -> String {
    format!("{DIM}{name:10}{DIM:#} {value}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short() {
        for (millis, text) in [
            (-5, "0ms"),
            (0, "0ms"),
            (999, "999ms"),
            (1_000, "1.0s"),
            (9_999, "9.9s"),
            (59_999, "59s"),
            (60_000, "1m"),
            (3_600_000, "1h"),
            (86_399_999, "23h"),
            (86_400_000 * 400, "400d"),
        ] {
            assert_eq!(span(TimeDelta::milliseconds(millis)), text);
        }
    }

    #[test]
    fn cells_are_below_each_other() {
        let rows = [vec!["a".to_owned(), "long".into(), String::new()], vec!["beta".into(), "x".into()]];
        assert_eq!(table(&rows), "  a     long\n  beta  x\n");
    }
}
