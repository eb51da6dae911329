use std::io;
use std::sync::Arc;

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
    Lines { format, colour, now, out: Mutex::new(out) }
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
