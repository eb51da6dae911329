//! The `search` and `filter` expressions of the lists of users and groups.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::reply::Refusal;
use super::schema::Schema;
use super::schema::TYPE_ID;
use super::user::User;

mod parse;

/// A parsed expression.
#[derive(Debug)]
pub(super) enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Test(Test),
}

/// `attribute operator literal`
#[derive(Debug)]
pub(super) struct Test {
    attribute: String,
    operator: Operator,
    literal: Literal,
    /// `search` ignores the case of values, `filter` does not.
    ignores_case: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Eq,
    Gt,
    Ge,
    Lt,
    Le,
    Sw,
    Co,
    Pr,
}

#[derive(Debug)]
enum Literal {
    None,
    Text(String),
    Time(DateTime<Utc>),
    Other(Value),
}

/// Which language an expression is in: what it can ask for, and how.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Language {
    Search,
    Filter,
    GroupSearch,
    GroupFilter,
}

/// What expressions are about: users and groups.
pub(super) trait Entry {
    /// The value of an attribute of the language.
    fn field(&self, attribute: &str) -> Field<'_>;
}

/// The value of one attribute.
pub(super) enum Field<'a> {
    Text(&'a str),
    Time(Option<DateTime<Utc>>),
    /// Of the profile; none where it has no value.
    Json(Option<&'a Value>),
}

impl Expression {
    /// Reads an expression; E0000031 if it is none, or asks for what the language does not have.
    pub(super) fn parse(text: &str, language: Language, schema: &Schema) -> Result<Self, Refusal> {
        parse::expression(text, language, schema).ok_or_else(|| Refusal::search("Invalid search syntax."))
    }

    pub(super) fn matches(&self, entry: &impl Entry) -> bool {
        match self {
            Expression::All(parts) => parts.iter().all(|part| part.matches(entry)),
            Expression::Any(parts) => parts.iter().any(|part| part.matches(entry)),
            Expression::Test(test) => test.matches(entry),
        }
    }
}

impl Entry for User {
    fn field(&self, attribute: &str) -> Field<'_> {
        match attribute {
            "id" => Field::Text(&self.id),
            "status" => Field::Text(self.status.name()),
            "type.id" => Field::Text(TYPE_ID),
            "created" => Field::Time(Some(self.created)),
            "activated" => Field::Time(self.activated),
            "statusChanged" => Field::Time(Some(self.status_changed)),
            "lastUpdated" => Field::Time(Some(self.last_updated)),
            profile => Field::Json(profile.strip_prefix("profile.").and_then(|name| self.profile.get(name))),
        }
    }
}

impl Test {
    fn matches(&self, entry: &impl Entry) -> bool {
        match entry.field(&self.attribute) {
            Field::Text(text) => self.text(text),
            Field::Time(time) => self.time(time),
            Field::Json(value) => value.is_some_and(|value| self.value(value)),
        }
    }

    fn value(&self, value: &Value) -> bool {
        if self.operator == Operator::Pr {
            return true;
        }
        match (value, &self.literal) {
            (Value::Array(items), _) => items.iter().any(|item| self.value(item)),
            (Value::String(text), _) => self.text(text),
            (Value::Number(ours), Literal::Other(Value::Number(asked))) => ours
                .as_f64()
                .zip(asked.as_f64())
                .and_then(|(ours, asked)| ours.partial_cmp(&asked))
                .is_some_and(|order| self.operator.accepts(order)),
            (value, Literal::Other(asked)) => self.operator == Operator::Eq && value == asked,
            _ => false,
        }
    }

    fn text(&self, ours: &str) -> bool {
        let Literal::Text(asked) = &self.literal else { return self.operator == Operator::Pr };
        let folded = if self.ignores_case { ours.to_lowercase() } else { ours.to_owned() };
        match self.operator {
            Operator::Sw => folded.starts_with(asked),
            Operator::Co => folded.contains(asked),
            operator => operator.accepts(folded.as_str().cmp(asked)),
        }
    }

    fn time(&self, ours: Option<DateTime<Utc>>) -> bool {
        match (ours, &self.literal) {
            (Some(ours), Literal::Time(asked)) => self.operator.accepts(ours.cmp(asked)),
            (ours, _) => self.operator == Operator::Pr && ours.is_some(),
        }
    }
}

impl Operator {
    fn accepts(self, order: Ordering) -> bool {
        match self {
            Operator::Eq => order.is_eq(),
            Operator::Gt => order.is_gt(),
            Operator::Ge => order.is_ge(),
            Operator::Lt => order.is_lt(),
            Operator::Le => order.is_le(),
            Operator::Sw | Operator::Co | Operator::Pr => false,
        }
    }
}
