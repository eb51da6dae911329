//! The settings: built-in defaults ← the operator's file ← the environment, checked as a whole.

mod guard;
mod hr;
mod layers;
mod mapping;
mod secret;
mod section;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use chrono_tz::IANA_TZDB_VERSION;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use self::hr::{Bob, Http, Reconcile};
use self::layers::Layers;
pub use self::section::{FirstRun, Format, Level};
use crate::bob;
use crate::broker;
use crate::domain::access::{AccessRules, Policy};
use crate::domain::attribute::Limits;
use crate::domain::decide::Rules;
use crate::domain::digest::digest;
use crate::domain::field;
use crate::domain::identity::Identity;
use crate::domain::mapping::{Mapping, Row};
use crate::okta::{self, OrgUrl};

/// The variable that names the file, where `--config` does not.
pub const CONFIG: &str = "OKTA_PROVISIONER_CONFIG";

/// How long one call to Okta or Bob may take before it is given up.
const TIMEOUT: Duration = Duration::from_secs(30);

/// All settings, checked.
#[derive(Debug)]
pub struct Settings {
    /// Where Okta is, and how much of it may be used.
    pub okta: Okta,
    /// Where the messages are.
    pub broker: broker::Settings,
    /// Bob's API, if it is to be read.
    pub bob: Option<Bob>,
    /// The secrets of Bob's webhook, two while they are changed; none if it is not listened for.
    pub webhook: Vec<SecretString>,
    /// Where that is, and who looks at the daemon.
    pub http: Http,
    /// When all of HR is compared.
    pub reconcile: Reconcile,
    /// What the daemon remembers.
    pub ledger: LedgerSettings,
    /// What it says.
    pub log: Log,
    /// The rows of the mapping, the operator's over the built-in ones.
    pub mapping: Vec<Row>,
    /// All that decisions depend on, compiled.
    pub rules: Arc<Rules>,
    /// The file that they were read from, if there is one.
    pub file: Option<PathBuf>,
    /// What works, and had better be otherwise; a sentence each.
    pub warnings: Vec<String>,
    fingerprint: String,
}

/// Section `okta`.
#[derive(Debug)]
pub struct Okta {
    /// The org; `run` cannot do without.
    pub org_url: Option<OrgUrl>,
    /// The API token; `run` cannot do without.
    pub api_token: Option<SecretString>,
    /// The share of each rate limit to use, over 0 and at most 1.
    pub rate_share: f64,
    /// The most calls under way at once, at least 1.
    pub max_in_flight: usize,
}

/// Section `ledger`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerSettings {
    /// The file of a daemon that works with a real org.
    pub path: PathBuf,
    /// What an empty ledger beside an org with users does.
    pub first_run: FirstRun,
    /// How long decisions are kept; for ever, where this is none.
    #[serde(default, deserialize_with = "section::days")]
    pub keep_activity: Option<TimeDelta>,
}

/// Section `log`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// The form of a line.
    pub format: Format,
    /// How much this program says.
    pub level: Level,
}

/// The settings cannot be used: everything that is wrong with them, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct SettingsError(pub Vec<String>);

impl Settings {
    /// Reads the file at `path`, else the one that the environment names, else none; over the defaults
    /// and under the environment.
    ///
    /// # Errors
    /// Every unknown key, bad value and unmatched variable, by name.
    pub fn load(path: Option<&Path>) -> Result<Self, SettingsError> {
        Self::read(path, std::env::vars_os())
    }

