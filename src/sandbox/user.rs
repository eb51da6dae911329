//! One user as Okta keeps it, and as Okta shows it.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

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
            Status::Staged => &["activate"],
            Status::Provisioned => &["suspend", "resetPassword", "reactivate", "deactivate"],
            Status::Active | Status::PasswordExpired => {
                &["suspend", "resetPassword", "expirePassword", "resetFactors", "deactivate"]
            }
            Status::Recovery => &["resetPassword", "reactivate", "deactivate"],
            Status::LockedOut => &["unlock", "resetPassword", "deactivate"],
            Status::Suspended => &["unsuspend", "resetFactors", "deactivate"],
            Status::Deprovisioned => &["activate", "delete"],
        }
    }
}

/// Everything about one user. Times have whole seconds, as Okta's have.
pub(super) struct User {
    pub(super) id: String,
    pub(super) status: Status,
    pub(super) created: DateTime<Utc>,
    pub(super) activated: Option<DateTime<Utc>>,
    pub(super) status_changed: DateTime<Utc>,
    pub(super) last_login: Option<DateTime<Utc>>,
    pub(super) last_updated: DateTime<Utc>,
    pub(super) password_changed: Option<DateTime<Utc>>,
    pub(super) has_password: bool,
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
            has_password: false,
            profile,
        }
    }

    pub(super) fn move_to(&mut self, status: Status, now: DateTime<Utc>) {
        self.status = status;
        self.status_changed = now;
        self.last_updated = now;
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
        let mut credentials = json!({
            "emails": [{ "value": self.text("email"), "status": "VERIFIED", "type": "PRIMARY" }],
            "provider": { "type": "OKTA", "name": "OKTA" },
        });
        if self.has_password {
            credentials["password"] = json!({});
        }
        json!({
            "id": self.id,
            "status": self.status.name(),
            "created": stamp(self.created),
            "activated": self.activated.map(stamp),
            "statusChanged": stamp(self.status_changed),
            "lastLogin": self.last_login.map(stamp),
            "lastUpdated": stamp(self.last_updated),
            "passwordChanged": self.password_changed.map(stamp),
            "type": { "id": "otysandbox0000000001" },
            "profile": profile,
            "credentials": credentials,
            "_links": self.links(base, in_list),
        })
    }

    fn links(&self, base: &str, in_list: bool) -> Value {
        let own = format!("{base}/api/v1/users/{}", self.id);
        let mut links = Map::new();
        if !in_list {
            let meta = |path: &str| json!({ "href": format!("{base}/api/v1/meta/{path}") });
            links.insert("schema".into(), meta("schemas/user/oscsandbox0000000001"));
            links.insert("type".into(), meta("types/user/otysandbox0000000001"));
            for operation in self.status.operations() {
                let (method, href) = match *operation {
                    "delete" => ("DELETE", own.clone()),
                    "resetPassword" => ("POST", format!("{own}/lifecycle/reset_password")),
                    "expirePassword" => ("POST", format!("{own}/lifecycle/expire_password")),
                    "resetFactors" => ("POST", format!("{own}/lifecycle/reset_factors")),
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
