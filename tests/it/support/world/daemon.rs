//! The daemon's loops in one process, and their ends, good and bad.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use okta_provisioner::broker::{self, Message, Outcome, State};
use okta_provisioner::domain::decide::Rules;
use okta_provisioner::domain::event::Rejection;
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::engine::{self, Engine, Intake, Parts};
use okta_provisioner::http;
use okta_provisioner::ledger::Ledger;
use okta_provisioner::okta::Client;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::TOKEN;
use crate::support::client::options;
use crate::support::soon;

/// What every daemon of a world stands on.
pub struct Ground {
    pub broker: broker::Settings,
    pub ledger: PathBuf,
    pub org: String,
    pub rules: Arc<Rules>,
    pub clock: Clock,
    pub apply: bool,
    /// Where HR can be read.
    pub bob: Option<String>,
    /// Whether it can be looked at.
    pub http: bool,
}

pub struct Daemon {
    pub engine: Arc<Engine>,
    /// How many messages it has taken.
    pub taken: watch::Receiver<usize>,
    /// Where it can be looked at.
    pub http: Option<SocketAddr>,
    loops: JoinHandle<()>,
    consumer: JoinSet<()>,
    stop: CancellationToken,
}

impl Daemon {
    pub async fn start(ground: &Ground) -> Self {
        let Ground { rules, clock, .. } = ground;
        let ledger = Ledger::open(&ground.ledger, &ground.org, Arc::clone(rules)).expect("a ledger");
        let okta =
            Client::new(options(&ground.org, TOKEN, rules.attributes(), clock.as_fn())).expect("a client");
        let stop = CancellationToken::new();
        let engine = Arc::new(Engine::new(Parts {
            ledger,
            okta,
            clock: clock.clone(),
            stop: stop.clone(),
            max_in_flight: 8,
            hr: super::hr::reads(ground),
        }));
        engine.prepare("rules".into(), ground.apply).await.expect("a ledger that can be written");
        let loops = tokio::spawn(engine::run(Arc::clone(&engine), ground.apply));
        let (count, taken) = watch::channel(0);
        let intake = Intake::new(Arc::clone(&engine));
        let (settings, until, clock) = (ground.broker.clone(), stop.clone(), clock.clone());
        let take = async move |batch: Vec<Message>| {
            let bodies: Vec<&[u8]> = batch.iter().map(|message| message.body.as_slice()).collect();
            let answers = intake.take(&bodies).await.expect("a ledger that can be written");
            count.send_modify(|taken| *taken += batch.len());
            Ok::<_, Infallible>(answers.into_iter().map(|answer| outcome(answer, clock.now())).collect())
        };
        let (state, states) = watch::channel(State::Connecting);
        let mut consumer = JoinSet::new();
        let mut http = None;
        if ground.http {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            http = Some(listener.local_addr().expect("its address"));
            consumer.spawn(http::serve(listener, watched(ground, &engine, states), stop.clone()));
        }
        consumer.spawn(async move { broker::consume(&settings, take, state, until).await });
        Self { engine, taken, http, loops, consumer, stop }
    }

    /// Ends the loops in the midst of whatever they are doing; the consumer acknowledges what was taken.
    pub async fn kill(&mut self) {
        self.loops.abort();
        let ended = soon("the end of the loops", &mut self.loops).await;
        assert!(ended.expect_err("killed").is_cancelled());
        self.leave().await;
    }

    /// Stops everything in good order.
    pub async fn end(mut self) {
        self.stop.cancel();
        soon("the end of the loops", &mut self.loops).await.expect("no loop panics");
        self.leave().await;
    }

    async fn leave(&mut self) {
        self.stop.cancel();
        while let Some(ended) = soon("the end of the consumer", self.consumer.join_next()).await {
            ended.expect("the consumer does not panic");
        }
    }
}

fn watched(ground: &Ground, engine: &Arc<Engine>, broker: watch::Receiver<State>) -> http::Options {
    let watched = http::Watched {
        engine: Arc::clone(engine),
        ledger: ground.ledger.clone(),
        broker,
        token: None,
        expect_events_within: Some(Duration::from_hours(72)),
    };
    let (broker, clock) = (ground.broker.clone(), ground.clock.clone());
    http::Options { secrets: Vec::new(), broker, watched: Some(watched), clock }
}

fn outcome(answer: Result<(), Rejection>, at: DateTime<Utc>) -> Outcome {
    match answer {
        Ok(()) => Outcome::Accepted,
        Err(Rejection { reason, employee }) => Outcome::Rejected { reason, employee, at },
    }
}
