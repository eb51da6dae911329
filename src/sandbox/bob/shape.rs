//! The shapes of an answer about people.

use serde_json::{Map, Value, json};

use super::company::Company;
use super::fields::{BASIC, BASIC_CATEGORIES, Field};
use super::gate::Sight;
use super::record::Record;
use super::switches::Switch;

/// Which values a caller wants beside, or in place of, those for machines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Human {
    No,
    Append,
    Replace,
}

/// What is asked about people: for which fields, if for any, and in which form.
#[derive(Clone)]
pub(super) struct Question {
    pub(super) fields: Option<Vec<String>>,
    pub(super) human: Human,
}

/// A question with the fields that are shown in answer to it.
pub(super) struct Form<'a> {
    fields: Vec<&'a Field>,
    human: Human,
    slashes: bool,
    nulls: bool,
}

impl<'a> Form<'a> {
    pub(super) fn new(company: &'a Company, question: &Question, sight: &Sight) -> Self {
        let basic = |field: &&Field| {
            BASIC.contains(&field.id.as_str()) || BASIC_CATEGORIES.contains(&field.category.as_str())
        };
        let fields: Vec<&Field> = match &question.fields {
            None => company.fields.iter().filter(basic).collect(),
            // Bob API: what is no field, or not permitted, is left out without a word.
            Some(asked) => asked.iter().filter_map(|id| company.field(id)).collect(),
        };
        Self {
            fields: fields.into_iter().filter(|field| sight.shows(field)).collect(),
            human: question.human,
            slashes: question.fields.is_some() && company.switches.on(Switch::SlashKeys),
            nulls: company.switches.on(Switch::NullsAreShown),
        }
    }

    /// One person as the answer shows them.
    pub(super) fn fill(&self, record: &Record<'_>) -> Value {
        let (mut shown, mut human) = (Map::new(), Map::new());
        for field in &self.fields {
            let mut value = record.value(field);
            if value.is_null() && !self.nulls {
                continue;
            }
            if self.human != Human::No
                && let Some(text) = record.human(field, &value)
            {
                match self.human {
                    Human::Append => put(&mut human, field.path(), json!(text)),
                    _ => value = json!(text),
                }
            }
            if self.slashes {
                shown.insert(format!("/{}", field.id.replace('.', "/")), json!({ "value": value }));
            }
            put(&mut shown, field.path(), value);
        }
        // Bob API: the id is there, asked for or not.
        shown.insert("id".to_owned(), json!(record.id()));
        if self.human == Human::Append {
            shown.insert("humanReadable".to_owned(), Value::Object(human));
        }
        Value::Object(shown)
    }
}

/// Puts a value where its dotted path leads.
pub(super) fn put(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => _ = object.insert(path.to_owned(), value),
        Some((first, rest)) => {
            let below = object.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(below) = below {
                put(below, rest, value);
            }
        }
    }
}