    fn read(
        path: Option<&Path>,
        env: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, SettingsError> {
        let mut problems = Vec::new();
        let mut warnings = Vec::new();
        let layers = Layers::read(path, env, &mut problems);
        let okta: section::Okta = layers.section("okta", &mut problems);
        let broker: section::Broker = layers.section("broker", &mut problems);
        let bob: hr::Section = layers.section("bob", &mut problems);
        let webhook = hr::webhook(&layers, &mut problems, &mut warnings);
        let http: hr::HttpSection = layers.section("http", &mut problems);
        let http = http.settings(&layers, !webhook.is_empty(), &mut problems, &mut warnings);
        let reconcile = layers.section("reconcile", &mut problems);
        let ledger: LedgerSettings = layers.section("ledger", &mut problems);
        let policy: Policy = layers.section("access", &mut problems);
        let scope: section::Scope = layers.section("scope", &mut problems);
        let timezone: section::Timezone = layers.section("timezone", &mut problems);
        let identity: Identity = layers.section("identity", &mut problems);
        let guard: guard::Section = layers.section("guard", &mut problems);
        let log = layers.section("log", &mut problems);
        let rows = mapping::rows(&layers, &mut problems);
        let api_token = layers.secret("okta", "api_token", &mut problems, &mut warnings);
        let url = layers.secret("broker", "url", &mut problems, &mut warnings);

        let fingerprint =
            fingerprint(&[&rows, &policy, &scope, &timezone, &identity, &guard, &ledger.first_run]);
        let mapping = compile(&rows, &mut problems);
        let scope = scope.compile(&mut problems);
        let protect = guard.protect(&mut problems);
        let guard = guard.compile(&mut problems);
        okta.check(&mut problems);
        broker.check(&mut problems);
        let bob = bob.settings(&layers, &mut problems, &mut warnings);
        let (Some(mapping), Some(url)) = (mapping, url) else { return Err(SettingsError(problems)) };
        if !problems.is_empty() {
            return Err(SettingsError(problems));
        }
        if mapping.source(&identity.attribute) != Some(field::ID) {
            warnings.push(format!(
                "identity.attribute is {}, which the mapping does not fill from {}: accounts made by this program \
                 would not be found by it; add a mapping row for it",
                identity.attribute,
                field::ID
            ));
        }
        if bob.is_none() && !webhook.is_empty() {
            warnings.push(
                "webhook.secret is set and bob.user is not: Bob's webhooks (v2) name people and carry no values, and \
                 nothing will read these people; set bob.user and bob.token"
                    .into(),
            );
        }
        let send_email = okta.send_email;
        Ok(Self {
            okta: Okta {
                org_url: okta.org_url,
                api_token,
                rate_share: okta.rate_share,
                max_in_flight: okta.max_in_flight,
            },
            broker: broker.settings(url),
            bob,
            webhook,
            http,
            reconcile,
            ledger,
            log,
            mapping: rows,
            rules: Arc::new(Rules {
                access: AccessRules { policy, zones: timezone.into(), scope },
                mapping,
                identity,
                send_email,
                guard,
                protect,
            }),
            file: layers.file_path,
            warnings,
            fingerprint,
        })
    }

    /// Changes whenever the decisions about people who are known already may: with the mapping, the policy,
    /// zones and their data, scope, identity, the guard, and the first run.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The ledger's file; the sandbox has one of its own beside the real one.
    #[must_use]
    pub fn ledger_path(&self, sandbox: bool) -> PathBuf {
        let path = &self.ledger.path;
        if !sandbox {
            return path.clone();
        }
        let mut extension = OsString::from("sandbox.");
        extension.push(path.extension().unwrap_or("sqlite3".as_ref()));
        path.with_extension(extension)
    }

    /// The org and the token to use there.
    ///
    /// # Errors
    /// Whichever of them is not set.
    pub fn org(&self) -> Result<(OrgUrl, SecretString), SettingsError> {
        match (&self.okta.org_url, &self.okta.api_token) {
            (Some(url), Some(token)) => Ok((url.clone(), token.clone())),
            (url, token) => {
                let mut problems = Vec::new();
                if url.is_none() {
                    problems.push(
                        "okta.org_url is not set: write the org's address, such as https://acme.okta.com"
                            .into(),
                    );
                }
                if token.is_none() {
                    problems.push("okta.api_token is not set: set it, or okta.api_token_file".into());
                }
                Err(SettingsError(problems))
            }
        }
    }

    /// What a client of Bob's API is made of, if it is to be read.
    #[must_use]
    pub fn bob_options(&self, now: bob::Now) -> Option<bob::Options> {
        self.bob.as_ref().map(|bob| bob::Options {
            base_url: bob.url.clone(),
            user: bob.user.clone(),
            token: bob.token.clone(),
            fields: self.rules.tracked(),
            timeout: TIMEOUT,
            now,
        })
    }

    /// What a client of this org is made of.
    #[must_use]
    pub fn okta_options(&self, org_url: OrgUrl, token: SecretString, now: okta::Now) -> okta::Options {
        okta::Options {
            org_url,
            token,
            attributes: self.rules.attributes(),
            rate_share: self.okta.rate_share,
            max_in_flight: self.okta.max_in_flight,
            timeout: TIMEOUT,
            now,
        }
    }
}

/// The tables `[[name]]` of a TOML file that holds nothing else.
///
/// # Errors
/// What is wrong with the file, and where.
pub fn list<T: DeserializeOwned>(text: &str, name: &str) -> Result<Vec<T>, String> {
    layers::list(text, name)
}

fn compile(rows: &[Row], problems: &mut Vec<String>) -> Option<Mapping> {
    Mapping::compile(rows, &Limits::base())
        // The merged rows are numbered as nobody has written them: the attribute tells which one it is.
        .map_err(|bad| {
            problems.extend(bad.iter().map(|p| format!("[[mapping]] {}: {}", p.attribute, p.text)));
        })
        .ok()
}

/// Debug texts are stable: no part has an unordered collection, a pointer or an address in it.
fn fingerprint(parts: &[&dyn std::fmt::Debug]) -> String {
    digest(format!("{parts:?} {IANA_TZDB_VERSION}").as_bytes())
}
