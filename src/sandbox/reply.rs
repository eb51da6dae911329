//! What the sandbox answers: bodies, Okta's error envelope, the headers every answer carries.

use std::convert::Infallible;
use std::io;

use axum::body::Body;
use axum::http::response::Builder;
use axum::http::{Response, StatusCode, header};
use chrono::{DateTime, Utc};
use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};

use super::faults::Fault;
use super::limits::Quota;

/// The head of a gzip file, and after it what no gzip file has: a block of the type that does not exist.
const NO_GZIP: [u8; 14] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];

/// An answer before it is put on the wire.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Content,
    /// Each is a `Link` header of its own.
    pub(super) links: Vec<String>,
    pub(super) etag: Option<String>,
}

/// The body of an answer.
pub(super) enum Content {
    Empty,
    Json(Value),
    Html,
}

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: 200, body: Content::Json(body), links: Vec::new(), etag: None }
    }

    pub(super) fn no_content() -> Self {
        Self { status: 204, body: Content::Empty, links: Vec::new(), etag: None }
    }

    pub(super) fn html(status: u16) -> Self {
        Self { status, body: Content::Html, links: Vec::new(), etag: None }
    }

    pub(super) fn refused(refusal: Refusal, number: u64) -> Self {
        let causes: Vec<Value> =
            refusal.causes.into_iter().map(|cause| json!({ "errorSummary": cause })).collect();
        let body = json!({
            "errorCode": refusal.code,
            "errorSummary": refusal.summary,
            "errorLink": refusal.code,
            "errorId": format!("oaesandbox{number:015}"),
            "errorCauses": causes,
        });
        Self { status: refusal.status, body: Content::Json(body), links: Vec::new(), etag: None }
    }

    /// `number` makes the request id unique; without a `quota` no rate limit is shown; a `fault` of the body
    /// spoils it.
    pub(super) fn on_the_wire(
        self,
        now: DateTime<Utc>,
        number: u64,
        quota: Option<Quota>,
        fault: Option<Fault>,
    ) -> Response<Body> {
        let mut response = Response::builder()
            .status(StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
            .header(header::DATE, now.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
            .header("x-okta-request-id", format!("sandbox{number:025}"));
        if let Some(quota) = quota {
            response = response
                .header("x-rate-limit-limit", quota.limit)
                .header("x-rate-limit-remaining", quota.remaining)
                .header("x-rate-limit-reset", quota.reset);
        }
        if self.status == 401 {
            response = response.header(header::WWW_AUTHENTICATE, "SSWS");
        }
        if let Some(etag) = self.etag {
            response = response.header(header::ETAG, etag);
        }
        for link in self.links {
            response = response.header(header::LINK, link);
        }
        let (content_type, body) = match self.body {
            Content::Empty => (None, String::new()),
            Content::Json(value) => (Some("application/json"), value.to_string()),
            Content::Html => {
                (Some("text/html;charset=utf-8"), "<!DOCTYPE html><title>Sign in</title>".to_owned())
            }
        };
        if let Some(content_type) = content_type {
            response = response.header(header::CONTENT_TYPE, content_type);
        }
        spoilt(response, body, fault)
    }
}

/// The answer with its body, which a `fault` of the body spoils.
pub(super) fn spoilt(mut response: Builder, body: String, fault: Option<Fault>) -> Response<Body> {
    let half = body.get(..body.len() / 2).unwrap_or_default().to_owned();
    let body = match fault {
        Some(Fault::Truncated) => Body::from(half),
        Some(Fault::Empty) => Body::empty(),
        Some(Fault::Torn) => {
            response = response.header(header::CONTENT_LENGTH, body.len());
            let torn = io::Error::from(io::ErrorKind::ConnectionReset);
            Body::from_stream(stream::iter([Ok(half), Err(torn)]))
        }
        Some(Fault::Held) => {
            response = response.header(header::CONTENT_LENGTH, body.len());
            let half = stream::iter([Ok::<_, Infallible>(half)]);
            Body::from_stream(half.chain(stream::pending()))
        }
        Some(Fault::BadGzip) => {
            response = response.header(header::CONTENT_ENCODING, "gzip");
            Body::from(NO_GZIP.as_slice())
        }
        _ => Body::from(body),
    };
    response.body(body).unwrap_or_default()
}

/// A refused call in Okta's terms.
#[derive(Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) summary: String,
    pub(super) causes: Vec<String>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, summary: &str) -> Self {
        Self { status, code, summary: summary.into(), causes: Vec::new() }
    }

    pub(super) fn invalid(what: &str, causes: Vec<String>) -> Self {
        Self { causes, ..Self::new(400, "E0000001", &format!("Api validation failed: {what}")) }
    }

    pub(super) fn malformed() -> Self {
        Self::new(400, "E0000003", "The request body was not well-formed.")
    }

    /// `kind` is Okta's name of the type: `User`, `UserGroup`.
    pub(super) fn not_found(given: &str, kind: &str) -> Self {
        Self::new(404, "E0000007", &format!("Not found: Resource not found: {given} ({kind})"))
    }

    pub(super) fn search(cause: &str) -> Self {
        Self { causes: vec![cause.into()], ..Self::new(400, "E0000031", "Invalid search criteria.") }
    }

    pub(super) fn search_and_filter() -> Self {
        let summary = "Bad request. Can't specify a search query and filter in the same request.";
        Self::new(400, "E0000033", summary)
    }

    pub(super) fn wrong_status() -> Self {
        Self::new(403, "E0000038", "This operation is not allowed in the user's current status.")
    }

    pub(super) fn activating() -> Self {
        Self::of_status(409)
    }

    pub(super) fn too_many() -> Self {
        Self::new(429, "E0000047", "API call exceeded rate limit due to too many requests.")
    }

    /// What Okta says most often with this status; for faults that tests order by status.
    pub(super) fn of_status(status: u16) -> Self {
        let (code, summary) = match status {
            400 => ("E0000001", "Api validation failed: sandbox"),
            401 => ("E0000011", "Invalid token provided"),
            403 => ("E0000006", "You do not have permission to perform the requested action"),
            404 => ("E0000007", "Not found: Resource not found: sandbox (User)"),
            409 => {
                let summary = "Cannot update this user because they are still being activated. Please try again in a few minutes.";
                ("E0000112", summary)
            }
            412 => ("E0000231", "ETag value doesn't match."),
            429 => return Self::too_many(),
            503 => ("E0000010", "Service is in read only mode"),
            _ => ("E0000009", "Internal Server Error"),
        };
        Self::new(status, code, summary)
    }
}
