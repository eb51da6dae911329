//! The sections as they are written, before they are made into what the rooms take.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::TimeDelta;
use chrono_tz::Tz;
use secrecy::SecretString;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::broker;
use crate::domain::access::span;
use crate::domain::condition::Condition;
use crate::domain::{scope, zone};
use crate::okta::OrgUrl;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Okta {
    pub org_url: Option<OrgUrl>,
    #[expect(dead_code, reason = "read with its origin, as a secret")]
    api_token: Option<String>,
    #[expect(dead_code, reason = "read with its origin, as a secret")]
    api_token_file: Option<String>,
    pub rate_share: f64,
    pub max_in_flight: usize,
    pub send_email: bool,
}

impl Okta {
    pub fn check(&self, problems: &mut Vec<String>) {
        if !(self.rate_share > 0.0 && self.rate_share <= 1.0) {
            problems.push(format!("okta.rate_share must be over 0 and at most 1, not {}", self.rate_share));
        }
        if self.max_in_flight == 0 {
            problems.push("okta.max_in_flight must be at least 1".into());
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Broker {
    #[expect(dead_code, reason = "read with its origin, as a secret")]
    url: String,
    #[expect(dead_code, reason = "read with its origin, as a secret")]
    url_file: Option<String>,
    exchange: String,
    queue: String,
    prefetch: u16,
    declare: bool,
    ca_file: Option<PathBuf>,
}

impl Broker {
    pub fn check(&self, problems: &mut Vec<String>) {
        for (key, value) in [("exchange", &self.exchange), ("queue", &self.queue)] {
            if value.trim().is_empty() {
                problems.push(format!("broker.{key} is empty"));
            }
        }
        if self.prefetch == 0 {
            problems.push("broker.prefetch must be at least 1".into());
        }
    }

    pub fn settings(self, url: SecretString) -> broker::Settings {
        let Self { exchange, queue, prefetch, declare, ca_file, .. } = self;
        broker::Settings { url, exchange, queue, prefetch, declare, ca_file }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scope {
    email_domains: Vec<String>,
    condition: Option<String>,
}

impl Scope {
    pub fn compile(self, problems: &mut Vec<String>) -> scope::Scope {
        let domains: Vec<String> = self.email_domains.iter().map(|domain| domain.to_lowercase()).collect();
        for domain in &domains {
            if domain.is_empty() || domain.contains(|c: char| c == '@' || c.is_whitespace()) {
                problems.push(format!("scope.email_domains: `{domain}` is not a domain such as acme.com"));
            }
        }
        let condition = self.condition.and_then(|text| {
            Condition::compile(&text)
                .map_err(|problem| problems.push(format!("scope.condition: {problem}")))
                .ok()
        });
        scope::Scope { email_domains: domains, condition }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Timezone {
    default: Zone,
    by_site: BTreeMap<String, Zone>,
    field: Option<String>,
}

impl From<Timezone> for zone::Zones {
    fn from(section: Timezone) -> Self {
        let by_site = section.by_site.into_iter().map(|(site, zone)| (site, zone.0)).collect();
        Self { default: section.default.0, by_site, field: section.field }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Zone(Tz);

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let zone =
            name.parse().map_err(|_| format!("`{name}` is not an IANA time zone such as Europe/Berlin"));
        zone.map(Zone)
    }
}

/// A span of days that may be left out.
pub(super) fn days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TimeDelta>, D::Error> {
    let span = span(deserializer)?;
    if span < TimeDelta::days(1) {
        return Err(D::Error::custom("must be at least a day"));
    }
    Ok(Some(span))
}

/// What an empty ledger beside an org that has users already does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstRun {
    /// Decides and records, and writes nothing to Okta.
    Observe,
    /// Acts at once.
    Apply,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// One JSON object a line.
    Json,
    /// For people.
    Pretty,
}

/// How much the log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// What needs somebody now.
    Error,
    /// And what may, if it goes on.
    Warn,
    /// And every decision.
    Info,
    /// And how it came about.
    Debug,
    /// And everything else.
    Trace,
}
