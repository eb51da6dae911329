//! The JSON of the Users API, as far as it is read.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::domain::account::{Account, OktaId, Status};
use crate::domain::schema::{self, Attribute};

/// A user (Okta API: `User`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    id: String,
    status: String,
    transitioning_to_status: Option<String>,
    created: DateTime<Utc>,
    status_changed: Option<DateTime<Utc>>,
    last_updated: DateTime<Utc>,
    profile: Map<String, Value>,
}

impl User {
    /// The account, with those attributes of the profile that are asked for and set. None without a login.
    pub fn account(mut self, attributes: &BTreeSet<String>, seen_at: DateTime<Utc>) -> Option<Account> {
        let login = self.login()?.to_owned();
        let profile = std::mem::take(&mut self.profile)
            .into_iter()
            .filter(|(name, value)| !value.is_null() && attributes.contains(name))
            .collect();
        // What Okta is about to do need not be asked of it, and cannot be.
        let status = self.transitioning_to_status.unwrap_or(self.status);
        Some(Account {
            id: OktaId(self.id),
            login,
            status: Status::from(status.as_str()),
            created: self.created,
            status_changed: self.status_changed,
            last_updated: self.last_updated,
            profile,
            seen_at,
        })
    }

    fn login(&self) -> Option<&str> {
        self.profile.get("login")?.as_str()
    }
}

/// Okta's error envelope (Okta API: `Error`). Its summary is not read: it echoes logins.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorBody {
    pub error_code: String,
    #[serde(default)]
    pub error_causes: Vec<ErrorCause>,
}

/// One cause in the envelope.
#[derive(Deserialize)]
pub(super) struct ErrorCause {
    #[serde(rename = "errorSummary", default)]
    pub summary: String,
}

impl ErrorBody {
    /// Whether the code has the form of Okta's codes, `E` and seven digits.
    pub fn is_oktas(&self) -> bool {
        let digits = self.error_code.strip_prefix('E').unwrap_or_default();
        digits.len() == 7 && digits.bytes().all(|b| b.is_ascii_digit())
    }
}

/// The user schema (Okta API: `UserSchema`).
#[derive(Deserialize)]
pub(super) struct Schema {
    definitions: Definitions,
}

#[derive(Deserialize)]
struct Definitions {
    base: Definition,
    #[serde(default)]
    custom: Definition,
}

#[derive(Default, Deserialize)]
struct Definition {
    #[serde(default)]
    properties: BTreeMap<String, Attribute>,
    #[serde(default)]
    required: Vec<String>,
}

impl Schema {
    /// Base and custom attributes by name.
    pub fn attributes(self) -> schema::Schema {
        let mut all = BTreeMap::new();
        for definition in [self.definitions.base, self.definitions.custom] {
            for (name, mut attribute) in definition.properties {
                attribute.required |= definition.required.contains(&name);
                all.insert(name, attribute);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_account_keeps_what_is_mapped_and_set() {
        let user: User = serde_json::from_value(json!({
            "id": "00u1", "status": "ACTIVATING", "created": "2024-02-03T04:05:06.000Z", "activated": null,
            "statusChanged": null, "lastUpdated": "2024-02-04T04:05:06.000Z", "type": {"id": "oty1"},
            "profile": {"login": "ann@x.com", "email": "ann@x.com", "mobilePhone": null, "city": "Bonn"},
            "credentials": {"provider": {"type": "OKTA"}}
        }))
        .unwrap();
        let mapped = ["email", "mobilePhone", "title"].map(str::to_owned).into();
        let account = user.account(&mapped, DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(account.login, "ann@x.com");
        assert_eq!(account.status, Status::Unknown);
        assert_eq!(account.status_changed, None);
        assert_eq!(account.profile, BTreeMap::from([("email".to_owned(), json!("ann@x.com"))]));
    }

    #[test]
    fn a_schema_gives_base_and_custom_attributes() {
        let schema: Schema = serde_json::from_value(json!({"definitions": {
            "base": {"properties": {
                "login": {"type": "string", "required": true, "minLength": 5, "maxLength": 100},
                "firstName": {"type": "string", "required": null, "mutability": "READ_WRITE"}
            }, "required": ["login", "firstName"]},
            "custom": {"properties": {"badge": {"type": "integer", "enum": [1, 2]}}}
        }}))
        .unwrap();
        let attributes = schema.attributes();
        assert_eq!(attributes.len(), 3);
        assert_eq!((attributes["login"].min_length, attributes["login"].max_length), (Some(5), Some(100)));
        assert!(attributes["firstName"].required && !attributes["badge"].required);
        assert_eq!(attributes["badge"].choices.as_deref(), Some(&[json!(1), json!(2)][..]));
    }
}
