//! Field by field, what Bob holds of somebody: for machines, and for humans.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use super::company::{COMPANY, Company, display_name, full_name};
use super::fields::{Field, Kind};
use super::person::{Person, Stage};
use super::standing::Standing;
use super::switches::Switch;

/// Somebody at a moment.
pub(super) struct Record<'a> {
    company: &'a Company,
    person: &'a Person,
    standing: Standing<'a>,
    at: DateTime<Utc>,
}

impl<'a> Record<'a> {
    pub(super) fn new(company: &'a Company, person: &'a Person, at: DateTime<Utc>) -> Self {
        Self { company, person, standing: company.standing(person, at), at }
    }

    /// The value for machines: ISO dates, ids of list items.
    pub(super) fn value(&self, field: &Field) -> Value {
        let Self { person, standing, .. } = self;
        let job = &standing.job.what;
        let stored = || person.fields.get(&field.id).cloned().unwrap_or_default();
        let years =
            || standing.first_start.map(|start| (standing.site.day(self.at) - start).num_days() / 365);
        match field.id.as_str() {
            "root.id" => json!(person.id),
            "root.companyId" => json!(COMPANY),
            "root.fullName" => json!(full_name(person)),
            "root.displayName" => json!(display_name(person)),
            "root.state" => json!(if person.uninvited { "uninvited" } else { "invited" }),
            "root.creationDate" => json!(person.created.format("%F").to_string()),
            "root.creationDateTime" => json!(person.created.format("%FT%T%.6f").to_string()),
            "work.title" => match &job.title {
                Some(title) if self.company.switches.on(Switch::TitlesAreAList) => {
                    json!(self.company.lists.id("title", title))
                }
                title => json!(title),
            },
            "work.department" => json!(job.department),
            "work.site" => json!(standing.site.name),
            "work.siteId" => json!(standing.site.id),
            "work.reportsTo" => job.reports_to.as_ref().map_or(Value::Null, |id| self.company.reference(id)),
            "work.manager" => json!(job.reports_to),
            "work.secondLevelManager" => json!(self.manager().and_then(|id| self.manager_of(id))),
            "work.startDate" => day(standing.starts),
            "work.originalStartDate" => day(standing.first_start),
            "work.shortStartDate" => {
                json!(standing.starts.map(|start| start.format("%m-%d").to_string()))
            }
            "work.activeEffectiveDate" => day(Some(standing.job.effective)),
            "work.tenureYears" | "work.yearsOfService" => json!(years()),
            "internal.status" => json!(if standing.active { "Active" } else { "Inactive" }),
            "internal.lifecycleStatus" => json!(standing.status),
            "internal.terminationDate" => day(standing.end.map(|row| row.effective)),
            "internal.currentActiveStatusStartDate" => day(standing.current.map(|row| row.effective)),
            "internal.terminationReason" => match standing.end.map(|row| &row.what) {
                Some(Stage::Terminated { reason, .. }) => json!(reason),
                _ => Value::Null,
            },
            "employee.lastDayOfWork" => match standing.end.map(|row| &row.what) {
                Some(Stage::Terminated { last_day, .. }) => day(*last_day),
                _ => Value::Null,
            },
            "employee.recentLeaveStartDate" => day(standing.leave.map(|row| row.effective)),
            "employee.recentLeaveEndDate" => match standing.leave.map(|row| &row.what) {
                Some(Stage::Leave { until, .. }) => day(*until),
                _ => Value::Null,
            },
            "address.siteCountry" => text(&standing.site.country),
            "address.siteCity" => text(&standing.site.city),
            "address.fullAddress" => {
                let parts = ["line1", "line2", "city", "postCode", "country"];
                let parts = parts.map(|part| person.text(&format!("address.{part}")).to_owned());
                text(
                    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ").as_str(),
                )
            }
            _ => stored(),
        }
    }

    fn manager(&self) -> Option<&str> {
        self.standing.job.what.reports_to.as_deref()
    }

    fn manager_of(&self, id: &str) -> Option<&str> {
        let person = self.company.person(id)?;
        let standing = self.company.standing(person, self.at);
        standing.job.what.reports_to.as_deref()
    }

    /// The same for humans; nothing where there is no value.
    pub(super) fn human(&self, field: &Field, value: &Value) -> Option<String> {
        let named = |list: &str, id: &Value| {
            let id = id.as_str().unwrap_or_default();
            self.company.lists.name(list, id).unwrap_or(id).to_owned()
        };
        let name_of = |id: &str| self.company.person(id).map(display_name);
        Some(match (field.id.as_str(), value) {
            (_, Value::Null) => return None,
            ("work.manager" | "work.secondLevelManager", Value::String(id)) => name_of(id)?,
            ("work.siteId", _) => self.standing.site.name.clone(),
            ("internal.lifecycleStatus" | "root.state", Value::String(word)) => capital(word),
            ("work.title", id) if self.company.switches.on(Switch::TitlesAreAList) => named("title", id),
            (_, Value::Bool(yes)) => if *yes { "Yes" } else { "No" }.to_owned(),
            (_, value) => match (&field.kind, value) {
                (Kind::Employee, _) => value["displayName"].as_str()?.to_owned(),
                (Kind::Date, Value::String(date)) => self.date(date),
                (Kind::List(list), id) => named(list, id),
                (Kind::Items(list), Value::Array(ids)) => {
                    ids.iter().map(|id| named(list, id)).collect::<Vec<_>>().join(",")
                }
                (_, Value::String(text)) => text.clone(),
                (_, other) => other.to_string(),
            },
        })
    }

    fn date(&self, iso: &str) -> String {
        let style = if self.company.switches.on(Switch::MonthFirst) { "%m/%d/%Y" } else { "%d/%m/%Y" };
        iso.parse::<NaiveDate>().map_or_else(|_| iso.to_owned(), |date| date.format(style).to_string())
    }

    pub(super) fn id(&self) -> &str {
        &self.person.id
    }

    /// Whether `showInactive` is needed to see them.
    pub(super) fn active(&self) -> bool {
        self.standing.active
    }
}

fn day(day: Option<NaiveDate>) -> Value {
    json!(day.map(|day| day.format("%F").to_string()))
}

/// An empty text is none.
fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
