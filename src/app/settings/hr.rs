//! What comes from Bob itself: the sections `bob`, `webhook`, `http` and `reconcile`.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::{NaiveTime, TimeDelta};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de::Error};

use super::layers::Layers;
use crate::bob::BaseUrl;
use crate::domain::access::span;

/// Section `bob`, where it is set.
#[derive(Debug)]
pub struct Bob {
    /// Where the API is.
    pub url: BaseUrl,
    /// The id of the service user.
    pub user: String,
    /// Its token.
    pub token: SecretString,
    /// How long a read may lag behind a change.
    pub settle: TimeDelta,
    /// How long a cut by date waits at most for a read.
    pub reverify_patience: TimeDelta,
}

/// Section `http`.
#[derive(Debug)]
pub struct Http {
    /// Where webhooks come to, and who looks; nowhere if none.
    pub listen: Option<SocketAddr>,
    /// What whoever wants to see people must show.
    pub token: Option<SecretString>,
    /// How long HR is silent at most, while all is well.
    pub expect_events_within: Option<Duration>,
}

/// Section `reconcile`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconcile {
    /// When everybody is compared, daily, by the clock of `timezone.default`.
    #[serde(deserialize_with = "time_of_day")]
    pub at: NaiveTime,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    url: BaseUrl,
    user: Option<String>,
    #[expect(dead_code, reason = "read with its origin, as a secret")]
    token: Option<String>,
    #[expect(dead_code, reason = "read with its origin, as a secret")]
    token_file: Option<String>,
    #[serde(deserialize_with = "span")]
    settle: TimeDelta,
    #[serde(deserialize_with = "span")]
    reverify_patience: TimeDelta,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HttpSection {
    #[serde(deserialize_with = "address")]
    listen: Option<SocketAddr>,
    #[expect(dead_code, reason = "read with its origin, as a secret")]
    token: Option<String>,
    #[expect(dead_code, reason = "read with its origin, as a secret")]
    token_file: Option<String>,
    #[serde(default, deserialize_with = "optional_span")]
    expect_events_within: Option<Duration>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhook {
    #[expect(dead_code, reason = "read with its origin, as a secret")]
    secret: Option<String>,
    #[expect(dead_code, reason = "read with its origin, as a secret")]
    secret_file: Option<String>,
}

impl Section {
    /// Nothing unless `user` is set.
    pub fn settings(
        self,
        layers: &Layers,
        problems: &mut Vec<String>,
        warnings: &mut Vec<String>,
    ) -> Option<Bob> {
        let written = |key| layers.origin("bob", key).is_some();
        let token = layers.secret("bob", "token", problems, warnings);
        match &self.user {
            None if written("token") || written("token_file") => {
                problems.push("bob.token is set and bob.user is not: write the service user's id".into());
            }
            Some(user) if user.trim().is_empty() => problems.push("bob.user is empty".into()),
            Some(_) if !written("token") && !written("token_file") => {
                problems.push("bob.user is set and bob.token is not: set it, or bob.token_file".into());
            }
            _ => {}
        }
        let Self { url, user, settle, reverify_patience, .. } = self;
        Some(Bob { url, user: user?.trim().to_owned(), token: token?, settle, reverify_patience })
    }
}

impl HttpSection {
    /// People are shown to whoever asks on this machine, and elsewhere to nobody without a token.
    pub fn settings(
        self,
        layers: &Layers,
        is_hooked: bool,
        problems: &mut Vec<String>,
        warnings: &mut Vec<String>,
    ) -> Http {
        let token = layers.secret("http", "token", problems, warnings);
        let Self { listen, expect_events_within, .. } = self;
        match listen {
            Some(address) if !address.ip().is_loopback() && token.is_none() => problems.push(format!(
                "http.listen is {address}, which other machines reach, and http.token is not set: set it, or \
                 http.token_file, as people can be looked at there (/v1)"
            )),
            None if is_hooked => problems.push(
                "webhook.secret is set and http.listen is empty: write the address that webhooks come to"
                    .into(),
            ),
            _ => {}
        }
        Http { listen, token, expect_events_within }
    }
}

/// The secrets of the webhook, of which there are two while they are changed; none where it is not set.
pub(super) fn webhook(
    layers: &Layers,
    problems: &mut Vec<String>,
    warnings: &mut Vec<String>,
) -> Vec<SecretString> {
    let _: Webhook = layers.section("webhook", problems);
    let secret = layers.secret("webhook", "secret", problems, warnings);
    let texts = secret.iter().flat_map(|secret| secret.expose_secret().split_whitespace());
    texts.map(SecretString::from).collect()
}

fn optional_span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    span(deserializer)?.to_std().map(Some).map_err(D::Error::custom)
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| D::Error::custom("expected an IP address and a port such as 127.0.0.1:8090"))
}

fn time_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    NaiveTime::parse_from_str(&text, "%H:%M").map_err(|_| D::Error::custom("expected a time such as 03:00"))
}
