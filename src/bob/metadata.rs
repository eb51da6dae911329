//! What Bob says of its fields and lists.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Map, Value};

use super::client::{Client, LARGEST_METADATA};
use super::fault::{Fault, Op};

/// A field of the people's data (Bob API: company people fields).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its id, dotted, such as `work.title`.
    pub id: String,
    /// The category that permissions are given for.
    pub category: String,
    /// What people call it.
    pub name: String,
    /// `text`, `date`, `list`, `multi-list`, `hierarchy-list`, `employee-reference`…
    pub kind: String,
    /// The named list that its values are items of.
    pub list: Option<String>,
}

/// One item of a named list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What people see.
    pub name: String,
    /// No longer in use; people may still have it.
    pub archived: bool,
}

/// The named lists: each by its name, its items by their id, those of all levels side by side.
pub type Lists = BTreeMap<String, BTreeMap<String, Item>>;

impl Client {
    /// The fields that Bob has; one that is not as fields are is left out.
    ///
    /// # Errors
    /// If there is no answer, or it is not a list of fields.
    pub async fn fields(&self) -> Result<Vec<Field>, Fault> {
        let request = self.request(Method::GET, &["company", "people", "fields"]);
        let body = self.call(Op::Fields, request, LARGEST_METADATA).await?;
        match serde_json::from_slice(&body) {
            Ok(Value::Array(fields)) => Ok(fields.iter().filter_map(field).collect()),
            _ => Err(Fault::unreadable(Op::Fields, 200, "is no list of fields")),
        }
    }

    /// The named lists, with what is archived.
    ///
    /// # Errors
    /// If there is no answer, or it holds no lists.
    pub async fn lists(&self) -> Result<Lists, Fault> {
        let request = self.request(Method::GET, &["company", "named-lists"]);
        let request = request.query(&[("includeArchived", "true")]);
        let body = self.call(Op::Lists, request, LARGEST_METADATA).await?;
        let mut lists = Lists::new();
        match serde_json::from_slice(&body) {
            Ok(Value::Array(all)) => all.iter().for_each(|list| collect(list, None, &mut lists)),
            Ok(Value::Object(all)) if items(&all).is_some() => collect(&Value::Object(all), None, &mut lists),
            Ok(Value::Object(all)) => {
                all.iter().for_each(|(name, list)| collect(list, Some(name), &mut lists));
            }
            _ => return Err(Fault::unreadable(Op::Lists, 200, "holds no lists")),
        }
        Ok(lists)
    }
}

fn field(value: &Value) -> Option<Field> {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let list = &value["typeData"]["listId"];
    Some(Field {
        id: value["id"].as_str()?.to_owned(),
        category: text("categoryDisplayName"),
        name: text("name"),
        kind: text("type"),
        list: word(list),
    })
}

fn collect(list: &Value, key: Option<&str>, lists: &mut Lists) {
    let Some((name, items)) = list.as_object().and_then(|list| {
        let name = list.get("name").and_then(Value::as_str).or(key)?;
        Some((name, items(list)?))
    }) else {
        return;
    };
    gather(items, lists.entry(name.to_owned()).or_default());
}

/// Under either name that Bob has had for them.
fn items(list: &Map<String, Value>) -> Option<&Vec<Value>> {
    ["values", "items"].into_iter().find_map(|key| list.get(key)?.as_array())
}

fn gather(from: &[Value], into: &mut BTreeMap<String, Item>) {
    for item in from {
        let name = ["name", "value"].into_iter().find_map(|key| word(&item[key]));
        if let Some((id, name)) = word(&item["id"]).zip(name) {
            into.insert(id, Item { name, archived: item["archived"] == true });
        }
        gather(item["children"].as_array().map_or(&[], Vec::as_slice), into);
    }
}

/// An id or a name: a text, or a number as text.
pub(super) fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
