//! Who may see people: who shows the token, or, where there is none, programs on this machine.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::domain::loopback::is_loopback;
use crate::http::reply;
use crate::http::view::View;

pub(super) async fn enter(State(view): State<Arc<View>>, request: Request, next: Next) -> Response {
    match &view.token {
        Some(token) if !shows(token, request.headers()) => {
            let text = "send the token of the setting http.token: `Authorization: Bearer …`";
            let mut response = reply::error(StatusCode::UNAUTHORIZED, text);
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response
        }
        // A web page can have its own name point to this machine, and read what comes from there.
        None if !is_local(request.headers()) => {
            let text = "without http.token this is for programs on this machine, at its own address";
            reply::error(StatusCode::FORBIDDEN, text)
        }
        _ => next.run(request).await,
    }
}

/// Takes as long whatever is wrong with what is shown.
fn shows(token: &SecretString, headers: &HeaderMap) -> bool {
    let shown = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
    let Some((scheme, shown)) = shown.split_at_checked("Bearer ".len()) else { return false };
    let digest = |bytes: &[u8]| Sha256::digest(bytes);
    let (shown, token) = (digest(shown), digest(token.expose_secret().as_bytes()));
    let apart = shown.iter().zip(&token).fold(0, |apart, (one, other)| apart | (one ^ other));
    scheme.eq_ignore_ascii_case(b"Bearer ") && apart == 0
}

/// Whether the host asked for is this machine by an address or name of its own.
fn is_local(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else { return false };
    let port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let name = host.rsplit_once(':').filter(|(_, after)| port(after)).map_or(host, |(name, _)| name);
    is_loopback(&name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: axum::http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn only_the_whole_token_opens() {
        let token = SecretString::from("t0ken");
        for shown in ["Bearer t0ken", "bearer t0ken"] {
            assert!(shows(&token, &with(AUTHORIZATION, shown)), "{shown}");
        }
        for shown in
            ["", "Bearer", "Bearer ", "Bearer t0ke", "Bearer t0kenn", "Basic t0ken", "t0ken", "Bearert0ken"]
        {
            assert!(!shows(&token, &with(AUTHORIZATION, shown)), "{shown}");
        }
        assert!(!shows(&token, &HeaderMap::new()));
    }

    #[test]
    fn only_this_machines_own_names_are_local() {
        for host in [
            "127.0.0.1:8090",
            "127.0.0.1",
            "localhost:8090",
            "LOCALHOST",
            "[::1]:8090",
            "[::1]",
            "127.9.9.9:1",
        ] {
            assert!(is_local(&with(HOST, host)), "{host}");
        }
        for host in [
            "evil.example:8090",
            "127.0.0.1.evil.example",
            "localhost.evil.example:8090",
            "10.0.0.1:8090",
            "",
            ":8090",
        ] {
            assert!(!is_local(&with(HOST, host)), "{host}");
        }
        assert!(!is_local(&HeaderMap::new()));
    }
}
