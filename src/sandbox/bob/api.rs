//! The People API: which call shows what.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::sandbox::request::Request;

use super::company::Company;
use super::fields::{Field, Kind};
use super::gate::Sight;
use super::person::Person;
use super::record::Record;
use super::reply::Reply;
use super::shape::{Form, Human, Question};
use super::standing::site_of;
use super::switches::Switch;

/// Bob API: at most 400 fields in one question.
const MOST_FIELDS: usize = 400;

/// A refusal is an answer too.
type Answered = Result<Reply, Reply>;

/// What a call is answered from.
pub(super) struct Desk<'a> {
    pub(super) company: &'a Company,
    pub(super) sight: &'a Sight,
    pub(super) now: DateTime<Utc>,
}

impl<'a> Desk<'a> {
    /// Answers a call. `path` is what follows `/v1`; the question is for those who then write everybody.
    pub(super) fn answer(&self, request: &Request, path: &[&str]) -> (Reply, Option<Question>) {
        let mut asked = None;
        let answer = match (request.method.as_str(), path) {
            ("POST", ["people", "search"]) => self.search(request, &mut asked),
            ("POST", ["people", key]) => self.one(request, key),
            ("GET", ["people", key, "lifecycle"]) => self.seen(key).map(|person| self.lifecycle(person)),
            ("GET", ["people", key, "work"]) => self.seen(key).map(|person| self.work(person)),
            ("GET", ["company", "people", "fields"]) => Ok(self.fields()),
            ("GET", ["company", "named-lists"]) => Ok(self.lists(request)),
            ("GET", ["company", "named-lists", list]) => self.list(request, list),
            (_, ["people" | "company", ..]) => {
                Err(Reply::refused(405, "method_not_allowed", "There is no such method of this endpoint"))
            }
            _ => Err(Reply::refused(404, "not_found", "There is no such endpoint")),
        };
        (answer.unwrap_or_else(|refusal| refusal), asked)
    }

    /// Somebody as reads show them, found by id or email.
    fn seen(&self, key: &str) -> Result<&'a Person, Reply> {
        let person = self.company.read(key).filter(|person| !self.sight.people.contains(&person.id));
        person.ok_or_else(Reply::not_found)
    }

    fn one(&self, request: &Request, key: &str) -> Answered {
        let question = question(request)?;
        let person = self.seen(key)?;
        let form = Form::new(self.company, &question, self.sight);
        Ok(Reply::ok(form.fill(&Record::new(self.company, person, self.now))))
    }

    fn search(&self, request: &Request, asked: &mut Option<Question>) -> Answered {
        let question = question(request)?;
        let body = request.body.as_ref().unwrap_or(&Value::Null);
        let inactive = body["showInactive"].as_bool().unwrap_or(false);
        let visible = |person: &&Person| {
            !self.sight.people.contains(&person.id)
                && (inactive || Record::new(self.company, person, self.now).active())
        };
        let found: Vec<String> = match filter(body)? {
            None => self.company.all_read().filter(visible).map(|person| person.id.clone()).collect(),
            Some((by_email, wanted)) => {
                // Each once, in Bob's order.
                let is = |person: &Person| {
                    let key = if by_email { person.text("root.email") } else { &person.id };
                    wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(key))
                };
                let mut found: Vec<&Person> =
                    wanted.iter().filter_map(|key| self.company.read(key)).collect();
                found.retain(|person| is(person) && visible(person));
                found.sort_by(|one, other| one.id.cmp(&other.id));
                found.dedup_by(|one, other| one.id == other.id);
                found.into_iter().map(|person| person.id.clone()).collect()
            }
        };
        *asked = Some(question);
        Ok(Reply::people(found))
    }

    fn lifecycle(&self, person: &Person) -> Reply {
        let current = self.company.standing(person, self.now).current.map(|row| row.id);
        let rows = person.lifecycle.iter().filter(|row| !self.sight.no_histories || Some(row.id) == current);
        let shown = rows.map(|row| {
            json!({
                "id": row.id,
                "effectiveDate": row.effective.format("%F").to_string(),
                "status": row.what.word(),
                "reason": row.what.reason(),
                "reasonType": null,
            })
        });
        Reply::ok(json!({ "values": shown.collect::<Vec<_>>() }))
    }

    fn work(&self, person: &Person) -> Reply {
        let current = self.company.standing(person, self.now).job.id;
        let rows = person.work.iter().filter(|row| !self.sight.no_histories || row.id == current);
        let shown = rows.map(|row| {
            let (job, site) = (&row.what, site_of(&self.company.sites, &row.what));
            json!({
                "id": row.id,
                "effectiveDate": row.effective.format("%F").to_string(),
                "title": job.title,
                "department": job.department,
                "site": site.name,
                "siteId": site.id,
                "reportsTo": job.reports_to.as_ref().map(|id| self.company.reference(id)),
                "customColumns": {},
                "reason": null,
            })
        });
        Reply::ok(json!({ "values": shown.collect::<Vec<_>>() }))
    }

    fn fields(&self) -> Reply {
        let shown = |field: &Field| {
            let (kind, list) = self.kind(field);
            let data = list.map_or_else(|| json!({}), |list| json!({ "listId": list }));
            json!({
                "id": field.id,
                "categoryId": field.category,
                "categoryDisplayName": field.category,
                "category": field.category,
                "name": field.name,
                "description": null,
                "jsonPath": field.path(),
                "type": kind,
                "typeData": data,
                "historical": field.id.starts_with("work.") || field.id.starts_with("internal."),
            })
        };
        Reply::ok(self.company.fields.iter().map(shown).collect())
    }

    fn kind<'f>(&self, field: &'f Field) -> (&'static str, Option<&'f str>) {
        if field.id == "work.title" && self.company.switches.on(Switch::TitlesAreAList) {
            return ("list", Some("title"));
        }
        match &field.kind {
            Kind::Text | Kind::YesNo => ("text", None),
            Kind::Number => ("number", None),
            Kind::Date => ("date", None),
            Kind::Employee => ("employee-reference", None),
            Kind::List(list) => ("list", Some(list)),
            Kind::Items(list) => ("multi-list", Some(list)),
        }
    }

    fn lists(&self, request: &Request) -> Reply {
        let lists = self.company.lists.names();
        let shown = lists.filter_map(|name| Some((name.to_owned(), self.shown_list(request, name)?)));
        if self.company.switches.on(Switch::AllListsAsArray) {
            return Reply::ok(shown.map(|(_, list)| list).collect());
        }
        Reply::ok(Value::Object(shown.collect()))
    }

    fn list(&self, request: &Request, name: &str) -> Answered {
        let list = self.shown_list(request, name).map(Reply::ok);
        list.ok_or_else(|| Reply::refused(404, "not_found", "List not found"))
    }

    fn shown_list(&self, request: &Request, name: &str) -> Option<Value> {
        let archived = request.query("includeArchived") == Some("true");
        let below = if self.company.switches.on(Switch::ListsAsItems) { "items" } else { "values" };
        if name == "site" {
            let sites = self.company.sites.iter();
            let sites = sites.map(|site| {
                json!({ "id": site.id, "value": site.name, "name": site.name, "archived": false, "children": [] })
            });
            return Some(json!({ "name": name, below: sites.collect::<Vec<_>>() }));
        }
        self.company.lists.shown(name, archived, below)
    }
}

