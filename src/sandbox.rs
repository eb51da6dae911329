//! An Okta org in memory that speaks the real wire: the Users API with Okta's state machine, error
//! bodies and limit headers; and beside it a company's HR as Bob has it ([`bob`]).
//!
//! What no source says for sure is a switch ([`SWITCHES`]). Programs in other languages order faults, set
//! switches and read the record by calls below `/sandbox`, as `okta-provisioner sandbox --help` tells.
//!
//! It shares no code with the client, so that a misunderstanding cannot hide on both sides.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

pub mod bob;
mod calls;
mod console;
mod control;
mod credentials;
mod delays;
mod directory;
mod faults;
mod groups;
mod lifecycle;
mod limits;
mod line;
mod list;
mod pages;
mod reply;
mod request;
mod roles;
mod routes;
mod schema;
mod search;
mod server;
mod switch;
mod switches;
mod tokens;
mod user;
mod users;

pub use bob::{Act, Bob, BobOptions, Fate, Webhook};
pub use calls::{Call, OnCall};
pub use faults::{Fault, Faults};
pub use limits::Plan;
use line::{Lines, Peer};
use server::Server;
pub use switch::About;
pub use switches::{ALL as SWITCHES, GUESSES};
pub use tokens::{Role, Token};

/// Tells the time; the sandbox knows no other.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How a sandbox is set up.
pub struct Options {
    /// Where it listens; port 0 is any free one.
    pub addr: SocketAddr,
    /// The API token that it accepts.
    pub token: String,
    /// How long each answer is held back.
    pub latency: Duration,
    /// Calls per minute in each bucket, which is also what the header shows to a token of the whole share.
    pub limit: u32,
    /// How many calls may be in flight at once; one more gets the concurrency 429.
    pub concurrency: usize,
    /// The limits of one of Okta's plans in place of `limit`.
    pub plan: Option<Plan>,
    /// The server's clock.
    pub clock: Clock,
}

impl Options {
    /// Any free port of the loopback interface, no latency, 600 calls per minute and bucket.
    #[must_use]
    pub fn new(token: &str, clock: Clock) -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token: token.to_owned(),
            latency: Duration::ZERO,
            limit: 600,
            concurrency: 75,
            plan: None,
            clock,
        }
    }
}

/// A running sandbox. Dropping it stops it.
pub struct Sandbox {
    server: Arc<Server>,
    task: JoinHandle<io::Result<()>>,
    stop: DropGuard,
}

impl Sandbox {
    /// Listens and serves, with one user in the directory: the token's owner, `admin@sandbox.example`.
    ///
    /// # Errors
    /// If it cannot listen on the address.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.addr).await?;
        let base = line::url(listener.local_addr()?);
        let first = Token::new(&options.token);
        let server = Arc::new(Server::new(options, base));
        let token = CancellationToken::new();
        let service = Router::new()
            .fallback(server::answer)
            .with_state(Arc::clone(&server))
            .into_make_service_with_connect_info::<Peer>();
        let serving =
            axum::serve(Lines(listener), service).with_graceful_shutdown(token.clone().cancelled_owned());
        let task = tokio::spawn(serving.into_future());
        let sandbox = Self { server, task, stop: token.drop_guard() };
        let admin = json!({
            "login": "admin@sandbox.example", "email": "admin@sandbox.example",
            "firstName": "Sandbox", "lastName": "Admin",
        });
        let id = sandbox.insert(admin, "ACTIVE");
        let now = sandbox.server.now();
        let mut world = sandbox.server.world();
        world.directory.me = id;
        world.tokens.add(first, now);
        drop(world);
        Ok(sandbox)
    }

    /// Stops listening, finishes the calls in flight (and the delays they wait for), and returns.
    pub async fn stop(self) {
        drop(self.stop);
        let _ = self.task.await;
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        self.server.base.clone()
    }

    /// Where to order faults.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.server.faults
    }

    /// Every call so far in the order of arrival.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.server.record.all()
    }

    /// As [`Self::calls`], and forgets them.
    #[expect(clippy::must_use_candidate, reason = "called for its effect as often")]
    pub fn take_calls(&self) -> Vec<Call> {
        self.server.record.take()
    }

    /// Waits until there are `n` calls since the last [`Self::take_calls`], and returns those that there
    /// are; after `within` it returns however many came.
    pub async fn calls_when(&self, n: usize, within: Duration) -> Vec<Call> {
        self.server.record.wait_for(n, within).await;
        self.calls()
    }

    /// Whether calls are kept (they are, unless told otherwise).
    pub fn record(&self, on: bool) {
        self.server.record.switch(on);
    }

    /// Shows every call from now on to `watcher`, kept or not, before it is answered.
    pub fn on_call(&self, watcher: OnCall) {
        self.server.record.watch(watcher);
    }

    /// Every user as a GET would show it, in the order of creation, deactivated ones and the admin included.
    #[must_use]
    pub fn users(&self) -> Vec<Value> {
        self.server.world().directory.after("").map(|user| user.shown(&self.server.base, false)).collect()
    }

    /// The user with this login, whatever its case, or with this id.
    #[must_use]
    pub fn user_by_login(&self, login: &str) -> Option<Value> {
        self.server.world().directory.in_console(login).map(|user| user.shown(&self.server.base, false))
    }
}
