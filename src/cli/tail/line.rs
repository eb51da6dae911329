//! One decision on one line.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use chrono::TimeDelta;
use tracing::Level;

use crate::cli::style::{BAD, DIM, GOOD, WARN, count, plain, span};
use crate::engine::level;
use crate::ledger::{Entry, code};

/// More names than these are only counted.
const NAMES: usize = 6;

/// Time, what, how long after it came to be wanted, calls; to whom, why, which attributes, on whose word; with
/// `ids` also the event and Okta's request.
pub(in crate::cli) fn line(entry: &Entry, ids: bool) -> String {
    let style = style(entry);
    let lag = entry.lag_ms.map(|lag| span(TimeDelta::milliseconds(lag))).unwrap_or_default();
    let calls = if entry.calls > 0 { count(entry.calls, "call") } else { String::new() };
    let mut text = format!(
        "{DIM}{}{DIM:#}  {style}{:21}{style:#} {DIM}{lag:>5}  {calls:7}{DIM:#}  {:32}",
        entry.at.format("%Y-%m-%d %H:%M:%S"),
        entry.code,
        whom(entry),
    );
    if entry.observed {
        let _ = write!(text, "  {WARN}observed only{WARN:#}");
    }
    if let Some(reason) = &entry.reason {
        let _ = write!(text, "  {}", plain(reason));
    }
    if !entry.fields.is_empty() {
        let _ = write!(text, "  {DIM}[{}]{DIM:#}", names(&entry.fields));
    }
    if let Some(attempt) = entry.attempt {
        let _ = write!(text, "  {DIM}attempt {attempt}{DIM:#}");
    }
    if let Some(operator) = &entry.operator {
        let _ = write!(text, "  {DIM}by {}{DIM:#}", plain(operator));
    }
    let named = [("event", &entry.event), ("request", &entry.request_id)];
    for (name, id) in named.into_iter().filter(|_| ids) {
        if let Some(id) = id {
            let _ = write!(text, "  {DIM}{name} {}{DIM:#}", plain(id));
        }
    }
    text.truncate(text.trim_end().len());
    text
}

fn whom(entry: &Entry) -> String {
    let names = [entry.employee.as_deref(), entry.login.as_deref().or(entry.okta_id.as_deref())];
    plain(&names.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

fn names(fields: &[String]) -> String {
    let shown = plain(&fields[..fields.len().min(NAMES)].join(", "));
    if fields.len() > NAMES { format!("{shown} +{}", fields.len() - NAMES) } else { shown }
}

/// Red and yellow mean what they mean in the log; what was done has colours of its own.
fn style(entry: &Entry) -> Style {
    match level(&entry.code, entry.attempt) {
        Level::ERROR => return BAD,
        Level::WARN => return WARN,
        _ => {}
    }
    match entry.code.as_str() {
        code::CREATED | code::ACTIVATED | code::REACTIVATED | code::UNSUSPENDED | code::RESUMED => GOOD,
        code::SUSPENDED | code::DEACTIVATED | code::SESSIONS_CLEARED => AnsiColor::Magenta.on_default(),
        code::ADOPTED | code::UPDATED | code::RENAMED => AnsiColor::Cyan.on_default(),
        code::EVENT_UNCHANGED => DIM,
        _ => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(code: &str) -> Entry {
        Entry {
            seq: 1,
            at: "2026-11-21T08:05:09.9Z".parse().unwrap(),
            code: code.into(),
            employee: Some("1001".into()),
            login: None,
            reason: None,
            fields: vec![],
            okta_id: None,
            request_id: None,
            event: None,
            source: None,
            calls: 0,
            attempt: None,
            lag_ms: None,
            observed: false,
            operator: None,
            hash: None,
        }
    }

    fn shown(entry: &Entry) -> String {
        anstream::adapter::strip_str(&line(entry, false)).to_string()
    }

    #[test]
    fn a_line_is_read_at_a_glance() {
        let created = Entry {
            login: Some("mira@example.com".into()),
            reason: Some("employed".into()),
            fields: ["login", "email", "firstName", "lastName", "title", "city", "manager", "x"]
                .map(Into::into)
                .into(),
            calls: 1,
            lag_ms: Some(340),
            ..entry(code::CREATED)
        };
        assert_eq!(
            shown(&created),
            "2026-11-21 08:05:09  user.created          340ms  1 call   1001 mira@example.com             \
             employed  [login, email, firstName, lastName, title, city +2]"
        );
        let retrying = Entry {
            okta_id: Some("00u1".into()),
            reason: Some("update: Okta answered 500\n".into()),
            calls: 2,
            attempt: Some(3),
            lag_ms: Some(7_200_000),
            ..entry(code::RETRYING)
        };
        assert_eq!(
            shown(&retrying),
            "2026-11-21 08:05:09  okta.retrying            2h  2 calls  1001 00u1                         \
             update: Okta answered 500\\n  attempt 3"
        );
        let observed = Entry { observed: true, employee: None, ..entry(code::SESSIONS_CLEARED) };
        assert_eq!(
            shown(&observed),
            "2026-11-21 08:05:09  user.sessions_cleared                                                   \
             observed only"
        );
        assert_eq!(
            shown(&entry(code::EVENT_UNCHANGED)),
            "2026-11-21 08:05:09  event.unchanged                       1001"
        );
    }

    #[test]
    fn who_asked_is_said_and_ids_if_wanted() {
        let asked = Entry {
            operator: Some("mira".into()),
            event: Some("e1".into()),
            request_id: Some("req1".into()),
            ..entry(code::ASKED)
        };
        assert!(shown(&asked).ends_with("  by mira"));
        let with_ids = anstream::adapter::strip_str(&line(&asked, true)).to_string();
        assert!(with_ids.ends_with("  by mira  event e1  request req1"), "{with_ids}");
    }

    #[test]
    fn colours_tell_good_from_bad() {
        assert!(line(&entry(code::CREATED), false).contains("\u{1b}[32muser.created"));
        assert!(line(&entry(code::HALTED), false).contains("\u{1b}[1m\u{1b}[31mokta.halted"));
        assert!(line(&entry(code::BLOCKED), false).contains("\u{1b}[33memployee.blocked"));
        let retrying = |attempt| line(&Entry { attempt: Some(attempt), ..entry(code::RETRYING) }, false);
        assert!(retrying(3).contains("\u{1b}[33mokta.retrying") && !retrying(2).contains("\u{1b}[33m"));
    }
}
