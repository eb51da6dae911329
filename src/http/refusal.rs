//! Why a request is refused, and what the other side is told.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// How long Bob may wait before it sends a webhook again, in seconds.
const LATER: HeaderValue = HeaderValue::from_static("30");

/// What is wrong with a request, or with us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Another path.
    Path,
    /// Not a POST.
    Method,
    /// A body of more than 256 KiB.
    Size,
    /// No signature, and no ping either.
    Unsigned,
    /// A signature that does not hold.
    Signature,
    /// The body took too long.
    Slow,
    /// The body broke off.
    CutOff,
    /// Neither JSON nor a ping, as its own header says.
    ContentType,
    /// Signed, and yet no JSON object.
    NoObject { line: usize, column: usize },
    /// As many large bodies as there are places for are in hand.
    Busy,
    /// The broker has not taken it over.
    Broker,
}

impl Refusal {
    /// The reason for the log.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Path => "another path",
            Self::Method => "not a POST",
            Self::Size => "too large",
            Self::Unsigned => "no signature",
            Self::Signature => "wrong signature",
            Self::Slow => "too slow",
            Self::CutOff => "cut off",
            Self::ContentType => "content type",
            Self::NoObject { .. } => "no JSON object",
            Self::Busy => "too many large ones at once",
            Self::Broker => "not taken by the broker",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Path => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Size => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unsigned | Self::Signature => StatusCode::UNAUTHORIZED,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::CutOff | Self::NoObject { .. } => StatusCode::BAD_REQUEST,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Busy | Self::Broker => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn sentence(self) -> String {
        match self {
            Self::Path => "There is nothing here. There are GET /healthz, /readyz, /metrics, /v1/status, \
                           /v1/people/ID, /v1/upcoming and /v1/activity; Bob's webhook is POST /hooks/bob.\n"
                .into(),
            Self::Method => "A webhook is a POST.".into(),
            Self::Size => "The body is larger than 256 KiB.".into(),
            Self::Unsigned => "The header Bob-Signature is missing.".into(),
            Self::Signature => "The header Bob-Signature does not hold for this body.".into(),
            Self::Slow => "The body did not come within 5 s.".into(),
            Self::CutOff => "The body broke off.".into(),
            Self::ContentType => "The body is not application/json, as its content type says.".into(),
            Self::NoObject { line, column } => {
                format!("The body is not a JSON object (line {line}, column {column}).")
            }
            Self::Busy => "Too many large webhooks are in hand; send it again later.".into(),
            Self::Broker => "RabbitMQ has not taken the webhook over; send it again later.".into(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.sentence()).into_response();
        if matches!(self, Self::Busy | Self::Broker) {
            response.headers_mut().insert(RETRY_AFTER, LATER);
        }
        response
    }
}
