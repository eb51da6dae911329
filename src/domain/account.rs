//! What an Okta account is, as far as decisions need it.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Profile attributes by name. In a change, an explicit `null` clears the attribute.
pub type Profile = BTreeMap<String, Value>;

/// Okta's id of a user, `00u…`. It never changes, whatever the login becomes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OktaId(pub String);

impl fmt::Display for OktaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user's status (Okta API: `UserStatus`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Created, not activated.
    Staged,
    /// Activated, has not logged in yet.
    Provisioned,
    /// In use.
    Active,
    /// A password reset is under way.
    Recovery,
    /// Must choose a new password.
    PasswordExpired,
    /// Locked after failed logins.
    LockedOut,
    /// Cut for now, nothing is lost.
    Suspended,
    /// Deactivated.
    Deprovisioned,
    /// A status this program does not know; it is cut or updated, and nothing else.
    Unknown,
}

impl Status {
    const NAMES: [(Status, &'static str); 8] = [
        (Status::Staged, "STAGED"),
        (Status::Provisioned, "PROVISIONED"),
        (Status::Active, "ACTIVE"),
        (Status::Recovery, "RECOVERY"),
        (Status::PasswordExpired, "PASSWORD_EXPIRED"),
        (Status::LockedOut, "LOCKED_OUT"),
        (Status::Suspended, "SUSPENDED"),
        (Status::Deprovisioned, "DEPROVISIONED"),
    ];

    /// Okta's own spelling.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(status, _)| *status == self).map_or("UNKNOWN", |(_, name)| name)
    }
}

impl From<&str> for Status {
    fn from(name: &str) -> Self {
        Self::NAMES.iter().find(|(_, known)| *known == name).map_or(Status::Unknown, |(status, _)| *status)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One Okta user, as the mirror of the directory holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Okta's id.
    pub id: OktaId,
    /// The login as Okta writes it.
    pub login: String,
    /// The last known status.
    pub status: Status,
    /// When the account was created.
    pub created: DateTime<Utc>,
    /// When the status last changed, if Okta said.
    pub status_changed: Option<DateTime<Utc>>,
    /// When anything of it last changed, by Okta's clock.
    pub last_updated: DateTime<Utc>,
    /// The mapped attributes and the identity attribute, no others; never null.
    pub profile: Profile,
    /// When an answer of Okta's last showed this status. After a lifecycle call with an empty
    /// answer the status is inferred, and this keeps its older value.
    pub seen_at: DateTime<Utc>,
}

/// The form in which Okta compares logins: letter case and diacritics do not count.
#[must_use]
pub fn fold(login: &str) -> String {
    login.trim().nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_fold_as_okta_compares_them() {
        for (one, other) in [
            ("Zoë.Müller@Example.com", "zoe.muller@example.com"),
            (" a@x.com ", "A@X.COM"),
            ("re\u{301}ne@x.com", "r\u{e9}ne@x.com"),
        ] {
            assert_eq!(fold(one), fold(other));
        }
        assert_ne!(fold("ann@x.com"), fold("anna@x.com"));
    }

    #[test]
    fn statuses_are_spelt_as_okta_spells_them() {
        for (status, name) in Status::NAMES {
            assert_eq!(Status::from(name), status);
            assert_eq!(status.to_string(), name);
        }
        assert_eq!(Status::from("ACTIVATING"), Status::Unknown);
    }
}
