//! One event, in either form.

use std::fmt::{self, Write};

use anstyle::{AnsiColor, Style};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// An event taken apart.
pub(super) struct Line {
    pub at: DateTime<Utc>,
    pub level: Level,
    pub code: Option<String>,
    pub message: String,
    pub fields: Vec<(&'static str, Value)>,
}

impl Line {
    pub fn new(event: &Event<'_>, at: DateTime<Utc>) -> Self {
        let metadata = event.metadata();
        let mut line =
            Self { at, level: *metadata.level(), code: None, message: String::new(), fields: Vec::new() };
        if metadata.target().split("::").next() != Some(env!("CARGO_CRATE_NAME")) {
            line.fields.push(("target", metadata.target().into()));
        }
        event.record(&mut line);
        line
    }

    /// One object: time, level, code, message, then the event's own fields.
    pub fn json(&self) -> String {
        let time = self.at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut text = format!(r#"{{"time":"{time}","level":"{}""#, self.level.as_str().to_ascii_lowercase());
        let code = self.code.as_ref().map(|code| ("code", Value::from(code.as_str())));
        let first = code.into_iter().chain([("message", self.message.as_str().into())]);
        for (name, value) in first.chain(self.fields.iter().cloned()) {
            let _ = write!(text, ",{}:{value}", Value::from(name));
        }
        text.push('}');
        text
    }

    /// Columns: time, level, code; then the message and the fields.
    pub fn pretty(&self, colour: bool) -> String {
        let paint = |style: Style| if colour { style } else { Style::new() };
        let dim = paint(Style::new().dimmed());
        let level = paint(match self.level {
            Level::ERROR => AnsiColor::Red.on_default().bold(),
            Level::WARN => AnsiColor::Yellow.on_default(),
            Level::INFO => AnsiColor::Green.on_default(),
            _ => Style::new().dimmed(),
        });
        let time = self.at.format("%Y-%m-%d %H:%M:%S%.3fZ");
        let code = self.code.as_deref().unwrap_or_default();
        let mut text = format!(
            "{dim}{time}{dim:#} {level}{:5}{level:#} {code:18} {}",
            self.level.as_str(),
            Plain(&self.message)
        );
        for (name, value) in &self.fields {
            let _ = match value {
                Value::String(value) => write!(text, " {dim}{name}={dim:#}{}", Plain(value).quoted()),
                value => write!(text, " {dim}{name}={dim:#}{value}"),
            };
        }
        text
    }

    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("code", Value::String(code)) => self.code = Some(code),
            ("message", Value::String(message)) => self.message = message,
            (name, value) => self.fields.push((name, value)),
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }
}

/// Text without line breaks and other control characters, which could forge lines.
pub(crate) struct Plain<'a>(pub &'a str);

impl Plain<'_> {
    /// In quotes, where it would not be told from what follows.
    fn quoted(&self) -> String {
        let bare = !self.0.is_empty() && !self.0.contains(|c: char| c.is_whitespace() || c == '"');
        if bare { self.to_string() } else { format!("{:?}", self.0) }
    }
}

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            if c.is_control() { write!(f, "{}", c.escape_default()) } else { f.write_char(c) }
        })
    }
}
