//! `run`: the daemon.

mod company;
mod story;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::TimeDelta;

use self::company::Company;
use self::story::Story;
use crate::app::compose::{self, Target};
use crate::app::settings::Settings;
use crate::app::{lifecycle, telemetry};
use crate::engine::clock::Clock;
use crate::ledger::Lock;

/// Run the daemon
///
/// It logs to standard output. SIGTERM or Ctrl-C ends it in good order, a second one at once.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner run --config /etc/okta-provisioner.toml
  okta-provisioner run --sandbox --hr 127.0.0.1:8091
  okta-provisioner run --sandbox --story config/year.example.ndjson

With --sandbox, HR is a Bob in memory, whose webhooks come in as the real one's do. To press Save there:
  curl localhost:8091/sandbox/hr -d '{\"do\": \"hire\", \"id\": \"1\", \"fields\": {
    \"root.email\": \"mira@example.com\", \"root.firstName\": \"Mira\", \"root.surname\": \"Castellan\"}}'
  curl localhost:8091/sandbox/hr -d '{\"do\": \"terminate\", \"who\": \"1\", \"revoke\": true}'
`okta-provisioner sandbox --help` lists what else HR can do.")]
pub(super) struct Run {
    /// Work with an Okta org and a Bob in memory, a ledger of its own that begins empty, and an exchange and a queue
    /// of its own
    #[arg(long)]
    sandbox: bool,
    /// Where the Bob in memory listens; port 0 is any free one, which the log names
    #[arg(long, value_name = "ADDRESS", requires = "sandbox", default_value = "127.0.0.1:0")]
    hr: SocketAddr,
    /// Live through what HR does in this file (one act a line, with its time), by a clock that runs ahead to
    /// whatever comes next; end a day after the last one
    #[arg(long, value_name = "FILE", requires = "sandbox")]
    story: Option<PathBuf>,
    /// No faster than so many times as fast as life
    #[arg(long, value_name = "TIMES", requires = "story", value_parser = clap::value_parser!(u32).range(1..))]
    speed: Option<u32>,
}

/// A Bob in memory shows a change at once, and whoever looks on need not wait.
const AT_ONCE: TimeDelta = TimeDelta::seconds(2);
/// As with the real one.
const LAG: TimeDelta = TimeDelta::seconds(25);

impl Run {
    pub async fn execute(self, settings: Settings, clock: Clock) -> anyhow::Result<ExitCode> {
        if self.sandbox {
            return self.in_memory(settings, clock).await;
        }
        telemetry::init(settings.log.format, settings.log.level, clock.as_fn())?;
        let stop = lifecycle::watch_signals()?;
        let path = settings.ledger_path(false);
        let (org_url, token) = settings.org()?;
        let target = Target {
            org_url,
            token,
            ledger: &path,
            lock: Lock::take(&path)?,
            apply: false,
            listener: compose::listen(&settings).await?,
            secrets: settings.webhook.clone(),
        };
        compose::start(&settings, target, clock, stop).await?.ended().await?;
        Ok(ExitCode::SUCCESS)
    }

    async fn in_memory(self, mut settings: Settings, clock: Clock) -> anyhow::Result<ExitCode> {
        let story = self.story.as_deref().map(Story::read).transpose()?;
        let clock = story.as_ref().map_or(clock, |story| Clock::manual(story.begins()));
        telemetry::init(settings.log.format, settings.log.level, clock.as_fn())?;
        let stop = lifecycle::watch_signals()?;
        settings.broker = settings.broker.sandbox();
        let path = settings.ledger_path(true);
        let lock = Lock::take(&path)?;
        company::forget(&path)?;
        let (company, listener) = Company::open(self.hr, &clock).await?;
        settings.bob = Some(company.hr(story.as_ref().map_or(AT_ONCE, |_| LAG))?);
        let target = company.target(&path, lock, listener)?;
        let daemon = compose::start(&settings, target, clock.clone(), stop.clone()).await?;
        match story {
            None => {
                company.forget_calls();
                company.bob.live();
                daemon.ended().await?;
            }
            Some(story) => {
                let pulse = daemon.pulse();
                let told = async {
                    let told =
                        stop.run_until_cancelled(story.live(&company, &pulse, &clock, self.speed)).await;
                    stop.cancel();
                    told.unwrap_or(Ok(()))
                };
                let (ended, told) = tokio::join!(daemon.ended(), told);
                ended.and(told)?;
            }
        }
        company.close().await;
        Ok(ExitCode::SUCCESS)
    }
}
