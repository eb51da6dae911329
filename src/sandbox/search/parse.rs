//! From the text of an expression to an [`Expression`]: `and` binds closer than `or`.

use std::iter::Peekable;
use std::vec::IntoIter;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Expression, Language, Literal, Operator, Schema, Test};

const TIMES: [&str; 4] = ["created", "activated", "statusChanged", "lastUpdated"];
const FILTERABLE: [&str; 7] = [
    "id",
    "status",
    "lastUpdated",
    "profile.login",
    "profile.email",
    "profile.firstName",
    "profile.lastName",
];

/// Okta API: only these can be searched for a part of their value.
const CONTAINABLE: [&str; 4] = ["profile.firstName", "profile.lastName", "profile.email", "profile.login"];

#[derive(Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Word(String),
    Text(String),
}

/// `None` is a syntax error.
pub(super) fn expression(text: &str, language: Language, schema: &Schema) -> Option<Expression> {
    let mut parser = Parser { tokens: tokens(text)?.into_iter().peekable(), language, schema };
    let expression = parser.any()?;
    parser.tokens.next().is_none().then_some(expression)
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ' ' => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            '"' => {
                let mut literal = String::new();
                loop {
                    match rest.next()? {
                        '"' => break,
                        '\\' => literal.push(rest.next()?),
                        other => literal.push(other),
                    }
                }
                tokens.push(Token::Text(literal));
            }
            first => {
                let mut word = String::from(first);
                while let Some(c) = rest.next_if(|c| !matches!(c, ' ' | '(' | ')' | '"')) {
                    word.push(c);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Some(tokens)
}

struct Parser<'a> {
    tokens: Peekable<IntoIter<Token>>,
    language: Language,
    schema: &'a Schema,
}

impl Parser<'_> {
    fn any(&mut self) -> Option<Expression> {
        let mut parts = vec![self.all()?];
        while self.keyword("or") {
            parts.push(self.all()?);
        }
        Some(Expression::Any(parts))
    }

    fn all(&mut self) -> Option<Expression> {
        let mut parts = vec![self.one()?];
        while self.keyword("and") {
            parts.push(self.one()?);
        }
        Some(Expression::All(parts))
    }

    fn one(&mut self) -> Option<Expression> {
        match self.tokens.next()? {
            Token::Open => {
                let inner = self.any()?;
                (self.tokens.next()? == Token::Close).then_some(inner)
            }
            Token::Word(attribute) => self.test(attribute),
            Token::Close | Token::Text(_) => None,
        }
    }

    fn test(&mut self, attribute: String) -> Option<Expression> {
        let Token::Word(operator) = self.tokens.next()? else { return None };
        let operator = match operator.to_ascii_lowercase().as_str() {
            "eq" => Operator::Eq,
            "gt" => Operator::Gt,
            "ge" => Operator::Ge,
            "lt" => Operator::Lt,
            "le" => Operator::Le,
            "sw" => Operator::Sw,
            "co" => Operator::Co,
            "pr" => Operator::Pr,
            _ => return None,
        };
        if !self.allows(&attribute, operator) {
            return None;
        }
        let ignores_case = self.language == Language::Search;
        let literal = if operator == Operator::Pr { Literal::None } else { self.literal(&attribute)? };
        Some(Expression::Test(Test { attribute, operator, literal, ignores_case }))
    }

    fn literal(&mut self, attribute: &str) -> Option<Literal> {
        Some(match self.tokens.next()? {
            Token::Text(text) if TIMES.contains(&attribute) => {
                Literal::Time(DateTime::parse_from_rfc3339(&text).ok()?.with_timezone(&Utc))
            }
            Token::Text(text) if self.language == Language::Search => Literal::Text(text.to_lowercase()),
            Token::Text(text) => Literal::Text(text),
            Token::Word(word) => match serde_json::from_str(&word).ok()? {
                value @ (Value::Bool(_) | Value::Number(_)) => Literal::Other(value),
                _ => return None,
            },
            Token::Open | Token::Close => return None,
        })
    }

    fn allows(&self, attribute: &str, operator: Operator) -> bool {
        match self.language {
            Language::Search => {
                if operator == Operator::Co {
                    return CONTAINABLE.contains(&attribute);
                }
                ["id", "status", "type.id"].contains(&attribute)
                    || TIMES.contains(&attribute)
                    || attribute.strip_prefix("profile.").is_some_and(|name| self.schema.knows(name))
            }
            Language::Filter => {
                let ordered = attribute == "lastUpdated"
                    && !matches!(operator, Operator::Sw | Operator::Co | Operator::Pr);
                FILTERABLE.contains(&attribute) && (operator == Operator::Eq || ordered)
            }
        }
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        self.tokens
            .next_if(|token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(keyword)))
            .is_some()
    }
}
