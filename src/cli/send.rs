//! `send`: publishes events as HR would.

mod event;
mod outbox;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::samples::{self, Samples};
use super::style;
use crate::app::settings::Settings;
use crate::engine::clock::Clock;

/// Publish one event, or a file of them, and wait until the broker has them safe
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner send hired --employee 1001 --field work.startDate={{today}} \\
      --field root.email=mira@example.com --field root.firstName=Mira --field root.surname=Castellan
  okta-provisioner send changed --employee 1001 --field work.title=Analyst
  okta-provisioner send terminated --employee 1001 --field employee.lastDayOfWork={{today+3}}
  okta-provisioner send --file config/events.example.ndjson --pace 1s
  generate-events | okta-provisioner send --file -
  okta-provisioner send --sandbox --file config/events.example.ndjson

{{today}}, {{today+3}}, {{today-400}} and {{now}} are filled in; days are those of timezone.default.
The lines of a file are sent as they are otherwise, malformed ones too.")]
pub(super) struct Send {
    /// What happened
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(event::TYPES), required_unless_present = "file")]
    what: Option<String>,
    #[command(flatten)]
    event: Fields,
    /// Events to send, one JSON object a line; - is standard input
    #[arg(long, short, conflicts_with_all = ["what", "Fields"])]
    file: Option<PathBuf>,
    /// Wait this long after each event, so that each is acted on by itself
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration, requires = "file")]
    pace: Option<Duration>,
    /// Send it to `run --sandbox` in place of the real daemon
    #[arg(long)]
    sandbox: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// What the event says.
#[derive(clap::Args)]
struct Fields {
    /// HR's id of the person
    #[arg(long, value_name = "ID", required_unless_present = "file")]
    employee: Option<String>,
    /// A field of HR's and its value; without a value it is cleared. May be given again
    #[arg(long = "field", value_name = "FIELD=VALUE", value_parser = event::field)]
    said: Vec<(String, String)>,
    /// The event's id: a second event with the same id and time is a duplicate [default: a fresh one]
    #[arg(long)]
    id: Option<String>,
    /// When HR recorded it [default: now]
    #[arg(long, value_name = "RFC3339")]
    time: Option<DateTime<Utc>>,
    /// The system that it comes from [default: okta-provisioner-send]
    #[arg(long)]
    source: Option<String>,
}

impl Send {
    pub async fn execute(self, settings: &Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let now = clock.now();
        let zone = settings.rules.access.zones.default;
        let broker = settings.broker.clone();
        let broker = if self.sandbox { broker.sandbox() } else { broker };
        let sender = outbox::Outbox { settings: &broker, pace: self.pace };
        let sent = match (self.what, self.file) {
            (Some(what), _) => {
                let body = event::body(&what, self.event, &Samples::new(now, zone), now)?;
                sender.send(std::iter::once(Ok(body)), |body, _| body.to_owned()).await?
            }
            (None, Some(file)) => {
                let fresh = |line: &[u8], number| Samples::new(clock.now(), zone).fill(line, number);
                sender.send(samples::lines(samples::open(&file)?), fresh).await?
            }
            (None, None) => 0,
        };
        let exchange = &broker.exchange;
        let mut out = anstream::stdout();
        if self.json {
            writeln!(out, "{}", json!({ "sent": sent, "exchange": exchange }))?;
        } else {
            writeln!(out, "{} sent to exchange {exchange}", style::count(sent, "event"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
