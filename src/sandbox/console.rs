//! What a human does in the admin console, and what a test sets up in its place.

use serde_json::{Map, Value};

use super::Sandbox;
use super::directory::Directory;
use super::groups::Groups;
use super::switches::Switch;
use super::tokens::Token;
use super::user::Status;

impl Sandbox {
    /// Plants an account with this profile (unchecked) and status (`ACTIVE` …), and returns its id.
    ///
    /// # Panics
    /// If no org could hold it: the profile is no object, the login taken, the status unknown.
    #[expect(clippy::must_use_candidate, reason = "called for its effect as often")]
    pub fn insert(&self, profile: Value, status: &str) -> String {
        let status = Status::parse(status).expect("a status of Okta's");
        let Value::Object(profile) = profile else { panic!("a profile is a JSON object") };
        let now = self.server.now();
        self.server.world().directory.plant_as(profile, status, now).expect("a login that is free")
    }

    /// A human changes the status in the console; `ACTIVE` also plays a person who has just logged in.
    ///
    /// # Panics
    /// If there is no such user or status.
    pub fn set_status(&self, id: &str, status: &str) {
        let status = Status::parse(status).expect("a status of Okta's");
        let now = self.server.now();
        self.server.world().directory.set_status(id, status, now).expect("a user with this id");
    }

    /// A human edits the profile in the console: unchecked, null clears, the rest stays.
    ///
    /// # Panics
    /// If there is no such user, or somebody else has the login.
    pub fn set_profile(&self, id: &str, changes: Value) {
        let Value::Object(changes) = changes else { panic!("a profile is a JSON object") };
        let now = self.server.now();
        let mut world = self.server.world();
        let mut profile: Map<String, Value> =
            world.directory.get(id).expect("a user with this id").profile.clone();
        profile.extend(changes);
        world.directory.overwrite(id, profile, now).expect("a login that is free");
    }

    /// An admin deletes the user for good, whatever the status.
    ///
    /// # Panics
    /// If there is no such user.
    pub fn remove(&self, id: &str) {
        let now = self.server.now();
        self.server.world().directory.remove(id, now).expect("a user with this id");
    }

    /// Plants a group with this profile (unchecked), and returns its id.
    ///
    /// # Panics
    /// If the profile is no object.
    #[expect(clippy::must_use_candidate, reason = "called for its effect as often")]
    pub fn insert_group(&self, profile: Value) -> String {
        let Value::Object(profile) = profile else { panic!("a profile is a JSON object") };
        let now = self.server.now();
        self.server.world().directory.groups.plant(profile, now).id.clone()
    }

    /// An admin puts a user into a group, or takes one out.
    ///
    /// # Panics
    /// If there is no such group that can be changed.
    pub fn set_member(&self, group: &str, user: &str, is_member: bool) {
        let now = self.server.now();
        let mut world = self.server.world();
        let Directory { groups, switches, .. } = &mut world.directory;
        let change = if is_member { Groups::join } else { Groups::leave };
        change(groups, group, user, switches, now).expect("a group that can be changed");
    }

    /// An admin gives a user a role of this type (`SUPER_ADMIN` …), or takes it away.
    pub fn set_role(&self, user: &str, kind: &str, has_it: bool) {
        let mut world = self.server.world();
        let roles = &mut world.directory.roles;
        if has_it { roles.give(user, kind) } else { roles.take(user, kind) }
    }

    /// The only token that is accepted from now on.
    pub fn set_token(&self, token: &str) {
        let now = self.server.now();
        let mut world = self.server.world();
        world.tokens.clear();
        world.tokens.add(Token::new(token), now);
    }

    /// Adds a token to those that are accepted, and returns its id.
    #[expect(clippy::must_use_candidate, reason = "called for its effect as often")]
    pub fn add_token(&self, token: Token) -> String {
        let now = self.server.now();
        self.server.world().tokens.add(token, now)
    }

    /// Adds a custom attribute; `kind` is `string`, `number`, `integer`, `boolean` or `array`.
    pub fn add_attribute(&self, name: &str, kind: &str) {
        self.server.world().directory.schema.add(name, kind);
    }

    /// The org's setting that lets deactivated users be updated; off at first, as in Okta.
    pub fn allow_updates_to_deactivated(&self, allow: bool) {
        self.server.world().directory.switches.set(Switch::UpdatesToDeactivated, allow);
    }

    /// Sets a switch of [`super::SWITCHES`].
    ///
    /// # Panics
    /// If there is no switch with this name.
    pub fn set_switch(&self, name: &str, on: bool) {
        assert!(self.server.world().directory.switches.set_named(name, on), "no switch {name}");
    }

    /// From now on an update of this attribute is taken and answered as usual, and the stored value stays
    /// what it is: as if another system had put its own back.
    pub fn ignore_writes_to(&self, attribute: &str) {
        self.server.world().directory.deaf.insert(attribute.to_owned());
    }
}
