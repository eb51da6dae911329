//! All users of the org, found by id and by login.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::delays::{Conditions, Delays};
use super::groups::Groups;
use super::reply::Refusal;
use super::roles::Roles;
use super::schema::Schema;
use super::switches::{Switch, Switches};
use super::user::{Status, Transition, User};

/// The directory of one org.
#[derive(Default)]
pub(super) struct Directory {
    /// Ids grow, so this is the order of creation, in which lists are paged.
    users: BTreeMap<String, User>,
    /// Folded login → id. Deactivated users keep their login.
    by_login: BTreeMap<String, String>,
    created: u64,
    /// The sandbox's admin.
    pub(super) me: String,
    /// The owner of the token that the present call came with.
    pub(super) caller: String,
    pub(super) schema: Schema,
    pub(super) groups: Groups,
    pub(super) roles: Roles,
    pub(super) switches: Switches,
    /// Attributes that updates do not reach.
    pub(super) deaf: BTreeSet<String>,
    /// What takes its time.
    pub(super) delays: Delays,
}

impl Directory {
    /// By id, by login, as `me`, or by what stands before the `@` of exactly one login.
    ///
    /// A path cannot hold a login with `/` or `?`: Okta looks for what stands before it.
    pub(super) fn find(&self, key: &str) -> Option<&User> {
        let key = if key == "me" { &self.caller } else { named(key) };
        self.users.get(key).or_else(|| self.by_login(key)).or_else(|| {
            let short = format!("{}@", fold(key));
            let mut logins =
                self.by_login.range(short.clone()..).take_while(|(login, _)| login.starts_with(&short));
            let (_, id) = logins.next()?;
            if logins.next().is_some() { None } else { self.users.get(id) }
        })
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&User> {
        self.users.get(id)
    }

    pub(super) fn by_login(&self, login: &str) -> Option<&User> {
        self.users.get(self.by_login.get(&fold(login))?)
    }

    /// By login or id, whatever is in them.
    pub(super) fn in_console(&self, key: &str) -> Option<&User> {
        self.by_login(key).or_else(|| self.by_id(key))
    }

    pub(super) fn get(&self, key: &str) -> Result<&User, Refusal> {
        self.find(key).ok_or_else(|| Refusal::not_found(named(key), "User"))
    }

    /// Changes a user by `deed`, which leaves it as it was where it refuses.
    pub(super) fn change<T>(
        &mut self,
        key: &str,
        deed: impl FnOnce(&mut User) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let id = self.get(key)?.id.clone();
        let Self { users, delays, .. } = self;
        let user = users.get_mut(&id).ok_or_else(|| Refusal::not_found(key, "User"))?;
        delays.remember(&id, Some(user));
        let done = deed(user)?;
        delays.watch(user);
        Ok(done)
    }

    /// The time is now this: what was to happen until then has happened.
    pub(super) fn advance(&mut self, instant: DateTime<Utc>, conditions: Conditions) {
        let Self { users, delays, .. } = self;
        for id in delays.advance(instant, conditions) {
            if let Some(user) = users.get_mut(&id)
                && let Some(Transition { to, at }) = user.transition
                && at <= instant
            {
                delays.remember(&id, Some(user));
                user.arrive(to, at.trunc_subsecs(0));
                delays.watch(user);
            }
        }
    }

    /// Whether a new user cannot be read yet.
    pub(super) fn is_hidden(&mut self, id: &str) -> bool {
        self.delays.is_hidden(id)
    }

    /// The users after this id as lists show them, which may lag behind.
    pub(super) fn listed<'a>(&'a self, id: &'a str) -> Box<dyn Iterator<Item = &'a User> + 'a> {
        if self.delays.none_stale() {
            return Box::new(self.after(id));
        }
        let mut seen: BTreeMap<&str, &User> = self.after(id).map(|user| (user.id.as_str(), user)).collect();
        for (stale, old) in self.delays.stale().filter(|(stale, _)| *stale > id) {
            match old {
                Some(old) => seen.insert(stale, old),
                None => seen.remove(stale),
            };
        }
        Box::new(seen.into_values())
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
        self.clear(&mut profile);
        self.schema.check(&profile, &profile, self.switches)?;
        let id = self.plant(profile, now)?.id.clone();
        self.delays.hide(&id);
        self.users.get_mut(&id).ok_or_else(|| Refusal::not_found(&id, "User"))
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
        self.clear(&mut profile);
        self.created += 1;
        let id = format!("00u1{:012}sbx7", self.created);
        self.groups.welcome(now);
        self.delays.remember(&id, None);
        let user = self.users.entry(id.clone()).or_insert_with(|| User::new(id.clone(), profile, now));
        self.by_login.insert(login, id);
        Ok(user)
    }

    /// Plants a user with this status, and returns the id.
    pub(super) fn plant_as(
        &mut self,
        profile: Map<String, Value>,
        status: Status,
        now: DateTime<Utc>,
    ) -> Result<String, Refusal> {
        let user = self.plant(profile, now)?;
        user.status = status;
        user.activated = (status != Status::Staged).then_some(now);
        user.password = (status == Status::Active).then(String::new);
        Ok(user.id.clone())
    }

    /// A human changes the status; `ACTIVE` also plays a person who has just logged in.
    pub(super) fn set_status(&mut self, id: &str, status: Status, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.change(id, |user| {
            user.move_to(status, now);
            match status {
                Status::Active => {
                    user.last_login = Some(now);
                    user.password = Some(String::new());
                }
                Status::Provisioned => user.activated = Some(now),
                Status::Deprovisioned => user.password = None,
                _ => {}
            }
            Ok(())
        })
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
        self.schema.check_names(given)?;
        let mut profile = if strict { Map::new() } else { user.profile.clone() };
        let heard = given.iter().filter(|(name, _)| !self.deaf.contains(*name));
        profile.extend(heard.map(|(name, value)| (name.clone(), value.clone())));
        self.clear(&mut profile);
        self.schema.check(&profile, given, self.switches)?;
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
        self.clear(&mut profile);
        let Self { users, by_login, delays, .. } = self;
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
        delays.remember(id, Some(user));
        user.profile = profile;
        user.last_updated = now;
        Ok(user)
    }

    /// Deletes for good; the login is free again, and the groups have a member less.
    pub(super) fn remove(&mut self, id: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        let user = self.users.remove(id).ok_or_else(|| Refusal::not_found(id, "User"))?;
        self.by_login.remove(&fold(user.text("login")));
        self.delays.remember(id, Some(&user));
        self.groups.forget(id, now);
        Ok(())
    }

    /// Okta keeps no nulls: they say that an attribute has no value.
    fn clear(&self, profile: &mut Map<String, Value>) {
        let empty_too = self.switches.on(Switch::EmptyClears);
        profile.retain(|_, value| !(value.is_null() || empty_too && *value == ""));
    }
}

/// What Okta takes for the key where the path has this.
fn named(key: &str) -> &str {
    key.split(['/', '?']).next().unwrap_or_default()
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
