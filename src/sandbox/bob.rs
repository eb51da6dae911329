//! A company's HR in memory that speaks Bob's real wire: the People API with its quirks, and signed webhooks.
//!
//! HR is driven by [`Act`]s: in Rust, by calls below `/sandbox/hr` on the same port, or from a file. What
//! somebody is follows from two tables of dated rows and the clock, and so does what happens at midnight.
//! What no source says for sure is a switch ([`SWITCHES`]) or a guess ([`GUESSES`]).

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

mod act;
mod api;
mod company;
mod control;
mod courier;
mod drive;
mod event;
mod fields;
mod gate;
mod hr;
mod lag;
mod lists;
mod midnight;
mod office;
mod person;
mod post;
mod record;
mod reply;
mod script;
mod server;
mod shape;
mod site;
mod standing;
mod switches;

use super::Clock;
use super::calls::{Call, Record};
use super::faults::Faults;
use super::line::{self, Lines, Peer};
pub use act::Act;
use company::Company;
use gate::Gate;
use post::Post;
pub use post::{Delivery, Fate, Webhook};
use script::Script;
pub use script::act_times;
use server::{Server, World};
pub use switches::{GUESSES, SWITCHES};

/// How a double of Bob is set up.
pub struct BobOptions {
    /// Where it listens; port 0 is any free one.
    pub addr: SocketAddr,
    /// The id of the service user.
    pub user: String,
    /// The service user's token.
    pub token: String,
    /// Calls per minute of each endpoint for which Bob does not document it (people/search, metadata and
    /// lists have 50).
    pub limit: u32,
    /// Where webhooks go; nobody is told of what happens without one.
    pub webhook: Option<Webhook>,
    /// Bob's clock.
    pub clock: Clock,
}

impl BobOptions {
    /// Any free port of the loopback interface, 100 calls per minute where Bob does not say, no webhook.
    #[must_use]
    pub fn new(user: &str, token: &str, clock: Clock) -> Self {
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { addr, user: user.to_owned(), token: token.to_owned(), limit: 100, webhook: None, clock }
    }
}

/// A running double of Bob. Dropping it stops it.
pub struct Bob {
    server: Arc<Server>,
    task: JoinHandle<io::Result<()>>,
    token: CancellationToken,
    stop: DropGuard,
}

impl Bob {
    /// Listens and serves a company of three sites (`London`, `New York`, `Sydney`) and nobody in it.
    ///
    /// # Errors
    /// If it cannot listen on the address.
    pub async fn start(options: BobOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(options.addr).await?;
        let world = World {
            company: Company::new(),
            gate: Gate::new(basic(&options.user, &options.token), options.limit),
            post: Post::new(options.webhook),
            script: Script::default(),
        };
        let server = Arc::new(Server {
            base: line::url(listener.local_addr()?),
            faults: Faults::default(),
            calls: Record::new(),
            clock: options.clock,
            http: OnceLock::new(),
            sending: tokio::sync::Mutex::default(),
            world: Mutex::new(world),
        });
        let token = CancellationToken::new();
        let service = Router::new()
            .fallback(server::answer)
            .with_state(Arc::clone(&server))
            .into_make_service_with_connect_info::<Peer>();
        let serving =
            axum::serve(Lines(listener), service).with_graceful_shutdown(token.clone().cancelled_owned());
        let task = tokio::spawn(serving.into_future());
        Ok(Self { server, task, stop: token.clone().drop_guard(), token })
    }

    /// Stops listening, finishes the calls in flight, and returns.
    pub async fn stop(self) {
        drop(self.stop);
        let _ = self.task.await;
    }

    /// `http://127.0.0.1:PORT/v1`: what a client takes for `https://api.hibob.com/v1`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/v1", self.server.base)
    }

    /// Where the double's own calls are: `http://127.0.0.1:PORT/sandbox`.
    #[must_use]
    pub fn control(&self) -> String {
        format!("{}/sandbox", self.server.base)
    }

    /// Where to order faults. `search_lag` is the lag of all reads here, as Bob's (up to 20 s); what is
    /// Okta's only does nothing.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.server.faults
    }

    /// Every call of the People API so far in the order of arrival.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.server.calls.all()
    }

    /// As [`Self::calls`], and forgets them.
    #[expect(clippy::must_use_candidate, reason = "called for its effect as often")]
    pub fn take_calls(&self) -> Vec<Call> {
        self.server.calls.take()
    }

    /// Whether calls are kept (they are, unless told otherwise).
    pub fn record(&self, on: bool) {
        self.server.calls.switch(on);
    }

    /// Lets everything happen that is due by the clock: acts of the script, midnights, webhooks and their
    /// retries. Returns when each webhook that is due has been answered, or was not within 10 seconds of real
    /// time; gives how many attempts were made.
    pub async fn deliver(&self) -> usize {
        self.server.deliver().await
    }

    /// The next instant at which something happens by itself: an act of the script, a midnight, a webhook or its
    /// retry. For whoever moves the clock.
    #[must_use]
    pub fn next(&self) -> Option<DateTime<Utc>> {
        self.server.world().next()
    }

    /// Does what [`Self::deliver`] does all the time, until this is stopped; for clocks that move by
    /// themselves.
    pub fn live(&self) {
        tokio::spawn(courier::live(Arc::clone(&self.server), self.token.clone()));
    }

    /// Tests the receiver as Bob does when a webhook is connected: a plain text, and if that is not taken,
    /// JSON. Gives the status that each form was answered, none where there was no answer.
    pub async fn ping(&self) -> Vec<Option<u16>> {
        self.server.ping().await
    }

    /// Connects a receiver in place of the one before; what happened so far is not told again.
    pub fn connect(&self, webhook: Webhook) {
        self.server.world().post.webhook = Some(webhook);
    }

    /// Every webhook so far, the sent and the waiting, in the order of their events.
    #[must_use]
    pub fn webhooks(&self) -> Vec<Delivery> {
        self.server.world().post.deliveries.clone()
    }
}

/// What the header `Authorization` has.
fn basic(user: &str, token: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{token}")))
}
