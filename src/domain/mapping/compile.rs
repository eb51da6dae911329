//! The rows of the configuration, checked: every problem at once.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::entry::{Entry, Source};
use super::{On, Owner, Row};
use crate::domain::attribute::{Kind, Limit, Limits};
use crate::domain::formula::Template;

/// Something wrong with the mapping's rows, for whoever writes the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The row, counted from 1; `None` if a row is missing.
    pub row: Option<usize>,
    /// The Okta attribute.
    pub attribute: String,
    /// What is wrong, and what to do.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some(row) => write!(f, "mapping row {row} ({}): {}", self.attribute, self.text),
            None => write!(f, "mapping ({}): {}", self.attribute, self.text),
        }
    }
}

impl std::error::Error for Problem {}

pub(super) fn entries(rows: &[Row], limits: &Limits) -> Result<Vec<Entry>, Vec<Problem>> {
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, row) in rows.iter().enumerate() {
        let mut texts = name_problems(&row.okta, limits);
        if !seen.insert(row.okta.as_str()) {
            texts.push("this attribute has a row already; keep one of them".to_owned());
        }
        match entry(row, limits) {
            Ok(entry) => entries.push(entry),
            Err(text) => texts.push(text),
        }
        let problem = |text| Problem { row: Some(index + 1), attribute: row.okta.clone(), text };
        problems.extend(texts.into_iter().map(problem));
    }
    let unmapped = limits.0.iter().filter(|(name, limit)| limit.required && !seen.contains(name.as_str()));
    problems.extend(unmapped.map(|(name, _)| Problem {
        row: None,
        attribute: name.clone(),
        text: "Okta requires this attribute; add a row for it".to_owned(),
    }));
    if problems.is_empty() { Ok(entries) } else { Err(problems) }
}

fn name_problems(name: &str, limits: &Limits) -> Vec<String> {
    if name.is_empty() || name.contains(char::is_whitespace) {
        return vec!["`okta` must be an attribute's name, without spaces".to_owned()];
    }
    let alike = limits.0.keys().find(|known| known.eq_ignore_ascii_case(name) && known.as_str() != name);
    alike.map(|known| format!("Okta spells this attribute `{known}`")).into_iter().collect()
}

fn entry(row: &Row, limits: &Limits) -> Result<Entry, String> {
    let limit = limits.limit(&row.okta, row.kind);
    if limit.kind != row.kind {
        return Err(format!("its type is {:?} in Okta, not {:?}", limit.kind, row.kind).to_lowercase());
    }
    if row.convert.is_some() && row.kind != Kind::String {
        return Err("`convert` makes texts; leave out its `type`".to_owned());
    }
    let (source, label) = match (&row.bob, &row.template, &row.value) {
        (Some(field), None, None) => (Source::Field(field_id(field)?), field.clone()),
        (None, Some(text), None) => {
            let template = Template::compile(text).map_err(|problem| format!("template: {problem}"))?;
            let label = template.fields().iter().cloned().collect::<Vec<_>>().join(", ");
            (
                Source::Template(Arc::new(template)),
                if label.is_empty() { "a constant".to_owned() } else { label },
            )
        }
        (None, None, Some(value)) => (Source::Constant(value.clone()), "a constant".to_owned()),
        _ => return Err("needs exactly one of `bob`, `template` and `value`".to_owned()),
    };
    let on = match row.owner {
        Owner::Hr => row.on,
        Owner::Okta => On::Create,
    };
    let mut entry = Entry {
        okta: row.okta.clone(),
        source,
        label,
        convert: row.convert,
        owner: row.owner,
        base_on: on,
        base_limit: limit.clone(),
        on,
        limit,
        held: None,
    };
    if let Source::Constant(value) = &entry.source {
        let value = entry.make(value).map_err(|rule| format!("`value`: {rule}"))?;
        // Empty, it would clear the attribute of everybody.
        Limit { required: true, ..entry.limit.clone() }
            .check(&value)
            .map_err(|rule| format!("`value`: {rule}"))?;
        entry.source = Source::Constant(value);
    }
    Ok(entry)
}

fn field_id(field: &str) -> Result<String, String> {
    if field.split('.').any(str::is_empty) || field.contains(|c: char| c.is_whitespace() || c == '/') {
        return Err("`bob` must be a field id such as work.title".to_owned());
    }
    Ok(field.to_owned())
}
