//! What Bob's administrator sets: the service user's rights, fields, lists, switches.

use std::time::Duration;

use super::{Bob, fields};

impl Bob {
    /// The service user does not see this category of fields any more, or this field.
    pub fn hide(&self, category_or_field: &str) {
        self.server.world().gate.sight.hidden.insert(category_or_field.to_owned());
    }

    /// The service user does not see this employee (by id) any more.
    pub fn hide_person(&self, id: &str) {
        self.server.world().gate.sight.people.insert(id.to_owned());
    }

    /// Whether the service user is in a permission group, without which every call is refused with 403.
    pub fn permit(&self, permitted: bool) {
        self.server.world().gate.sight.nothing = !permitted;
    }

    /// Whether all rows of tables are seen, or only the one in effect.
    pub fn permit_histories(&self, permitted: bool) {
        self.server.world().gate.sight.no_histories = !permitted;
    }

    /// All that was hidden is seen again.
    pub fn show_all(&self) {
        self.server.world().gate.sight = super::gate::Sight::default();
    }

    /// The credentials that are accepted from now on.
    pub fn set_credentials(&self, user: &str, token: &str) {
        self.server.world().gate.authorization = super::basic(user, token);
    }

    /// How much later reads show a write, from now on.
    pub fn read_lag(&self, lag: Duration) {
        self.server.faults.search_lag(lag);
    }

    /// Adds a custom field, in a category that may be new; `holds` is `text`, `number`, `date`, the name of a
    /// list, or `*` and the name of a list for several of its items.
    pub fn add_field(&self, id: &str, category: &str, name: &str, holds: &str) {
        self.server.world().company.add_field(fields::field(id, category, name, holds));
    }

    /// Archives an item of a list; who has it keeps it.
    ///
    /// # Panics
    /// If there is no such item.
    pub fn archive(&self, list: &str, item: &str) {
        assert!(self.server.world().company.lists.archive(list, item), "no {item} in the list {list}");
    }

    /// Sets a switch of [`super::SWITCHES`].
    ///
    /// # Panics
    /// If there is no switch with this name.
    pub fn set_switch(&self, name: &str, on: bool) {
        assert!(self.server.world().company.switches.set_named(name, on), "no switch {name}");
    }

    /// Cuts the way to the webhooks' receiver, or makes it whole again.
    pub fn line(&self, up: bool) {
        self.server.world().post.line = up;
    }
}
