//! One user as Okta keeps it, and as Okta shows it.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::schema::{SCHEMA_ID, TYPE_ID};

/// A user's status (Okta API: `UserStatus`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Staged,
    Provisioned,
    Active,
    Recovery,
    PasswordExpired,
    LockedOut,
    Suspended,
    Deprovisioned,
}

impl Status {
    const ALL: [(Status, &'static str); 8] = [
        (Status::Staged, "STAGED"),
        (Status::Provisioned, "PROVISIONED"),
        (Status::Active, "ACTIVE"),
        (Status::Recovery, "RECOVERY"),
        (Status::PasswordExpired, "PASSWORD_EXPIRED"),
        (Status::LockedOut, "LOCKED_OUT"),
        (Status::Suspended, "SUSPENDED"),
        (Status::Deprovisioned, "DEPROVISIONED"),
    ];

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(status, _)| *status)
    }

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(status, _)| *status == self).map_or("", |(_, name)| name)
    }

    /// The operations that Okta offers in the `_links` of a user in this status.
    fn operations(self) -> &'static [&'static str] {
        match self {
            Status::Staged => &["activate", "resetFactors"],
            Status::Provisioned => &["suspend", "resetPassword", "reactivate", "deactivate"],
            Status::Active | Status::PasswordExpired => &[
                "suspend",
                "resetPassword",
                "forgotPassword",
                "expirePassword",
                "changeRecoveryQuestion",
                "resetFactors",
                "changePassword",
                "deactivate",
            ],
            Status::Recovery => &["resetPassword", "reactivate", "deactivate"],
            Status::LockedOut => &["unlock", "resetPassword", "deactivate"],
            Status::Suspended => &["unsuspend", "resetFactors", "deactivate"],
            Status::Deprovisioned => &["activate", "delete"],
        }
    }
}

/// A change of status that takes its time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Transition {
    pub(super) to: Status,
    pub(super) at: DateTime<Utc>,
}

impl Transition {
    /// Okta API: the name of the aim is ACTIVE, PROVISIONED or DEPROVISIONED.
    fn shown(self) -> &'static str {
        if self.to == Status::PasswordExpired { Status::Active.name() } else { self.to.name() }
    }
}

/// Everything about one user. Times have whole seconds, as Okta's have.
#[derive(Clone)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) status: Status,
    pub(super) created: DateTime<Utc>,
    pub(super) activated: Option<DateTime<Utc>>,
    pub(super) status_changed: DateTime<Utc>,
    pub(super) last_login: Option<DateTime<Utc>>,
    pub(super) last_updated: DateTime<Utc>,
    pub(super) password_changed: Option<DateTime<Utc>>,
    /// What it is, where somebody ever said it.
    pub(super) password: Option<String>,
    /// Question and answer.
    pub(super) recovery: Option<(String, String)>,
    /// Type and name of what the user signs in with.
    pub(super) provider: (String, String),
    pub(super) transition: Option<Transition>,
    /// Never holds a null: an attribute without a value is absent.
    pub(super) profile: Map<String, Value>,
}

impl User {
    pub(super) fn new(id: String, profile: Map<String, Value>, now: DateTime<Utc>) -> Self {
        Self {
            id,
            status: Status::Staged,
            created: now,
            activated: None,
            status_changed: now,
            last_login: None,
            last_updated: now,
            password_changed: None,
            password: None,
            recovery: None,
            provider: ("OKTA".into(), "OKTA".into()),
            transition: None,
            profile,
        }
    }

    pub(super) fn move_to(&mut self, status: Status, now: DateTime<Utc>) {
        self.transition = None;
        self.status = status;
        self.status_changed = now;
        self.last_updated = now;
    }

    pub(super) fn set_password(&mut self, password: &str, now: DateTime<Utc>) {
        self.password = Some(password.to_owned());
        self.password_changed = Some(now);
    }

    /// Okta API: weak, and the same before and after a suspension: it tells profiles apart, not statuses.
    pub(super) fn etag(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(&self.id);
        digest.update(Value::Object(self.profile.clone()).to_string());
        let mut tag = String::from("W/\"");
        for byte in digest.finalize() {
            let _ = write!(tag, "{byte:02x}");
        }
        tag + "\""
    }

