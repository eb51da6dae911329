//! Named lists: what a list field can hold.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// One item. Bob API: ids are strings, a number in what a company added, a word in what is built in.
#[derive(Clone, Debug)]
struct Item {
    id: String,
    name: String,
    archived: bool,
}

/// Every list of the company.
pub(super) struct Lists {
    lists: BTreeMap<String, Vec<Item>>,
    next: u64,
}

/// Lists whose items' ids are words.
const BUILT_IN: [&str; 6] = ["country", "nationality", "usaState", "honorific", "pronouns", "legalGender"];

impl Lists {
    pub(super) fn new(names: impl Iterator<Item = String>) -> Self {
        let mut lists = Self { lists: names.map(|name| (name, Vec::new())).collect(), next: 209_192_163 };
        for (list, items) in [
            ("department", &["Engineering", "Finance", "Marketing", "People", "Sales"][..]),
            ("country", &["Australia", "Germany", "United Kingdom", "United States"]),
            ("terminationReason", &["Resigned", "Redundant"]),
        ] {
            for item in items {
                lists.item(list, item);
            }
        }
        lists
    }

    /// The id of the item with this id or name; one that is not there is added.
    pub(super) fn item(&mut self, list: &str, given: &str) -> String {
        let items = self.lists.entry(list.to_owned()).or_default();
        if let Some(known) = items.iter().find(|item| item.id == given || item.name == given) {
            return known.id.clone();
        }
        let id = if BUILT_IN.contains(&list) { given.to_owned() } else { self.next.to_string() };
        // As if others had been added elsewhere in between.
        self.next += 7;
        items.push(Item { id: id.clone(), name: given.to_owned(), archived: false });
        id
    }

    /// The id of the item with this name.
    pub(super) fn id(&self, list: &str, name: &str) -> Option<&str> {
        let item = self.lists.get(list)?.iter().find(|item| item.name == name)?;
        Some(&item.id)
    }

    /// What an item is called.
    pub(super) fn name(&self, list: &str, id: &str) -> Option<&str> {
        let item = self.lists.get(list)?.iter().find(|item| item.id == id)?;
        Some(&item.name)
    }

    /// Nobody is given this item any more; who has it keeps it. `false` if there is no such item.
    pub(super) fn archive(&mut self, list: &str, name: &str) -> bool {
        let items = self.lists.get_mut(list).into_iter().flatten();
        let found = items.filter(|item| item.name == name).map(|item| item.archived = true);
        found.count() > 0
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.lists.keys().map(String::as_str)
    }

    /// A list as Bob shows it: its items below `values`, or as in older documents below `items`.
    pub(super) fn shown(&self, list: &str, archived: bool, below: &str) -> Option<Value> {
        let items = self.lists.get(list)?.iter().filter(|item| archived || !item.archived);
        let shown = items.map(|item| {
            let Item { id, name, archived } = item;
            json!({ "id": id, "value": name, "name": name, "archived": archived, "children": [] })
        });
        Some(json!({ "name": list, below: shown.collect::<Vec<_>>() }))
    }
}
