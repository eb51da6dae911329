//! The client: how a call is sent, and how its answer is taken apart.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap,
    HeaderValue,
};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};

use super::budget::{Budget, Outcome};
use super::call::Op;
use super::cause::Sent;
use super::error::{Fault, Odd};
use super::gate::{Gate, Permit};
use super::limits::{self, Limits};
use super::org_url::OrgUrl;
use super::verdict::Verdict;

/// The clock.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What a client is made of.
pub struct Options {
    /// The org.
    pub org_url: OrgUrl,
    /// The API token, without `SSWS`.
    pub token: SecretString,
    /// The profile attributes that accounts are to hold.
    pub attributes: BTreeSet<String>,
    /// The share of each rate limit to use, over 0 and at most 1.
    pub rate_share: f64,
    /// How many calls may be in flight at once, at least 1.
    pub max_in_flight: usize,
    /// How long one call may take, from connecting to the end of the answer.
    pub timeout: Duration,
    /// The clock.
    pub now: Now,
}

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The token cannot be one.
    #[error("the API token {0}; write the token alone, as Okta showed it")]
    Token(&'static str),
    /// Out of range.
    #[error("rate_share must be over 0 and at most 1, not {0}")]
    RateShare(f64),
    /// Out of range.
    #[error("max_in_flight must be at least 1")]
    MaxInFlight,
    /// TLS could not be set up.
    #[error("the HTTP client cannot be made: {0}")]
    Http(#[from] reqwest::Error),
}

/// A client of one org's Users API. Clones share connections and budget.
#[derive(Clone)]
pub struct Client {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    http: reqwest::Client,
    pub org_url: OrgUrl,
    pub attributes: BTreeSet<String>,
    pub gate: Arc<Gate>,
    heard: Mutex<Option<Heard>>,
}

/// How the latest call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// When, by our clock.
    pub at: DateTime<Utc>,
    /// Why no call would succeed, if it looks like that.
    pub trouble: Option<String>,
}

/// A successful answer.
pub(super) struct Reply {
    pub op: Op,
    pub status: u16,
    pub headers: HeaderMap,
    pub request_id: Option<String>,
    pub at: Option<DateTime<Utc>>,
    pub body: Vec<u8>,
}