    /// The credentials as they are shown: never a secret.
    pub(super) fn credentials(&self) -> Value {
        let (kind, name) = &self.provider;
        let mut credentials = json!({ "provider": { "type": kind, "name": name } });
        if self.password.is_some() {
            credentials["password"] = json!({});
        }
        if let Some((question, _)) = &self.recovery {
            credentials["recovery_question"] = json!({ "question": question });
        }
        credentials
    }

    /// What the user is sorted by for this attribute of a search.
    pub(super) fn sort_key(&self, attribute: &str) -> String {
        match attribute {
            "id" => self.id.clone(),
            "status" => self.status.name().to_owned(),
            "created" => stamp(self.created),
            "activated" => self.activated.map(stamp).unwrap_or_default(),
            "statusChanged" => stamp(self.status_changed),
            "lastUpdated" => stamp(self.last_updated),
            other => match other.strip_prefix("profile.").and_then(|name| self.profile.get(name)) {
                Some(Value::String(text)) => text.to_lowercase(),
                Some(value) => value.to_string(),
                None => String::new(),
            },
        }
    }

    pub(super) fn text(&self, attribute: &str) -> &str {
        self.profile.get(attribute).and_then(Value::as_str).unwrap_or_default()
    }

    /// The user as a JSON body. `base` is the URL of the org; a user in a list has only its `self` link.
    pub(super) fn shown(&self, base: &str, in_list: bool) -> Value {
        let mut profile = self.profile.clone();
        // These two are shown even when they have no value; all others are left out.
        for always in ["mobilePhone", "secondEmail"] {
            profile.entry(always).or_insert(Value::Null);
        }
        let mut credentials = self.credentials();
        let email =
            |address: &str, kind: &str| json!({ "value": address, "status": "VERIFIED", "type": kind });
        let mut emails = vec![email(self.text("email"), "PRIMARY")];
        // An empty text is one too.
        let second = self.profile.get("secondEmail").and_then(Value::as_str);
        emails.extend(second.map(|second| email(second, "SECONDARY")));
        credentials["emails"] = Value::Array(emails);
        let mut shown = json!({
            "id": self.id,
            "status": self.status.name(),
            "created": stamp(self.created),
            "activated": self.activated.map(stamp),
            "statusChanged": stamp(self.status_changed),
            "lastLogin": self.last_login.map(stamp),
            "lastUpdated": stamp(self.last_updated),
            "passwordChanged": self.password_changed.map(stamp),
            "type": { "id": TYPE_ID },
            "profile": profile,
            "credentials": credentials,
            "_links": self.links(base, in_list),
        });
        if let Some(transition) = self.transition {
            shown["transitioningToStatus"] = json!(transition.shown());
        }
        shown
    }

    fn links(&self, base: &str, in_list: bool) -> Value {
        let own = format!("{base}/api/v1/users/{}", self.id);
        let mut links = Map::new();
        if !in_list {
            let meta = |path: &str| json!({ "href": format!("{base}/api/v1/meta/{path}") });
            links.insert("schema".into(), meta(&format!("schemas/user/{SCHEMA_ID}")));
            links.insert("type".into(), meta(&format!("types/user/{TYPE_ID}")));
            // Recorded only of users with a password: who has none has none to change, forget or expire.
            let without = self.status == Status::Active && self.password.is_none();
            let about_it = ["changePassword", "forgotPassword", "expirePassword", "changeRecoveryQuestion"];
            let offered = self.status.operations().iter();
            for operation in offered.filter(|operation| !without || !about_it.contains(operation)) {
                let (method, href) = match *operation {
                    "delete" => ("DELETE", own.clone()),
                    "resetPassword" => ("POST", format!("{own}/lifecycle/reset_password")),
                    "expirePassword" => ("POST", format!("{own}/lifecycle/expire_password")),
                    "resetFactors" => ("POST", format!("{own}/lifecycle/reset_factors")),
                    "forgotPassword" => ("POST", format!("{own}/credentials/forgot_password")),
                    "changePassword" => ("POST", format!("{own}/credentials/change_password")),
                    "changeRecoveryQuestion" => {
                        ("POST", format!("{own}/credentials/change_recovery_question"))
                    }
                    same => ("POST", format!("{own}/lifecycle/{same}")),
                };
                links.insert((*operation).into(), json!({ "href": href, "method": method }));
            }
        }
        links.insert("self".into(), json!({ "href": own }));
        Value::Object(links)
    }
}

pub(super) fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
