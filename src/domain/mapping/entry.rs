//! A row of the mapping, compiled: facts in, one value out.

use std::sync::Arc;

use serde_json::Value;

use super::coerce::coerce;
use super::{Convert, Known, Made, On, Owner, Refusal};
use crate::domain::attribute::{Limit, Rule};
use crate::domain::country;
use crate::domain::formula::Template;
use crate::domain::schema::Schema;

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub okta: String,
    pub source: Source,
    /// The source in words.
    pub label: String,
    pub convert: Option<Convert>,
    pub owner: Owner,
    /// When the row is to be written, and what the attribute takes in every org.
    pub base_on: On,
    pub base_limit: Limit,
    /// The same by the org's schema, where that is known.
    pub on: On,
    pub limit: Limit,
    /// Why the org takes no value at all.
    pub held: Option<Rule>,
}

#[derive(Clone, Debug)]
pub(super) enum Source {
    Field(String),
    Template(Arc<Template>),
    Constant(Value),
}

impl Entry {
    /// The Bob fields that it reads.
    pub fn fields(&self) -> Vec<&str> {
        match &self.source {
            Source::Field(field) => vec![field],
            Source::Template(template) => template.fields().iter().map(String::as_str).collect(),
            Source::Constant(_) => vec![],
        }
    }

    /// The value by these facts; `None` leaves the attribute alone, null clears it.
    pub fn value<'a>(&self, lookup: impl Fn(&str) -> Known<'a>) -> Result<Option<Value>, Rule> {
        let made = match &self.source {
            Source::Field(field) => match lookup(field).settled() {
                Known::Unknown => None,
                Known::Null => Some(Value::Null),
                Known::Value(value) => Some(self.make(value)?),
            },
            Source::Template(template) => match template.render(lookup).map_err(Rule::Template)? {
                None => None,
                Some(text) => Some(self.make(&Value::String(text))?),
            },
            Source::Constant(value) => Some(self.make(value)?),
        };
        match &made {
            // What only this org requires may be there already.
            None if self.limit.required && self.base_limit.required => return Err(Rule::NotSent),
            None => {}
            Some(value) => self.limit.check(value)?,
        }
        Ok(made)
    }

    /// What becomes of the row for a person; `creating`: with an account that is still to be made.
    pub fn made<'a>(&self, lookup: impl Fn(&str) -> Known<'a>, creating: bool) -> Made {
        if !creating && self.on == On::Create {
            return Made::NotNow;
        }
        if let Some(rule) = self.held.clone() {
            // What only this org requires and lets nobody write, is not ours to give.
            let blocks = creating && self.is_needed(false);
            return if blocks { Made::Blocks(rule) } else { Made::Omitted { rule, tell: false } };
        }
        match self.value(lookup) {
            Ok(Some(value)) => Made::Value(value),
            Ok(None) if creating && self.is_needed(true) => Made::Blocks(Rule::NotSent),
            Ok(None) => Made::Unknown,
            Err(rule) if self.is_needed(creating) => Made::Blocks(rule),
            Err(rule) => Made::Omitted { rule, tell: true },
        }
    }

    /// What a value becomes in this attribute, not yet checked against its limits.
    pub fn make(&self, value: &Value) -> Result<Value, Rule> {
        let value = coerce(value, self.limit.kind)?;
        match (self.convert, value.as_str()) {
            (Some(Convert::Country), Some(name)) => {
                country::alpha2(name).map(Value::from).ok_or(Rule::Country)
            }
            _ => Ok(value),
        }
    }

    /// The same row where the org's schema is this.
    pub fn under(&self, schema: &Schema) -> Self {
        let (on, limit, held) = match schema.get(&self.okta) {
            None => (self.base_on, self.base_limit.clone(), Some(Rule::NoAttribute)),
            Some(attribute) => {
                let on = if attribute.is_immutable() { On::Create } else { self.base_on };
                let held = attribute.is_read_only().then_some(Rule::ReadOnly);
                (on, attribute.limit(&self.base_limit), held)
            }
        };
        Self { on, limit, held, ..self.clone() }
    }

    /// Whether nothing can be done for a person without it. What only this org requires may be there
    /// already, unless the account is still to be made.
    pub fn is_needed(&self, creating: bool) -> bool {
        self.limit.required && (creating || self.base_limit.required)
    }

    pub fn refuse(&self, rule: Rule) -> Refusal {
        Refusal { attribute: self.okta.clone(), rule, source_field: self.label.clone() }
    }
}
