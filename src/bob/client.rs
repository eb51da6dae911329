//! The client: how a call is sent, and how its answer is taken in.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderValue};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::address::BaseUrl;
use super::catalogue::Learnt;
use super::fault::{Fault, Op};
use super::limits::{Windows, sent};
use super::odd::Odd;
use crate::domain::facts::Tracked;

/// The clock.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What one call can ask for, the id included (Bob API: people search).
const MOST_FIELDS: usize = 400;
/// The largest answer about one person that is read, in bytes.
pub(super) const LARGEST_PERSON: usize = 1 << 20;
/// The largest list of fields, or of named lists, that is read, in bytes.
pub(super) const LARGEST_METADATA: usize = 16 << 20;
/// The most that is read of a refusal, in bytes.
const LARGEST_REFUSAL: usize = 64 << 10;

/// What a client is made of.
pub struct Options {
    /// Where Bob's API is.
    pub base_url: BaseUrl,
    /// The service user's id.
    pub user: String,
    /// The service user's token.
    pub token: SecretString,
    /// The fields that are read, by Bob's ids: dotted.
    pub fields: Tracked,
    /// How long one call may take, from connecting to the end of the answer. Everybody may take
    /// longer: four times as long for the first part of the answer, and again for each next.
    pub timeout: Duration,
    /// The clock.
    pub now: Now,
}

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The user cannot be one.
    #[error("the service user's id {0}; write the id alone, as Bob showed it")]
    User(&'static str),
    /// The token cannot be one.
    #[error("the service user's token {0}; write the token alone, as Bob showed it")]
    Token(&'static str),
    /// More fields than one call can ask for.
    #[error("{0} fields are mapped or named by the rules; Bob gives at most {most} at once", most = MOST_FIELDS - 1)]
    Fields(usize),
    /// TLS could not be set up.
    #[error("the HTTP client cannot be made: {0}")]
    Http(#[from] reqwest::Error),
}

/// A client of one company's Bob. Clones share connections, limits, and what was learnt of the fields.
#[derive(Clone)]
pub struct Client {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    http: reqwest::Client,
    base_url: BaseUrl,
    user: String,
    token: SecretString,
    pub fields: Tracked,
    timeout: Duration,
    now: Now,
    pub windows: Windows,
    pub learnt: tokio::sync::Mutex<Learnt>,
    pub odd: Arc<Odd>,
}

impl Client {
    /// A client with these options; connects when first used.
    ///
    /// # Errors
    /// If an option cannot be what it should be.
    pub fn new(options: Options) -> Result<Self, SetupError> {
        check(&options.user).map_err(SetupError::User)?;
        check(options.token.expose_secret()).map_err(SetupError::Token)?;
        if options.user.contains(':') {
            return Err(SetupError::User("holds a colon"));
        }
        if options.fields.len() >= MOST_FIELDS {
            return Err(SetupError::Fields(options.fields.len()));
        }
        // Not to ask for an encoding would be to accept any.
        let headers = [(ACCEPT, "application/json"), (ACCEPT_ENCODING, "identity")];
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("okta-provisioner/", env!("CARGO_PKG_VERSION")))
            .default_headers(
                headers.map(|(name, value)| (name, HeaderValue::from_static(value))).into_iter().collect(),
            )
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // Sooner than the whole, so that it is told apart.
            .connect_timeout(Duration::from_secs(5).min(options.timeout / 2))
            // Sooner than a load balancer would, so that no call goes down a connection just closed.
            .pool_idle_timeout(Duration::from_secs(30));
        if options.base_url.is_loopback() {
            http = http.no_proxy();
        }
        let inner = Inner {
            http: http.build()?,
            base_url: options.base_url,
            user: options.user,
            token: options.token,
            fields: options.fields,
            timeout: options.timeout,
            now: options.now,
            windows: Windows::default(),
            learnt: tokio::sync::Mutex::default(),
            odd: Arc::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.inner.now)()
    }

    /// How long each part of an answer about everybody may take.
    pub(super) fn patience(&self) -> Duration {
        self.inner.timeout * 4
    }

    /// A request to the address that these segments lead to.
    pub(super) fn request(&self, method: Method, segments: &[&str]) -> RequestBuilder {
        let inner = &self.inner;
        let request = inner.http.request(method, inner.base_url.join(segments));
        request.basic_auth(&inner.user, Some(inner.token.expose_secret()))
    }

    /// Makes one call, once; the whole body of its success, if it is not larger than this.
    pub(super) async fn call(
        &self,
        op: Op,
        request: RequestBuilder,
        largest: usize,
    ) -> Result<Vec<u8>, Fault> {
        self.call_dated(op, request, largest).await.map(|(_, body)| body)
    }

    /// The same, with the time at which the request was sent, by Bob's clock.
    pub(super) async fn call_dated(
        &self,
        op: Op,
        request: RequestBuilder,
        largest: usize,
    ) -> Result<(DateTime<Utc>, Vec<u8>), Fault> {
        let whole = async {
            let (asked, mut response) = self.send(op, request).await?;
            match body(&mut response, largest).await {
                Ok(Some(body)) => Ok((asked, body)),
                Ok(None) => {
                    Err(Fault::unreadable(op, response.status().as_u16(), "is larger than any of its API"))
                }
                Err(_) => Err(Fault::cut_short(op, response.status().as_u16())),
            }
        };
        timeout(self.inner.timeout, whole).await.unwrap_or_else(|_| Err(Fault::late(op)))
    }

    /// Makes one call, once, and learns from the head of its answer; gives the time at which it was sent, by Bob's
    /// clock, and a success, its body unread.
    pub(super) async fn send(
        &self,
        op: Op,
        request: RequestBuilder,
    ) -> Result<(DateTime<Utc>, Response), Fault> {
        let asked = self.now();
        self.inner.windows.take(op, asked).map_err(|wait| Fault::spent(op, wait))?;
        let mut response = request.send().await.map_err(|error| Fault::unanswered(op, &error))?;
        let status = response.status().as_u16();
        let now = self.now();
        let wait = self.inner.windows.learn(op, status, response.headers(), now);
        match status {
            200 => Ok((sent(asked, now, response.headers()), response)),
            201..=299 => Err(Fault::unreadable(op, status, "should not be there at all")),
            // Of a refusal the status is enough.
            _ => {
                let body = body(&mut response, LARGEST_REFUSAL).await.ok().flatten();
                Err(Fault::answered(op, status, &body.unwrap_or_else(|| b"?".to_vec()), wait))
            }
        }
    }
}

/// The body, but for one that is too large, which is not read to its end.
async fn body(response: &mut Response, largest: usize) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > largest {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// That a credential can be sent as it is.
fn check(text: &str) -> Result<(), &'static str> {
    if text.is_empty() {
        Err("is empty")
    } else if text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(())
    } else {
        Err("holds a space, a line break or another character that none has")
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.inner.base_url.to_string()).finish_non_exhaustive()
    }
}
