//! The groups of the org and who is in them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::reply::Refusal;
use super::search::{Entry, Field};
use super::switches::{Switch, Switches};

pub(super) mod routes;

/// Okta API: a create may name at most that many groups.
const MOST_AT_CREATION: usize = 20;

/// One group. Times have whole seconds, as Okta's have.
pub(super) struct Group {
    pub(super) id: String,
    /// Okta's own group, which nobody can change; else an `OKTA_GROUP`.
    built_in: bool,
    created: DateTime<Utc>,
    last_updated: DateTime<Utc>,
    last_membership_updated: DateTime<Utc>,
    pub(super) profile: Map<String, Value>,
    /// Ids of users. Of the group Everyone nobody keeps them: they are all.
    members: BTreeSet<String>,
}

/// All groups by id. Ids grow, so this is the order of creation, in which lists are paged.
#[derive(Default)]
pub(super) struct Groups {
    groups: BTreeMap<String, Group>,
    created: u64,
}

impl Group {
    pub(super) fn has(&self, user: &str) -> bool {
        self.built_in || self.members.contains(user)
    }

    /// The group as a JSON body. `base` is the URL of the org.
    pub(super) fn shown(&self, base: &str) -> Value {
        let own = format!("{base}/api/v1/groups/{}", self.id);
        let logo = |size: &str| {
            let href = format!("{base}/assets/img/logos/groups/okta-{size}.png");
            json!({ "name": size, "href": href, "type": "image/png" })
        };
        let mut profile = self.profile.clone();
        profile.entry("description").or_insert(Value::Null);
        json!({
            "id": self.id,
            "created": stamp(self.created),
            "lastUpdated": stamp(self.last_updated),
            "lastMembershipUpdated": stamp(self.last_membership_updated),
            "objectClass": ["okta:user_group"],
            "type": self.kind(),
            "profile": profile,
            "_links": {
                "logo": [logo("medium"), logo("large")],
                "users": { "href": format!("{own}/users") },
                "apps": { "href": format!("{own}/apps") },
            },
        })
    }

    fn kind(&self) -> &'static str {
        if self.built_in { "BUILT_IN" } else { "OKTA_GROUP" }
    }
}

impl Entry for Group {
    fn field(&self, attribute: &str) -> Field<'_> {
        match attribute {
            "id" => Field::Text(&self.id),
            "type" => Field::Text(self.kind()),
            "created" => Field::Time(Some(self.created)),
            "lastUpdated" => Field::Time(Some(self.last_updated)),
            "lastMembershipUpdated" => Field::Time(Some(self.last_membership_updated)),
            profile => Field::Json(profile.strip_prefix("profile.").and_then(|name| self.profile.get(name))),
        }
    }
}

