//! All users of the org, found by id and by login.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::reply::Refusal;
use super::schema::Schema;
use super::switches::{Switch, Switches};
use super::user::{Status, User};

/// The directory of one org.
#[derive(Default)]
pub(super) struct Directory {
    /// Ids grow, so this is the order of creation, in which lists are paged.
    users: BTreeMap<String, User>,
    /// Folded login → id. Deactivated users keep their login.
    by_login: HashMap<String, String>,
    created: u64,
    /// The sandbox's admin.
    pub(super) me: String,
    /// The owner of the token that the present call came with.
    pub(super) caller: String,
    pub(super) schema: Schema,
    pub(super) switches: Switches,
    /// Attributes that updates do not reach.
    pub(super) deaf: BTreeSet<String>,
}

impl Directory {
    /// By id, by login or as `me`.
    pub(super) fn find(&self, key: &str) -> Option<&User> {
        let key = if key == "me" { &self.caller } else { key };
        self.users.get(key).or_else(|| self.users.get(self.by_login.get(&fold(key))?))
    }

    pub(super) fn get(&self, key: &str) -> Result<&User, Refusal> {
        self.find(key).ok_or_else(|| Refusal::not_found(key, "User"))
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Result<&mut User, Refusal> {
        let id = self.get(key)?.id.clone();
        self.users.get_mut(&id).ok_or_else(|| Refusal::not_found(key, "User"))
    }

    /// The users after this id (all: empty), in the order of creation.
    pub(super) fn after(&self, id: &str) -> impl Iterator<Item = &User> {
        self.users.range::<str, _>((Bound::Excluded(id), Bound::Unbounded)).map(|(_, user)| user)
    }

    /// A new user, STAGED. The profile has been checked by nobody yet.
    pub(super) fn create(
        &mut self,
        mut profile: Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<&mut User, Refusal> {
        self.schema.check_names(&profile)?;
        clear_nulls(&mut profile);
        self.schema.check(&profile)?;
        self.plant(profile, now)
    }

    /// As `create`, but unchecked except for the login being free.
    pub(super) fn plant(
        &mut self,
        mut profile: Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<&mut User, Refusal> {
        let login = fold(profile.get("login").and_then(Value::as_str).unwrap_or_default());
        if self.by_login.contains_key(&login) {
            return Err(taken());
        }
        clear_nulls(&mut profile);
        self.created += 1;
        let id = format!("00u1{:012}sbx7", self.created);
        self.by_login.insert(login, id.clone());
        Ok(self.users.entry(id.clone()).or_insert_with(|| User::new(id, profile, now)))
    }

    /// `strict` replaces the whole profile; otherwise what is not given stays, and null clears.
    pub(super) fn update(
        &mut self,
        key: &str,
        given: &Map<String, Value>,
        strict: bool,
        now: DateTime<Utc>,
    ) -> Result<&User, Refusal> {
        let user = self.get(key)?;
        if user.status == Status::Deprovisioned && !self.switches.on(Switch::UpdatesToDeactivated) {
            return Err(Refusal::wrong_status());
        }
        self.schema.check_names(given)?;
        let mut profile = if strict { Map::new() } else { user.profile.clone() };
        let heard = given.iter().filter(|(name, _)| !self.deaf.contains(*name));
        profile.extend(heard.map(|(name, value)| (name.clone(), value.clone())));
        clear_nulls(&mut profile);
        self.schema.check(&profile)?;
        let id = user.id.clone();
        self.overwrite(&id, profile, now)
    }

    /// Gives a user this profile; refused only for a login that somebody else holds.
    pub(super) fn overwrite(
        &mut self,
        id: &str,
        mut profile: Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<&User, Refusal> {
        clear_nulls(&mut profile);
        let Self { users, by_login, .. } = self;
        let user = users.get_mut(id).ok_or_else(|| Refusal::not_found(id, "User"))?;
        let old = fold(user.text("login"));
        let new = fold(profile.get("login").and_then(Value::as_str).unwrap_or_default());
        if new != old {
            if by_login.contains_key(&new) {
                return Err(taken());
            }
            by_login.remove(&old);
            by_login.insert(new, user.id.clone());
        }
        user.profile = profile;
        user.last_updated = now;
        Ok(user)
    }

    /// Deletes for good; the login is free again.
    pub(super) fn remove(&mut self, id: &str) -> Result<(), Refusal> {
        let user = self.users.remove(id).ok_or_else(|| Refusal::not_found(id, "User"))?;
        self.by_login.remove(&fold(user.text("login")));
        Ok(())
    }
}

/// Okta keeps no nulls: they say that an attribute has no value.
fn clear_nulls(profile: &mut Map<String, Value>) {
    profile.retain(|_, value| !value.is_null());
}

fn taken() -> Refusal {
    let cause = "login: An object with this field already exists in the current organization";
    Refusal::invalid("login", vec![cause.into()])
}

/// Okta API: logins are unique without regard to case and diacritics.
fn fold(login: &str) -> String {
    if login.is_ascii() {
        return login.to_ascii_lowercase();
    }
    login.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}
