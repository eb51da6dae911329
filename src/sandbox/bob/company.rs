//! The company: its people, sites, lists and fields, and what is still to be told about them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::event::Event;
use super::fields::{self, Field};
use super::lag::Lag;
use super::lists::Lists;
use super::person::Person;
use super::site::Site;
use super::standing::Standing;
use super::switches::{Switch, Switches};

/// Bob's number of this company.
pub(super) const COMPANY: u64 = 636_192;
const FIRST_ID: u64 = 3_332_883_854_254_932_743;
const FIRST_SITE: i64 = 1_814_410;

/// Everything that HR keeps.
pub(super) struct Company {
    people: BTreeMap<String, Person>,
    /// Email in lower case → id.
    emails: HashMap<String, String>,
    /// The ids of those of whom something is to happen by itself.
    awaiting: BTreeSet<String>,
    pub(super) sites: Vec<Site>,
    pub(super) lists: Lists,
    pub(super) fields: Vec<Field>,
    places: HashMap<String, usize>,
    pub(super) switches: Switches,
    pub(super) lag: Lag,
    /// What happened and has not been posted yet, in its order.
    pub(super) events: Vec<Event>,
    numbers: u64,
}

impl Company {
    pub(super) fn new() -> Self {
        let fields = fields::all();
        let lists = Lists::new(fields.iter().filter_map(Field::list).map(str::to_owned));
        let places = fields.iter().enumerate().map(|(place, field)| (field.id.clone(), place)).collect();
        Self {
            people: BTreeMap::new(),
            emails: HashMap::new(),
            awaiting: BTreeSet::new(),
            sites: Site::first(),
            lists,
            fields,
            places,
            switches: Switches::default(),
            lag: Lag::default(),
            events: Vec::new(),
            numbers: 0,
        }
    }

    /// The next number of whatever must be unique.
    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(super) fn new_id(&mut self) -> String {
        // Bob's ids have 19 digits and lie far apart.
        (FIRST_ID + self.number() * 1_048_583).to_string()
    }

    pub(super) fn field(&self, id: &str) -> Option<&Field> {
        self.places.get(id).map(|place| &self.fields[*place])
    }

    /// Adds a field, or changes what one is.
    pub(super) fn add_field(&mut self, field: Field) {
        if let Some(place) = self.places.get(&field.id) {
            self.fields[*place] = field;
            return;
        }
        self.places.insert(field.id.clone(), self.fields.len());
        self.fields.push(field);
    }

    pub(super) fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// Those of whom something is to happen by itself.
    pub(super) fn awaiting(&self) -> impl Iterator<Item = &Person> {
        self.awaiting.iter().filter_map(|id| self.people.get(id))
    }

    pub(super) fn person(&self, id: &str) -> Option<&Person> {
        self.people.get(id)
    }

    /// By id or email.
    pub(super) fn find(&self, key: &str) -> Option<&Person> {
        let by_email = || self.people.get(self.emails.get(&key.to_lowercase())?);
        self.people.get(key).or_else(by_email)
    }

    /// Whose email this is.
    pub(super) fn holder(&self, email: &str) -> Option<&str> {
        self.emails.get(&email.to_lowercase()).map(String::as_str)
    }

    /// Somebody as reads show them, by id or email.
    pub(super) fn read(&self, key: &str) -> Option<&Person> {
        if let Some(person) = self.find(key) {
            let seen = self.lag.seen(&person.id, Some(person))?;
            // By an email that reads do not show yet nobody is found.
            return Some(seen).filter(|seen| seen.is_called(key));
        }
        let stale = self.lag.ids().filter_map(|id| self.lag.seen(id, self.person(id)));
        stale.into_iter().find(|seen| seen.is_called(key))
    }

    /// Everybody as reads show them, by id.
    pub(super) fn all_read(&self) -> impl Iterator<Item = &Person> {
        let now = self.people.keys().filter_map(|id| self.lag.seen(id, self.person(id)));
        let gone = self.lag.ids().filter(|id| !self.people.contains_key(*id));
        now.chain(gone.filter_map(|id| self.lag.seen(id, None)))
    }

    /// Puts somebody in the place of what they were.
    pub(super) fn put(&mut self, mut person: Person, at: DateTime<Utc>) {
        person.sort();
        let email = person.text("root.email").to_lowercase();
        if person.awaits() {
            self.awaiting.insert(person.id.clone());
        } else {
            self.awaiting.remove(&person.id);
        }
        let id = person.id.clone();
        let was = self.people.insert(id.clone(), person);
        if let Some(was) = &was {
            self.emails.remove(&was.text("root.email").to_lowercase());
        }
        self.emails.insert(email, id.clone());
        self.lag.remember(&id, was, at);
    }

    pub(super) fn remove(&mut self, id: &str, at: DateTime<Utc>) {
        if let Some(was) = self.people.remove(id) {
            self.emails.remove(&was.text("root.email").to_lowercase());
            self.lag.remember(id, Some(was), at);
        }
    }

    /// The person's rows up to this moment have come into effect as far as events go.
    pub(super) fn told(&mut self, id: &str, rows: &[u64]) {
        let Some(person) = self.people.get_mut(id) else { return };
        let lifecycle = person.lifecycle.iter_mut().map(|row| (row.id, &mut row.told));
        let work = person.work.iter_mut().map(|row| (row.id, &mut row.told));
        for (row, told) in lifecycle.chain(work) {
            *told |= rows.contains(&row);
        }
        if !person.awaits() {
            self.awaiting.remove(id);
        }
    }

    pub(super) fn standing<'a>(&'a self, person: &'a Person, at: DateTime<Utc>) -> Standing<'a> {
        Standing::new(&self.sites, person, at, self.switches.on(Switch::RehireKeepsEnd))
    }

    /// Site by name or id.
    pub(super) fn site(&self, given: &Value) -> Option<&Site> {
        let is = |site: &&Site| {
            given.as_str().is_some_and(|name| name == site.name || name == site.id.to_string())
                || given.as_i64() == Some(site.id)
        };
        self.sites.iter().find(is)
    }

    /// Opens a site, or moves one to another zone; gives its id.
    pub(super) fn open_site(&mut self, name: &str, zone: chrono_tz::Tz) -> i64 {
        if let Some(site) = self.sites.iter_mut().find(|site| site.name == name) {
            site.zone = zone;
            return site.id;
        }
        let id = FIRST_SITE + i64::try_from(self.number()).unwrap_or_default();
        self.sites.push(Site::open(id, name, zone));
        id
    }

    /// Somebody as another's record names them.
    pub(super) fn reference(&self, id: &str) -> Value {
        let Some(person) = self.person(id) else { return Value::Null };
        json!({
            "displayName": display_name(person),
            "email": person.fields.get("root.email"),
            "surname": person.fields.get("root.surname"),
            "firstName": person.fields.get("root.firstName"),
            "id": id,
        })
    }
}

/// First, middle and last name, unless HR wrote another.
pub(super) fn display_name(person: &Person) -> String {
    let given = person.text("root.displayName");
    if given.is_empty() { full_name(person) } else { given.to_owned() }
}

pub(super) fn full_name(person: &Person) -> String {
    let parts = ["root.firstName", "root.secondName", "root.surname"].map(|id| person.text(id));
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