impl Groups {
    /// In the order of creation.
    pub(super) fn all(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    pub(super) fn get(&self, id: &str) -> Result<&Group, Refusal> {
        self.groups.get(id).ok_or_else(|| Refusal::not_found(id, "UserGroup"))
    }

    /// A user has come: the group Everyone, which the first of them brings, has another member.
    pub(super) fn welcome(&mut self, now: DateTime<Utc>) {
        if self.groups.is_empty() {
            let profile = json!({ "name": "Everyone", "description": "All users in your organization" });
            let Value::Object(profile) = profile else { return };
            self.plant(profile, now).built_in = true;
        }
        self.everyone_changed(now);
    }

    /// A user has been deleted for good, and is gone from every group.
    pub(super) fn forget(&mut self, user: &str, now: DateTime<Utc>) {
        for group in self.groups.values_mut() {
            if group.members.remove(user) {
                group.last_membership_updated = now;
            }
        }
        self.everyone_changed(now);
    }

    /// A new group, whose profile has been checked by nobody.
    pub(super) fn plant(&mut self, profile: Map<String, Value>, now: DateTime<Utc>) -> &mut Group {
        self.created += 1;
        let id = format!("00g1{:012}sbx7", self.created);
        let group = Group {
            id: id.clone(),
            built_in: false,
            created: now,
            last_updated: now,
            last_membership_updated: now,
            profile,
            members: BTreeSet::new(),
        };
        self.groups.entry(id).or_insert(group)
    }

    /// Checks the groups that a create names, before anything is done: all must be there and writable.
    pub(super) fn check_named(&self, ids: &[&str], switches: &Switches) -> Result<(), Refusal> {
        if ids.len() > MOST_AT_CREATION {
            let cause = format!("groupIds: At most {MOST_AT_CREATION} groups can be given");
            return Err(Refusal::invalid("groupIds", vec![cause]));
        }
        for id in ids {
            if self.get(id)?.built_in {
                return Err(not_writable(switches));
            }
        }
        Ok(())
    }

    /// Adds the user, who may be in it already.
    pub(super) fn join(
        &mut self,
        id: &str,
        user: &str,
        switches: &Switches,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let group = self.writable(id, switches)?;
        if group.members.insert(user.to_owned()) {
            group.last_membership_updated = now;
        } else if !switches.on(Switch::MembershipRepeats) {
            return Err(Refusal::invalid("user", vec!["user: The user is a member already".into()]));
        }
        Ok(())
    }

    /// Removes the user, who need not be in it.
    pub(super) fn leave(
        &mut self,
        id: &str,
        user: &str,
        switches: &Switches,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let group = self.writable(id, switches)?;
        if group.members.remove(user) {
            group.last_membership_updated = now;
        } else if !switches.on(Switch::MembershipRepeats) {
            return Err(Refusal::not_found(user, "User"));
        }
        Ok(())
    }

    /// A new group with a checked profile.
    pub(super) fn create(
        &mut self,
        profile: Map<String, Value>,
        switches: &Switches,
        now: DateTime<Utc>,
    ) -> Result<&Group, Refusal> {
        self.check(&profile, "", switches)?;
        Ok(self.plant(profile, now))
    }

    /// Gives a group this profile instead of its own.
    pub(super) fn replace(
        &mut self,
        id: &str,
        profile: Map<String, Value>,
        switches: &Switches,
        now: DateTime<Utc>,
    ) -> Result<&Group, Refusal> {
        self.writable(id, switches)?;
        self.check(&profile, id, switches)?;
        let group = self.writable(id, switches)?;
        group.profile = profile;
        group.last_updated = now;
        Ok(group)
    }

    pub(super) fn remove(&mut self, id: &str, switches: &Switches) -> Result<(), Refusal> {
        self.writable(id, switches)?;
        self.groups.remove(id);
        Ok(())
    }

    fn everyone_changed(&mut self, now: DateTime<Utc>) {
        for group in self.groups.values_mut().filter(|group| group.built_in) {
            group.last_membership_updated = now;
        }
    }

    /// Okta API: only groups of the type `OKTA_GROUP` can be changed.
    fn writable(&mut self, id: &str, switches: &Switches) -> Result<&mut Group, Refusal> {
        let group = self.groups.get_mut(id).ok_or_else(|| Refusal::not_found(id, "UserGroup"))?;
        if group.built_in { Err(not_writable(switches)) } else { Ok(group) }
    }

    /// Checks the profile of the group with this id (a new one: empty). Okta API: name 1–255, description
    /// at most 1024 characters; the name is the org's only one.
    fn check(&self, profile: &Map<String, Value>, id: &str, switches: &Switches) -> Result<(), Refusal> {
        let unknown = profile.keys().filter(|name| !["name", "description"].contains(&name.as_str()));
        let causes: Vec<String> =
            unknown.map(|name| format!("Property name '{name}' is not defined in profile")).collect();
        if !causes.is_empty() {
            return Err(Refusal::invalid("group", causes));
        }
        let text = |name: &str| profile.get(name).and_then(Value::as_str).unwrap_or_default();
        let invalid = |name: &str, why: &str| Err(Refusal::invalid(name, vec![format!("{name}: {why}")]));
        let name = text("name");
        let same = |group: &&Group| group.profile.get("name").and_then(Value::as_str) == Some(name);
        match () {
            () if name.trim().is_empty() => invalid("name", "The field cannot be left blank"),
            () if name.chars().count() > 255 => invalid("name", "The field is too long"),
            () if text("description").chars().count() > 1024 => {
                invalid("description", "The field is too long")
            }
            () if self.groups.values().filter(|group| group.id != id).any(|group| same(&group)) => {
                if switches.on(Switch::DuplicateGroupIs409) {
                    return Err(Refusal::new(409, "E0000055", "Duplicate group."));
                }
                invalid("name", "An object with this field already exists in the current organization")
            }
            () => Ok(()),
        }
    }
}

/// What Okta answers where a create names the group Everyone, presumably also where that is changed.
fn not_writable(switches: &Switches) -> Refusal {
    if !switches.on(Switch::EveryoneIs501) {
        return Refusal::new(403, "E0000111", "Cannot modify the group object because it is read-only.");
    }
    Refusal::new(501, "E0000060", "Unsupported operation.")
}

fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
