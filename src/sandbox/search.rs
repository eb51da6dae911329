//! The `search` and `filter` expressions of the user list.

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

/// Which of the two languages an expression is in.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Language {
    Search,
    Filter,
}

impl Expression {
    /// Reads an expression; E0000031 if it is none, or asks for what the language does not have.
    pub(super) fn parse(text: &str, language: Language, schema: &Schema) -> Result<Self, Refusal> {
        parse::expression(text, language, schema).ok_or_else(|| Refusal::search("Invalid search syntax."))
    }

    pub(super) fn matches(&self, user: &User) -> bool {
        match self {
            Expression::All(parts) => parts.iter().all(|part| part.matches(user)),
            Expression::Any(parts) => parts.iter().any(|part| part.matches(user)),
            Expression::Test(test) => test.matches(user),
        }
    }
}

impl Test {
    fn matches(&self, user: &User) -> bool {
        match self.attribute.as_str() {
            "id" => self.text(&user.id),
            "status" => self.text(user.status.name()),
            "type.id" => self.text(TYPE_ID),
            "created" => self.time(Some(user.created)),
            "activated" => self.time(user.activated),
            "statusChanged" => self.time(Some(user.status_changed)),
            "lastUpdated" => self.time(Some(user.last_updated)),
            profile => profile
                .strip_prefix("profile.")
                .and_then(|name| user.profile.get(name))
                .is_some_and(|value| self.value(value)),
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
