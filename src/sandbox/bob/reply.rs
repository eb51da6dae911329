//! What Bob answers: bodies, its error body, the headers of its limits.

use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::sandbox::faults::Fault;
use crate::sandbox::reply::spoilt;

use super::gate::Quota;

/// An answer before it is put on the wire.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Content,
}

/// The body of an answer.
pub(super) enum Content {
    Json(Value),
    /// Everybody with these ids, in this order, written as it goes out.
    People(Vec<String>),
    Html,
}

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: 200, body: Content::Json(body) }
    }

    pub(super) fn people(ids: Vec<String>) -> Self {
        Self { status: 200, body: Content::People(ids) }
    }

    pub(super) fn html(status: u16) -> Self {
        Self { status, body: Content::Html }
    }

    /// Bob API: `{"key", "error"}`.
    pub(super) fn refused(status: u16, key: &str, error: impl Into<String>) -> Self {
        Self { status, body: Content::Json(json!({ "key": key, "error": error.into() })) }
    }

    /// What is said with a status that a test orders.
    pub(super) fn of_status(status: u16) -> Self {
        let (key, error) = match status {
            400 => ("bad_request", "The request is not valid"),
            401 => ("unauthorized", "The credentials are not valid"),
            403 => ("forbidden", "The user has no permission for this"),
            404 => return Self::not_found(),
            429 => ("too_many_requests", "Too many requests"),
            _ => ("internal_error", "Something went wrong"),
        };
        Self::refused(status, key, error)
    }

    pub(super) fn not_found() -> Self {
        Self::refused(404, "not_found", "Employee not found")
    }
}

/// The head that every answer has.
pub(super) fn head(
    status: u16,
    now: DateTime<Utc>,
    quota: Option<Quota>,
    retry_after: bool,
) -> axum::http::response::Builder {
    let mut head = Response::builder()
        .status(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        .header(header::DATE, now.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    if let Some(quota) = quota {
        head = head
            .header("x-ratelimit-limit", quota.limit)
            .header("x-ratelimit-remaining", quota.remaining)
            .header("x-ratelimit-reset", quota.reset);
        if status == 429 && retry_after {
            head = head.header(header::RETRY_AFTER, (quota.reset - now.timestamp()).max(0));
        }
    }
    if status == 401 {
        head = head.header(header::WWW_AUTHENTICATE, "Basic");
    }
    head
}

/// The whole answer; a `fault` of the body spoils it.
pub(super) fn finish(
    head: axum::http::response::Builder,
    body: Option<String>,
    fault: Option<Fault>,
) -> Response<Body> {
    let (content_type, body) = match body {
        Some(json) => ("application/json", json),
        None => ("text/html;charset=utf-8", "<!DOCTYPE html><title>Request blocked</title>".to_owned()),
    };
    spoilt(head.header(header::CONTENT_TYPE, content_type), body, fault)
}
