use std::io;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

fn lines<W>(format: Format, colour: bool, out: W) -> Lines<W> {
    let now: Now = Arc::new(|| "2026-11-21T08:05:09.0421Z".parse().unwrap());
    Lines { format, colour, now, out: Mutex::new((Repeats::default(), out)) }
}

fn logged(format: Format, colour: bool, level: Level, speak: impl FnOnce()) -> String {
    let page = Page::default();
    tracing::subscriber::with_default(subscriber(lines(format, colour, page.clone()), level), speak);
    let bytes = page.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn halt() {
    let (none, attempt) = (None::<&str>, Some(3_u32));
    tracing::error!(
        reason = "token \"x\"\nrefused",
        code = "okta.halted",
        none,
        attempt,
        lag_ms = -5,
        "no calls"
    );
}

#[test]
fn json_has_one_flat_object_a_line() {
    let text = logged(Format::Json, false, Level::Info, halt);
    let expected = concat!(
        r#"{"time":"2026-11-21T08:05:09.042Z","level":"error","code":"okta.halted","message":"no calls","#,
        r#""reason":"token \"x\"\nrefused","attempt":3,"lag_ms":-5}"#,
        "\n"
    );
    assert_eq!(text, expected);
    let without_code = logged(Format::Json, false, Level::Info, || tracing::info!(share = 0.5, "{}", 7));
    let expected = r#"{"time":"2026-11-21T08:05:09.042Z","level":"info","message":"7","share":0.5}"#;
    assert_eq!(without_code.trim_end(), expected);
}

#[test]
fn pretty_has_columns_and_stays_on_its_line() {
    let text = logged(Format::Pretty, false, Level::Info, || {
        halt();
        tracing::info!(code = "user.created", employee = "1001", "account\u{1b}[2J\ncreated");
    });
    let expected = concat!(
        r#"2026-11-21 08:05:09.042Z ERROR okta.halted        no calls reason="token \"x\"\nrefused" attempt=3 lag_ms=-5"#,
        "\n",
        r"2026-11-21 08:05:09.042Z INFO  user.created       account\u{1b}[2J\ncreated employee=1001",
        "\n"
    );
    assert_eq!(text, expected);
    assert!(logged(Format::Pretty, true, Level::Info, halt).contains("\u{1b}[1m\u{1b}[31mERROR"));
}

#[test]
fn this_crate_speaks_at_its_level_and_others_warn_at_most() {
    let speak = || {
        tracing::trace!("ours, in detail");
        tracing::info!(target: "hyper::client", "theirs, in detail");
        tracing::warn!(target: "hyper::client", "theirs, a warning");
        tracing::error!(target: "lapin::channel", "a message was returned, body and all");
    };
    let text = logged(Format::Json, false, Level::Trace, speak);
    assert!(text.contains("ours, in detail") && !text.contains("theirs, in detail"));
    assert!(text.contains(r#""message":"theirs, a warning","target":"hyper::client""#));
    assert!(!text.contains("returned"));
    assert_eq!(logged(Format::Json, false, Level::Error, speak), "");
    assert!(!logged(Format::Json, false, Level::Debug, speak).contains("ours"));
}

#[test]
fn a_reader_that_is_gone_stops_nobody() {
    tracing::subscriber::with_default(subscriber(lines(Format::Json, false, Gone), Level::Info), halt);
}

/// What is logged, with a clock that can be moved.
struct Minute {
    page: Page,
    now: Arc<Mutex<DateTime<Utc>>>,
}

impl Minute {
    fn of(speak: impl FnOnce(&Self)) -> Vec<serde_json::Value> {
        let start = "2026-11-21T08:00:00Z".parse().unwrap();
        let minute = Self { page: Page::default(), now: Arc::new(Mutex::new(start)) };
        let now = Arc::clone(&minute.now);
        let now: Now = Arc::new(move || *now.lock().unwrap());
        let out = Mutex::new((Repeats::default(), minute.page.clone()));
        let lines = Lines { format: Format::Json, colour: false, now, out };
        tracing::subscriber::with_default(subscriber(lines, Level::Debug), || speak(&minute));
        let bytes = minute.page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn pass(&self, seconds: i64) {
        *self.now.lock().unwrap() += TimeDelta::seconds(seconds);
    }
}

fn unchanged(employee: &str, event: usize) {
    tracing::info!(
        code = "event.unchanged",
        employee,
        event = event.to_string(),
        "nothing new in this event"
    );
}

#[test]
fn what_is_said_again_and_again_is_counted_and_told_when_the_minute_is_over() {
    let lines = Minute::of(|minute| {
        (0..20).for_each(|event| unchanged("1", event));
        minute.pass(59);
        unchanged("1", 20);
        minute.pass(1);
        unchanged("1", 21);
        minute.pass(60);
        unchanged("1", 22);
    });
    let repeated: Vec<_> = lines.iter().map(|line| line["repeated"].as_u64()).collect();
    assert_eq!(repeated, [None, None, None, None, None, Some(16), None, None]);
    assert_eq!((&lines[5]["event"], &lines[5]["time"]), (&"20".into(), &"2026-11-21T08:01:00.000Z".into()));
    assert_eq!(lines[6]["event"], "21", "the minute is another one");
}

#[test]
fn other_people_other_reasons_and_what_was_done_are_no_repeats() {
    let lines = Minute::of(|_| {
        for n in 0..20 {
            unchanged(&n.to_string(), n);
            tracing::warn!(code = "event.rejected", reason = format!("reason {n}"), "malformed");
            tracing::info!(code = "user.updated", employee = "1", "attributes changed");
            tracing::debug!("in detail");
        }
    });
    assert_eq!(lines.len(), 80);
}

#[test]
fn what_was_left_out_is_told_before_the_last_line_and_when_the_clock_is_set_back() {
    let lines = Minute::of(|minute| {
        (0..7).for_each(|event| unchanged("1", event));
        minute.pass(-3600);
        (0..7).for_each(|event| unchanged("1", event));
        tracing::info!(code = "daemon.stopped", "stopped");
    });
    let told: Vec<_> = lines.iter().filter_map(|line| line["repeated"].as_u64()).collect();
    assert_eq!(told, [2, 2]);
    assert_eq!(lines.last().unwrap()["code"], "daemon.stopped");
}
