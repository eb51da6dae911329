//! Deeds on the employee's record and the work table.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value, json};

use crate::sandbox::bob::company::Company;
use crate::sandbox::bob::event::News;
use crate::sandbox::bob::fields::{DERIVED, Kind, OF_WORK_TABLE};
use crate::sandbox::bob::person::{Job, Person, Stage};
use crate::sandbox::bob::standing::begins;

use super::{Refused, WORK};

impl Company {
    pub(super) fn hire(
        &mut self,
        id: Option<String>,
        start: Option<NaiveDate>,
        fields: Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<String, Refused> {
        let id = id.unwrap_or_else(|| self.new_id());
        if id.is_empty() || self.person(&id).is_some() {
            return Err(format!("the id {id} is taken"));
        }
        let site = fields.get("work.site").or_else(|| fields.get("work.siteId"));
        let site = site.map_or(Ok(&self.sites[0]), |given| {
            self.site(given).ok_or_else(|| format!("there is no site {given}"))
        })?;
        let start = start.unwrap_or_else(|| site.day(now));
        let job = Job { title: None, department: None, site: site.id, reports_to: None };
        let (work, begins) =
            (self.row(start, job, now), self.row(start, Stage::Begins { again: false }, now));
        let mut person = Person {
            id,
            created: now,
            fields: BTreeMap::new(),
            lifecycle: vec![begins],
            work: vec![work],
            uninvited: false,
        };
        if let Some(job) = self.write(&mut person, fields, now)? {
            person.work[0].what = job;
        }
        if person.text("root.email").is_empty() {
            return Err("an employee has a root.email".into());
        }
        let id = person.id.clone();
        self.put(person.clone(), now);
        self.tell(&person, &News::Created, now, false);
        Ok(id)
    }

    pub(super) fn change(
        &mut self,
        who: &str,
        from: Option<NaiveDate>,
        fields: Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<String, Refused> {
        let was = self.whom(who)?;
        if let Some(field) = fields.keys().find(|id| !OF_WORK_TABLE.contains(&id.as_str()))
            && from.is_some()
        {
            return Err(format!("{field} is in no table: it changes at once"));
        }
        let mut is = was.clone();
        let day = self.day(&was, from, now);
        let at = if from.is_some() { begins(&self.sites, &was, day) } else { now };
        let job = self.write(&mut is, fields, at)?;
        let mut news = Vec::new();
        if let Some(job) = job {
            if from.is_some() {
                let row = self.row(day, job, now);
                is.work.push(row);
                news.push(News::RowCreated { table: WORK, effective: day });
            } else {
                let current = self.standing(&was, now).job;
                news.push(News::RowUpdated { table: WORK, effective: current.effective });
                for row in is.work.iter_mut().filter(|row| row.id == current.id) {
                    row.what = job.clone();
                }
            }
        }
        Ok(self.save(&was, is, &news, now))
    }

    pub(super) fn revoke(&mut self, who: &str, now: DateTime<Utc>) -> Result<String, Refused> {
        let was = self.whom(who)?;
        let is = Person { uninvited: true, ..was.clone() };
        Ok(self.save(&was, is, &[], now))
    }

    pub(super) fn delete(&mut self, who: &str, now: DateTime<Utc>) -> Result<String, Refused> {
        let was = self.whom(who)?;
        self.remove(&was.id, now);
        self.tell(&was, &News::Deleted, now, false);
        Ok(was.id)
    }

    /// Writes fields to the record. Gives the job with those that the work table holds, if any are given; `at`
    /// is when the job counts that they are changes of.
    pub(super) fn write(
        &mut self,
        person: &mut Person,
        fields: Map<String, Value>,
        at: DateTime<Utc>,
    ) -> Result<Option<Job>, Refused> {
        let mut job = self.standing(person, at).job.what.clone();
        let mut moved = false;
        for (id, value) in fields {
            if OF_WORK_TABLE.contains(&id.as_str()) {
                self.write_job(&mut job, &id, &value)?;
                moved = true;
            } else {
                let value = self.checked(person, &id, value)?;
                person.fields.insert(id, value);
            }
        }
        Ok(moved.then_some(job))
    }

    fn write_job(&mut self, job: &mut Job, id: &str, value: &Value) -> Result<(), Refused> {
        let text = value.as_str();
        match id {
            "work.title" => {
                if let Some(title) = text {
                    self.lists.item("title", title);
                }
                job.title = text.map(str::to_owned);
            }
            "work.department" => job.department = text.map(|name| self.lists.item("department", name)),
            "work.reportsTo" => {
                let boss =
                    text.map(|who| self.find(who).ok_or_else(|| format!("there is no employee {who}")));
                job.reports_to = boss.transpose()?.map(|boss| boss.id.clone());
            }
            _ => job.site = self.site(value).ok_or_else(|| format!("there is no site {value}"))?.id,
        }
        Ok(())
    }

    /// The value as Bob keeps it.
    fn checked(&mut self, person: &Person, id: &str, value: Value) -> Result<Value, Refused> {
        let unknown = || format!("there is no field {id}");
        let field = self.field(id).ok_or_else(unknown)?.clone();
        // A name of one's own in place of the usual one is the exception.
        if DERIVED.contains(&id) || field.calculated && id != "root.displayName" {
            return Err(format!("{id} is not written: it follows from something else"));
        }
        let taken = |email: &str| self.holder(email).is_some_and(|holder| holder != person.id);
        match (&field.kind, value) {
            (_, Value::Null) if id == "root.email" => Err("an employee has a root.email".into()),
            (_, Value::Null) => Ok(Value::Null),
            (_, Value::String(email)) if id == "root.email" && taken(&email) => {
                Err("somebody else has this root.email".into())
            }
            (Kind::List(list), Value::String(given)) => Ok(json!(self.lists.item(list, &given))),
            (Kind::Items(list), Value::Array(given)) => {
                let given = given.iter().filter_map(Value::as_str);
                Ok(given.map(|given| json!(self.lists.item(list, given))).collect())
            }
            (Kind::List(_) | Kind::Items(_), _) => Err(format!("{id} takes an item of its list by name")),
            (Kind::Date, Value::String(date)) if date.parse::<NaiveDate>().is_err() => {
                Err(format!("{id} is a date such as 2027-01-31"))
            }
            (_, value) => Ok(value),
        }
    }
}
