//! Whom this program never cuts: those who are named, and those whom the org trusts with itself.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::account::{Account, OktaId, fold};

/// The role that can repair everything else, an org without which is lost (Okta API: standard admin roles).
pub const SUPER_ADMIN: &str = "SUPER_ADMIN";

/// Who is protected, as it is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protect {
    /// HR's ids.
    pub employees: BTreeSet<String>,
    /// Logins of accounts, folded.
    pub logins: BTreeSet<String>,
    /// Okta groups, by name or id.
    pub groups: Vec<String>,
    /// Types of Okta admin roles, such as `SUPER_ADMIN`.
    pub roles: BTreeSet<String>,
    /// So many active super administrators stay, whatever HR says.
    pub keep_super_admins: usize,
}

/// What the org says of those whom it trusts, as it was last read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trusted {
    /// When it was last read, as far as the token may.
    pub read: Option<DateTime<Utc>>,
    /// Whose token is used.
    pub owner: Option<OktaId>,
    /// Members by the group's id.
    pub groups: BTreeMap<String, BTreeSet<OktaId>>,
    /// Holders by the type of the role.
    pub roles: BTreeMap<String, BTreeSet<OktaId>>,
    /// Super administrators who can log in.
    pub super_admins: BTreeSet<OktaId>,
    /// What could not be read, and why.
    pub unread: Vec<String>,
    /// What was asked for ([`Protect::asks`]): of whatever else is configured by now nothing is known.
    pub asked: BTreeSet<String>,
}

impl Protect {
    /// Whether anything depends on who has which admin role.
    #[must_use]
    pub fn asks_for_roles(&self) -> bool {
        !self.roles.is_empty() || self.keep_super_admins > 0
    }

    /// What the org is to be asked for.
    #[must_use]
    pub fn asks(&self) -> BTreeSet<String> {
        let roles = self.asks_for_roles().then(|| "roles".to_owned());
        roles.into_iter().chain(self.groups.iter().map(|group| format!("group {group}"))).collect()
    }

    /// Why this person, with this account, is not cut; none where nothing stands against it. It names no person.
    #[must_use]
    pub fn why(
        &self,
        employee: &str,
        id: Option<&OktaId>,
        account: Option<&Account>,
        trusted: &Trusted,
    ) -> Option<String> {
        if self.employees.contains(employee) {
            return Some("listed by guard.protect_employees".into());
        }
        if account.is_some_and(|account| self.logins.contains(&fold(&account.login))) {
            return Some("listed by guard.protect_logins".into());
        }
        let id = id.or(account.map(|account| &account.id))?;
        if trusted.owner.as_ref() == Some(id) {
            return Some("owner of the API token".into());
        }
        let holds = |(_, members): &(&String, &BTreeSet<OktaId>)| members.contains(id);
        let mut roles = trusted.roles.iter().filter(|(role, _)| self.roles.contains(*role));
        if let Some((role, _)) = roles.find(holds) {
            return Some(format!("role {role}"));
        }
        if let Some((group, _)) = trusted.groups.iter().find(holds) {
            return Some(format!("group {group}"));
        }
        let last = trusted.super_admins.len() <= self.keep_super_admins;
        (last && trusted.super_admins.contains(id))
            .then(|| format!("one of the last {} super administrators", trusted.super_admins.len()))
    }
}

#[cfg(test)]
mod tests;
