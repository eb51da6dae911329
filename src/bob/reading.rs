//! What one answer says of one person.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::catalogue::{Catalogue, Holds};
use super::metadata::word;
use super::odd::Odd;
use super::shown::shown;
use crate::domain::event::{date, tidy};
use crate::domain::facts::Tracked;
use crate::domain::field;

/// List items' ids are shorter, people's are longer (Bob API: ids).
const LONGEST_ITEM: usize = 12;

/// What Bob holds of a person, as far as it was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// HR's id of the person.
    pub employee: String,
    /// When the request was sent, by Bob's clock; by ours where its answer shows none.
    pub asked: DateTime<Utc>,
    /// Each field that Bob shows, by its dotted id; null where Bob shows null, there or above.
    pub fields: BTreeMap<String, Value>,
    /// The fields that were asked for and are not shown, or not so that they could be read: unknown, not null.
    pub omitted: BTreeSet<String>,
}

/// Why an entry is no person, without anything of what it holds.
pub(super) const NOBODY: &str = "names no person";

/// Takes answers to one request apart.
#[derive(Clone)]
pub(super) struct Reader {
    pub fields: Tracked,
    pub catalogue: Arc<Catalogue>,
    pub odd: Arc<Odd>,
    pub asked: DateTime<Utc>,
}

impl Reader {
    /// What an entry says; none if it names nobody.
    pub fn read(&self, entry: &[u8]) -> Option<Reading> {
        let answer: Map<String, Value> = serde_json::from_slice(entry).ok()?;
        let employee = shown(&answer, field::ID).into_iter().find_map(word)?;
        let people = answer.get("humanReadable").and_then(Value::as_object);
        let (mut fields, mut omitted) = (BTreeMap::new(), BTreeSet::new());
        for id in &self.fields {
            match self.value(&answer, people, id).and_then(|value| self.odd.settle(id, value)) {
                Some(value) => _ = fields.insert(id.clone(), value),
                None => _ = omitted.insert(id.clone()),
            }
        }
        Some(Reading { employee, asked: self.asked, fields, omitted })
    }

    /// A field's value; none where it is not shown, or cannot be read.
    fn value(
        &self,
        answer: &Map<String, Value>,
        people: Option<&Map<String, Value>>,
        id: &str,
    ) -> Option<Value> {
        let machine = one(&shown(answer, id))?;
        if machine.is_null() {
            return Some(Value::Null);
        }
        // The side for people is text only; what it does not show says nothing.
        let human = people.and_then(|people| one(&shown(people, id))).filter(Value::is_string);
        match self.catalogue.holds(id) {
            // What it is made of has ids of its own.
            _ if machine.is_object() => human,
            Holds::Items(list) => self.items(&machine, human.as_ref(), list),
            Holds::Unknown => self.guess(machine, human),
            Holds::Plain => Some(machine),
        }
    }

    /// The value of a field of which nobody has said what it holds; none where it may be the id of a list item, and
    /// there is nothing beside it.
    fn guess(&self, machine: Value, human: Option<Value>) -> Option<Value> {
        if let Value::Array(all) = &machine {
            let may_be_items = all.iter().all(|item| word(item).is_some_and(|word| !is_long(&word)));
            return if may_be_items { self.items(&machine, human.as_ref(), None) } else { Some(machine) };
        }
        match human.as_ref().and_then(Value::as_str) {
            Some(name) if is_items_name(&machine, name) => human,
            None if word(&machine).is_some_and(|word| is_number(&word) && !is_long(&word)) => None,
            _ => Some(machine),
        }
    }

    /// The names of list items: as people see them, else by the list.
    fn items(&self, machine: &Value, human: Option<&Value>, list: Option<&str>) -> Option<Value> {
        let human = human.and_then(Value::as_str);
        let Value::Array(ids) = machine else {
            // Bob may repeat an id that it has no name for.
            return human
                .filter(|name| !is_number(name))
                .map(Value::from)
                .or_else(|| self.item(machine, list));
        };
        // The names come as one text; only where each is without a comma of its own can they be told apart.
        let names: Vec<&str> =
            human.map(|human| human.split(',').map(str::trim).collect()).unwrap_or_default();
        if names.len() == ids.len() && !names.iter().any(|name| name.is_empty() || is_number(name)) {
            return Some(names.into());
        }
        ids.iter().map(|id| self.item(id, list)).collect()
    }

    /// An item's name by its id, or what is a name already.
    fn item(&self, id: &Value, list: Option<&str>) -> Option<Value> {
        let id = word(id)?;
        let item = list.and_then(|list| self.catalogue.lists.get(list)?.get(&id));
        item.map(|item| item.name.clone()).or_else(|| (!is_number(&id)).then_some(id)).map(Value::from)
    }
}

/// The one value that all forms of a field show; none if they disagree.
fn one(found: &[&Value]) -> Option<Value> {
    let mut values = found.iter().map(|value| tidy((*value).clone()));
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// Whether the machine's side looks like a list item's id, which is a number or a word, and the people's like its
/// name. Dates, truths and quantities are written otherwise for people, and are no items.
fn is_items_name(machine: &Value, human: &str) -> bool {
    let Some(id) = word(machine) else { return false };
    let named = human != id && human.chars().any(char::is_alphabetic);
    if is_number(&id) {
        // "3 days" is what people see of a 3.
        return named && !is_long(&id) && !(machine.is_number() && human.starts_with(&id));
    }
    let is_time = id.get(..10).is_some_and(|day| date(&day.into()).is_some());
    named && machine.is_string() && !is_time && id.chars().any(char::is_alphabetic)
}

/// Whether it is the id of somebody, not of a list item.
fn is_long(id: &str) -> bool {
    is_number(id) && id.len() > LONGEST_ITEM
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests;