fn bad(error: &str) -> Reply {
    Reply::refused(400, "bad_request", error)
}

/// What is asked for, from the body; without one, for nothing in particular.
fn question(request: &Request) -> Result<Question, Reply> {
    let body = request.body.as_ref().ok_or_else(|| bad("The body is no JSON"))?;
    if !body.is_object() && !body.is_null() {
        return Err(bad("The body is no JSON object"));
    }
    let fields = match &body["fields"] {
        Value::Null => None,
        Value::Array(fields) if fields.len() > MOST_FIELDS => return Err(bad("At most 400 fields")),
        Value::Array(fields) => {
            let ids: Option<Vec<String>> =
                fields.iter().map(|field| field.as_str().map(str::to_owned)).collect();
            Some(ids.ok_or_else(|| bad("A field is named by a text"))?).filter(|ids| !ids.is_empty())
        }
        _ => return Err(bad("fields is an array")),
    };
    let human = match &body["humanReadable"] {
        Value::Null => Human::No,
        Value::String(word) if word.eq_ignore_ascii_case("APPEND") => Human::Append,
        Value::String(word) if word.eq_ignore_ascii_case("REPLACE") => Human::Replace,
        _ => return Err(bad("humanReadable is APPEND or REPLACE")),
    };
    Ok(Question { fields, human })
}

/// Bob API: one filter at most, on `root.id` or `root.email`, with `equals`. Gives whether it is by email, and
/// the values.
fn filter(body: &Value) -> Result<Option<(bool, Vec<&str>)>, Reply> {
    let filters = match &body["filters"] {
        Value::Null => return Ok(None),
        Value::Array(filters) => filters,
        _ => return Err(bad("filters is an array")),
    };
    let filter = match filters.as_slice() {
        [] => return Ok(None),
        [filter] => filter,
        _ => return Err(bad("At most one filter")),
    };
    if filter["operator"] != "equals" {
        return Err(bad("The only operator is equals"));
    }
    let by_email = match filter["fieldPath"].as_str() {
        Some("root.id") => false,
        Some("root.email") => true,
        _ => return Err(bad("The only fields to filter by are root.id and root.email")),
    };
    let values = filter["values"].as_array().ok_or_else(|| bad("A filter has values"))?;
    Ok(Some((by_email, values.iter().filter_map(Value::as_str).collect())))
}
