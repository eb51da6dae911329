//! An answer in JSON.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

/// As the commands print it.
pub(super) fn line(of: &impl Serialize) -> String {
    // A map whose keys are no texts is the only thing that JSON cannot say.
    serde_json::to_string(of).expect("JSON") + "\n"
}

pub(super) fn one(status: StatusCode, of: &impl Serialize) -> Response {
    text(status, "application/json", line(of))
}

pub(super) fn text(status: StatusCode, kind: &'static str, text: String) -> Response {
    let mut response = (status, Body::from(text)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    // People's data stays in no cache on its way, and health is that of the moment.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(super) fn error(status: StatusCode, text: &str) -> Response {
    one(status, &json!({ "error": text }))
}
