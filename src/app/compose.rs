//! The daemon, put together from its rooms.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::lifecycle::Tasks;
use super::settings::{FirstRun, Settings};
use crate::bob;
use crate::broker::{self, Message, Outcome, State};
use crate::domain::event::Rejection;
use crate::engine::clock::Clock;
use crate::engine::{self, Daily, Engine, Hr, Intake, Parts};
use crate::http;
use crate::ledger::{Ledger, LedgerError, Lock, key};
use crate::okta::{Client, OrgUrl};

/// Where a daemon writes to.
pub struct Target<'a> {
    /// The org.
    pub org_url: OrgUrl,
    /// Its API token.
    pub token: SecretString,
    /// The ledger's file.
    pub ledger: &'a Path,
    /// Held while the daemon runs.
    pub lock: Lock,
    /// Whether the first run writes to an org that has users already.
    pub apply: bool,
    /// Where webhooks come to, and who looks, if anywhere; the address is ours already.
    pub listener: Option<TcpListener>,
    /// Any of these may have signed Bob's webhooks; none: they are not taken.
    pub secrets: Vec<SecretString>,
}

/// Listens where the settings say.
///
/// # Errors
///
/// The address is in use, or not one of this machine's.
pub async fn listen(settings: &Settings) -> anyhow::Result<Option<TcpListener>> {
    let Some(address) = settings.http.listen else { return Ok(None) };
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("http.listen: nothing can be served at {address}; write a free address, or \"\" for none")
    })?;
    Ok(Some(listener))
}

/// HR, if the settings say who we are there.
fn hr(settings: &Settings, clock: &Clock) -> anyhow::Result<Option<Hr>> {
    let (Some(bob), Some(options)) = (&settings.bob, settings.bob_options(clock.as_fn())) else {
        return Ok(None);
    };
    Ok(Some(Hr {
        bob: bob::Client::new(options)?,
        settle: bob.settle,
        patience: bob.reverify_patience,
        daily: Daily { at: settings.reconcile.at, zone: settings.rules.access.zones.default },
    }))
}

/// A daemon at work.
pub struct Daemon {
    tasks: Tasks,
    lock: Lock,
    pulse: Pulse,
}

/// What somebody who watches a daemon can tell of it.
#[derive(Clone)]
pub struct Pulse {
    engine: Arc<Engine>,
    taken: watch::Receiver<usize>,
}

impl Pulse {
    /// Waits until the daemon has taken so many messages, and has done everything that is due.
    pub async fn quiet(&self, messages: usize) {
        // It closes when the daemon ends: then there is nothing to wait for.
        let _ = self.taken.clone().wait_for(|taken| *taken >= messages).await;
        self.engine.quiet().await;
    }
}

impl Daemon {
    /// What it is doing.
    #[must_use]
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// Waits until it was told to stop and has finished what is in hand.
    ///
    /// # Errors
    ///
    /// The end of one of its tasks before that.
    pub async fn ended(self) -> anyhow::Result<()> {
        self.tasks.all().await?;
        self.pulse.engine.tell_head().await;
        drop(self.lock);
        tracing::info!(code = "daemon.stopped", "stopped");
        Ok(())
    }
}

/// Starts the daemon, which works until `stop`.
///
/// # Errors
///
/// Something that it cannot start without.
pub async fn start(
    settings: &Settings,
    target: Target<'_>,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<Daemon> {
    let ledger = Ledger::open(target.ledger, &target.org_url.to_string(), Arc::clone(&settings.rules))?;
    let okta = Client::new(settings.okta_options(target.org_url.clone(), target.token, clock.as_fn()))?;
    let apply = target.apply || settings.ledger.first_run == FirstRun::Apply;
    let engine = Arc::new(Engine::new(Parts {
        ledger: ledger.clone(),
        okta,
        clock: clock.clone(),
        stop: stop.clone(),
        max_in_flight: settings.okta.max_in_flight,
        hr: hr(settings, &clock)?,
    }));
    engine
        .prepare(settings.fingerprint().to_owned(), apply)
        .await
        .context("the ledger cannot be prepared")?;
    for warning in &settings.warnings {
        tracing::warn!(code = "settings.doubtful", "{warning}");
    }
    tracing::info!(
        code = "daemon.started",
        version = env!("CARGO_PKG_VERSION"),
        org = %target.org_url,
        ledger = %target.ledger.display(),
        queue = settings.broker.queue,
        observing = engine.is_observing(),
        "started"
    );

    let (state, states) = watch::channel(State::Connecting);
    let mut tasks = Tasks::new(stop.clone());
    tasks.spawn("converge", engine::run(Arc::clone(&engine), apply));
    tasks.spawn("record", engine::keep_record(Arc::clone(&engine), settings.ledger.keep_activity));
    if let Some(listener) = target.listener {
        let watched = http::Watched {
            engine: Arc::clone(&engine),
            ledger: target.ledger.to_owned(),
            broker: states.clone(),
            token: settings.http.token.clone(),
            expect_events_within: settings.http.expect_events_within,
        };
        let (secrets, broker) = (target.secrets, settings.broker.clone());
        let options = http::Options { secrets, broker, watched: Some(watched), clock: clock.clone() };
        tasks.spawn("http", http::serve(listener, options, stop.clone()));
    }
    let (broker, intake) = (settings.broker.clone(), Intake::new(Arc::clone(&engine)));
    let (count, taken) = watch::channel(0);
    let until = stop.clone();
    let take = async move |batch: Vec<Message>| {
        let bodies: Vec<&[u8]> = batch.iter().map(|message| message.body.as_slice()).collect();
        let answers = intake.take(&bodies).await?;
        count.send_modify(|taken| *taken += batch.len());
        Ok::<_, LedgerError>(answers.into_iter().map(|answer| outcome(answer, clock.now())).collect())
    };
    tasks.spawn("consume", async move { broker::consume(&broker, take, state, until).await });
    tasks.spawn("broker state", note_broker(ledger, states, stop));
    Ok(Daemon { tasks, lock: target.lock, pulse: Pulse { engine, taken } })
}

fn outcome(answer: Result<(), Rejection>, at: DateTime<Utc>) -> Outcome {
    match answer {
        Ok(()) => Outcome::Accepted,
        Err(Rejection { reason, employee }) => Outcome::Rejected { reason, employee, at },
    }
}

/// Leaves word in the ledger of how the session with the broker fares, for `status`.
async fn note_broker(ledger: Ledger, mut states: watch::Receiver<State>, stop: CancellationToken) {
    let follow = async {
        loop {
            let state = match &*states.borrow_and_update() {
                State::Connecting => "connecting".to_owned(),
                State::Consuming => "consuming".to_owned(),
                State::Holding { reason } => format!("consuming, and cannot store: {reason}"),
                State::Waiting { reason } => format!("waiting: {reason}"),
            };
            // Only for people to look at: a ledger that cannot be written is said by others.
            let _ = ledger.set_meta(key::BROKER, Some(state)).await;
            if states.changed().await.is_err() {
                return;
            }
        }
    };
    stop.run_until_cancelled(follow).await;
    let _ = ledger.set_meta(key::BROKER, Some("stopped".into())).await;
}