impl Client {
    /// A client with these options; connects when first used.
    ///
    /// # Errors
    /// If an option is out of range or the token cannot be one.
    pub fn new(options: Options) -> Result<Self, SetupError> {
        let share = options.rate_share;
        if !(share > 0.0 && share <= 1.0) {
            return Err(SetupError::RateShare(share));
        }
        if options.max_in_flight == 0 {
            return Err(SetupError::MaxInFlight);
        }
        // Not to ask for an encoding would be to accept any.
        let plain = (ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let headers = [(AUTHORIZATION, authorization(&options.token)?), (ACCEPT, json()), plain];
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("okta-provisioner/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers.into_iter().collect())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // Sooner than the whole, so that it is told apart: without a connection nothing was sent.
            .connect_timeout(Duration::from_secs(5).min(options.timeout / 2))
            .timeout(options.timeout)
            .pool_max_idle_per_host(options.max_in_flight)
            // Sooner than a load balancer would, so that no write goes down a connection just closed.
            .pool_idle_timeout(Duration::from_secs(30));
        if options.org_url.is_loopback() {
            http = http.no_proxy();
        }
        let gate = Gate::new(Budget::new(share, options.max_in_flight), options.now);
        let inner = Inner {
            http: http.build()?,
            org_url: options.org_url,
            attributes: options.attributes,
            gate: Arc::new(gate),
            heard: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Okta's clock less ours, by its latest answer (whole seconds, and the answer's way).
    #[must_use]
    pub fn skew(&self) -> Option<TimeDelta> {
        self.inner.gate.skew()
    }

    /// How the latest call ended, if there was one.
    #[must_use]
    pub fn heard(&self) -> Option<Heard> {
        self.inner.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many more calls may be in flight now.
    #[must_use]
    pub fn slots_free(&self) -> usize {
        self.inner.gate.slots_free()
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.inner.http.request(method, self.inner.org_url.join(path))
    }

    /// Sends one call, once, and learns from its answer; `sent` is what must not come back in an error.
    pub(super) async fn send(
        &self,
        op: Op,
        request: RequestBuilder,
        sent: Sent<'_>,
        permit: Permit,
    ) -> Result<Reply, Fault> {
        let outcome = self.exchange(op, request, sent, permit).await;
        self.inner.gate.meter().called(op.bucket(), &outcome);
        let trouble = match &outcome {
            Err(fault) if fault.unreachable || fault.verdict == Verdict::Halt => Some(fault.to_string()),
            _ => None,
        };
        let heard = Heard { at: self.inner.gate.now(), trouble };
        *self.inner.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(heard);
        outcome
    }

    async fn exchange(
        &self,
        op: Op,
        request: RequestBuilder,
        sent: Sent<'_>,
        mut permit: Permit,
    ) -> Result<Reply, Fault> {
        debug_assert_eq!(permit.bucket(), op.bucket(), "a permit for another kind of call");
        permit.sending();
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                if error.is_connect() {
                    permit.settle(Outcome::Unsent);
                }
                return Err(Fault::unanswered(op, &error));
            }
        };
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let limits = Limits::read(status.as_u16(), &headers);
        let body = body(response, op.largest()).await;
        permit.settle(Outcome::Answered(limits));
        let request_id =
            limits::text(&headers, "x-okta-request-id").filter(|id| is_token(id)).map(str::to_owned);
        let (status, at) = (limits.status, limits.date);
        match (status, body) {
            (_, Err(error)) => Err(Fault::cut_short(op, &limits, request_id, &error)),
            (200 | 201 | 204, Ok(Some(body))) => Ok(Reply { op, status, headers, request_id, at, body }),
            (200..=299, Ok(None)) => Err(Fault::unreadable(op, status, request_id, Odd::Huge)),
            // Accepted, or in part: nothing that Okta answers to our calls.
            (200..=299, Ok(Some(_))) => Err(Fault::unreadable(op, status, request_id, Odd::Shape)),
            (_, Ok(body)) => Err(Fault::answered(op, &limits, request_id, &body.unwrap_or_default(), sent)),
        }
    }
}

impl Reply {
    /// The body as JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let encoding = self.headers.get(CONTENT_ENCODING).filter(|encoding| *encoding != "identity");
            self.odd(match encoding {
                _ if error.is_data() => Odd::Shape,
                Some(_) => Odd::Encoded,
                None => Odd::Foreign,
            })
        })
    }

    /// That it is JSON, but not what it should be.
    pub fn unreadable(&self) -> Fault {
        self.odd(Odd::Shape)
    }

    fn odd(&self, odd: Odd) -> Fault {
        Fault::unreadable(self.op, self.status, self.request_id.clone(), odd)
    }
}

/// The body, but for one that is too large, which is not read to its end.
async fn body(mut response: Response, largest: usize) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > largest {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// Gives a request its JSON body, or an empty one with its length, without which Okta answers 411.
pub(super) fn with_body(request: RequestBuilder, body: Option<Vec<u8>>) -> RequestBuilder {
    match body {
        Some(body) => request.header(CONTENT_TYPE, json()).body(body),
        None => request.header(CONTENT_LENGTH, HeaderValue::from_static("0")),
    }
}

fn json() -> HeaderValue {
    HeaderValue::from_static("application/json")
}

fn authorization(token: &SecretString) -> Result<HeaderValue, SetupError> {
    let token = token.expose_secret();
    if token.is_empty() {
        return Err(SetupError::Token("is empty"));
    }
    if token.starts_with("SSWS") || token.starts_with("Bearer") {
        return Err(SetupError::Token("begins with the name of a scheme"));
    }
    if !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(SetupError::Token("holds a space, a line break or another character that no token has"));
    }
    let mut value = HeaderValue::try_from(format!("SSWS {token}"))
        .map_err(|_| SetupError::Token("cannot be sent in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether an id that a header gave is fit for a log line. Okta's hold letters, digits, `-`, `_` and `@` (Okta API:
/// `X-Okta-Request-Id`); without a dot it is nobody's address.
fn is_token(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_@".contains(&b))
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("org_url", &self.inner.org_url.to_string()).finish_non_exhaustive()
    }
}
