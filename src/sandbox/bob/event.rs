//! What Bob tells of an employee, as a webhook's body.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value, json};

use super::company::{COMPANY, Company, display_name};
use super::person::Person;
use super::record::Record;
use super::shape::put;
use super::switches::Switch;

/// Who writes in HR (Bob API: an employee's id in Bob's own backend).
const ADMIN: &str = "3332883804594373380";

/// One thing that happened.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) employee: String,
    /// Bob's name of the type.
    pub(super) kind: &'static str,
    pub(super) at: DateTime<Utc>,
    pub(super) body: Value,
}

/// What there is to tell.
pub(super) enum News {
    Created,
    /// The ids of the fields that changed.
    Updated(Vec<String>),
    Deleted,
    Revoked,
    RowCreated {
        table: &'static str,
        effective: NaiveDate,
    },
    RowUpdated {
        table: &'static str,
        effective: NaiveDate,
    },
    /// One of the events that come by themselves when a row comes into effect.
    Effect(&'static str),
}

impl News {
    fn kind(&self) -> &'static str {
        match self {
            News::Created => "employee.created",
            News::Updated(_) => "employee.updated",
            News::Deleted => "employee.deleted",
            News::Revoked => "employee.access.revoked.immediately",
            News::RowCreated { .. } => "table.entry.created",
            News::RowUpdated { .. } => "table.entry.updated",
            News::Effect(kind) => kind,
        }
    }

    /// Bob API: webhooks of version 1 are older than these.
    fn only_in_v2(&self) -> bool {
        matches!(self, News::Revoked | News::RowCreated { .. } | News::RowUpdated { .. })
    }
}

impl Company {
    /// Tells of somebody. `by_itself`: it was no human who did it.
    pub(super) fn tell(&mut self, person: &Person, news: &News, at: DateTime<Utc>, by_itself: bool) {
        let v1 = self.switches.on(Switch::WebhooksV1);
        if v1 && news.only_in_v2() {
            return;
        }
        let body = if v1 { self.v1(person, news, at) } else { self.v2(person, news, at, by_itself) };
        self.events.push(Event { employee: person.id.clone(), kind: news.kind(), at, body });
    }

    fn v2(&self, person: &Person, news: &News, at: DateTime<Utc>, by_itself: bool) -> Value {
        let mut data = json!({ "employeeId": person.id });
        match news {
            News::Updated(fields) => {
                let plain = self.switches.on(Switch::FieldUpdatesAreText);
                let shown = |id: &String| if plain { json!(id) } else { json!({ "id": id }) };
                data["fieldUpdates"] = fields.iter().map(shown).collect();
            }
            News::RowCreated { table, effective } | News::RowUpdated { table, effective } => {
                data["tableId"] = json!(table);
                data["effectiveDate"] = json!(effective.format("%F").to_string());
            }
            _ => {}
        }
        json!({
            "companyId": COMPANY,
            "type": news.kind(),
            "triggeredBy": if by_itself { "system" } else { ADMIN },
            "triggeredAt": at.format("%FT%T%.6f").to_string(),
            "version": "v2",
            "data": data,
        })
    }

    fn v1(&self, person: &Person, news: &News, at: DateTime<Utc>) -> Value {
        let record = Record::new(self, person, at);
        let mut data = Map::new();
        // Bob API: the profile's sections, without the sensitive ones.
        let told = ["root", "about", "work", "personal", "internal"];
        for field in self.fields.iter().filter(|field| told.contains(&field.category.as_str())) {
            put(&mut data, field.path(), record.value(field));
        }
        if let News::Updated(fields) = news {
            let updates = fields.iter().map(|id| json!({ "id": id })).collect();
            data.insert("fieldUpdates".to_owned(), updates);
        }
        json!({
            "companyId": COMPANY,
            "employee": self.named(person, at),
            "changedBy": { "id": ADMIN, "companyId": COMPANY },
            "type": news.kind(),
            "data": data,
            "previous": null,
            "creationDate": at.format("%FT%T%.3f").to_string(),
        })
    }

    fn named(&self, person: &Person, at: DateTime<Utc>) -> Value {
        let site = self.standing(person, at).site;
        json!({
            "id": person.id,
            "companyId": COMPANY,
            "firstName": person.fields.get("root.firstName"),
            "surname": person.fields.get("root.surname"),
            "email": person.fields.get("root.email"),
            "displayName": display_name(person),
            "site": site.name,
            "siteId": site.id,
        })
    }
}
