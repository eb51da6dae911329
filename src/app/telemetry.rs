//! The log: one line an event on standard output, for machines or for people.

mod line;
mod repeats;

pub(crate) use self::line::Plain;

use std::io::{IsTerminal, Write};
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing::subscriber::SetGlobalDefaultError;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt};

use self::line::Line;
use self::repeats::Repeats;
use super::settings::{Format, Level};
use crate::okta::Now;

/// Logs to standard output from now on, for the whole process. This crate says as much as `level`, all
/// others warnings at most, as they might print what they carry. Colour only on a terminal.
///
/// # Errors
/// Somebody logs already.
pub fn init(format: Format, level: Level, now: Now) -> Result<(), SetGlobalDefaultError> {
    let stdout = std::io::stdout();
    let colour =
        stdout.is_terminal() && anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
    tracing::subscriber::set_global_default(subscriber(
        Lines { format, colour, now, out: Mutex::new((Repeats::default(), stdout)) },
        level,
    ))
}

fn subscriber<W: Write + Send + 'static>(lines: Lines<W>, level: Level) -> impl Subscriber + Send + Sync {
    let ours = match level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    };
    let targets = Targets::new()
        .with_default(ours.min(LevelFilter::WARN))
        .with_target(env!("CARGO_CRATE_NAME"), ours)
        // They print whole messages, bodies included, when one is returned; the broker room says it better.
        .with_target("lapin", LevelFilter::OFF)
        .with_target("amq_protocol", LevelFilter::OFF);
    tracing_subscriber::registry().with(lines.with_filter(targets))
}

/// Writes a line for each event that does not say the same once too often.
struct Lines<W> {
    format: Format,
    colour: bool,
    now: Now,
    out: Mutex<(Repeats, W)>,
}

impl<S: Subscriber, W: Write + 'static> Layer<S> for Lines<W> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let line = Line::new(event, (self.now)());
        let mut guard = self.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (repeats, out) = &mut *guard;
        let mut text = String::new();
        for line in repeats.pass(line) {
            text.push_str(&match self.format {
                Format::Json => line.json(),
                Format::Pretty => line.pretty(self.colour),
            });
            text.push('\n');
        }
        // Whoever read the log is gone: that is no reason for the daemon to stop.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

#[cfg(test)]
mod tests;
