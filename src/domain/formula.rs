//! Formulas over facts: the one template engine behind the mapping's templates and the scope's condition.

mod fields;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

use super::mapping::Known;

pub(super) use self::fields::fields;

/// Steps that one evaluation may take: thousands of times more than any name or address needs.
const FUEL: u64 = 20_000;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(format);
    // Facts are all that a formula is about. Without functions, a name that is not a field is a mistake.
    let functions: Vec<String> = environment.globals().map(|(name, _)| name.to_owned()).collect();
    for name in &functions {
        environment.remove_global(name);
    }
    environment
});

/// The engine, without any template in it.
pub(super) fn environment() -> &'static Environment<'static> {
    &ENVIRONMENT
}

/// Why a formula gave no answer. The engine's own message may quote values: only its kind is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    kind: ErrorKind,
    line: Option<usize>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure { kind: error.kind(), line: error.line() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ErrorKind::OutOfFuel => f.write_str("it takes too many steps")?,
            kind => write!(f, "{kind}")?,
        }
        self.line.map_or(Ok(()), |line| write!(f, " in line {line}"))
    }
}

/// A text with facts in it, ready to be filled in.
#[derive(Debug)]
pub(super) struct Template {
    engine: Environment<'static>,
    fields: BTreeSet<String>,
}

impl Template {
    const NAME: &'static str = "template";

    /// Compiles a template and finds the Bob fields it reads; the error is for whoever wrote it.
    pub(super) fn compile(source: &str) -> Result<Self, String> {
        let load = |source: String| {
            let mut engine = environment().clone();
            engine.add_template_owned(Self::NAME, source)?;
            Ok(engine)
        };
        let engine = load(source.to_owned()).map_err(|error| of_the_author(&error))?;
        let fields =
            fields(source, |source| Ok(load(source)?.get_template(Self::NAME)?.undeclared_variables(true)))?;
        let template = Template { engine, fields };
        trial(template.fill(&|_| Value::from("x")))?;
        Ok(template)
    }

    /// The ids of the Bob fields it reads.
    pub(super) fn fields(&self) -> &BTreeSet<String> {
        &self.fields
    }

    /// The text; `None` if a field is unknown. Nulls are empty texts, and nothing but nulls gives
    /// an empty text, whatever else the template says.
    pub(super) fn render<'a>(&self, lookup: impl Fn(&str) -> Known<'a>) -> Result<Option<String>, Failure> {
        let facts: Vec<Known<'_>> = self.fields.iter().map(|field| lookup(field).settled()).collect();
        if facts.iter().any(|fact| matches!(fact, Known::Unknown)) {
            return Ok(None);
        }
        if !facts.is_empty() && facts.iter().all(|fact| matches!(fact, Known::Null)) {
            return Ok(Some(String::new()));
        }
        let text = self.fill(&|field| value(lookup(field), ""))?;
        Ok(Some(collapse(&text)))
    }

    fn fill(&self, value_of: &dyn Fn(&str) -> Value) -> Result<String, Error> {
        self.engine.get_template(Self::NAME)?.render(context(&self.fields, value_of))
    }
}

/// Runs of spaces become one, so that an empty fact leaves no hole; line breaks stay.
fn collapse(text: &str) -> String {
    let words = text.split(' ').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// A fact as the engine sees it; `null` stands for nothing.
pub(super) fn value(fact: Known<'_>, null: impl Into<Value>) -> Value {
    match fact.settled() {
        Known::Value(value) => Value::from(Serde(value)),
        Known::Null | Known::Unknown => null.into(),
    }
}

/// `work.site` → `{"work": {"site": …}}`
pub(super) fn context(fields: &BTreeSet<String>, value_of: &dyn Fn(&str) -> Value) -> Value {
    let paths: Vec<_> = fields.iter().map(|field| (field.as_str(), value_of(field))).collect();
    nest(&paths)
}

fn nest(paths: &[(&str, Value)]) -> Value {
    let mut sections: BTreeMap<&str, Vec<(&str, Value)>> = BTreeMap::new();
    let mut leaves = BTreeMap::new();
    for (path, value) in paths {
        match path.split_once('.') {
            Some((section, rest)) => sections.entry(section).or_default().push((rest, value.clone())),
            None => drop(leaves.insert(*path, value.clone())),
        }
    }
    leaves.extend(sections.iter().map(|(section, paths)| (*section, nest(paths))));
    Value::from_pairs(leaves)
}

/// What running a formula once, with made-up facts, says about the formula rather than the facts.
pub(super) fn trial<T>(outcome: Result<T, Error>) -> Result<(), String> {
    match outcome {
        Err(error) if is_the_authors(error.kind()) => Err(of_the_author(&error)),
        _ => Ok(()),
    }
}

fn is_the_authors(kind: ErrorKind) -> bool {
    use ErrorKind::{
        MissingArgument, OutOfFuel, TooManyArguments, UnknownFilter, UnknownFunction, UnknownMethod,
        UnknownTest,
    };
    matches!(
        kind,
        UnknownFilter
            | UnknownTest
            | UnknownFunction
            | UnknownMethod
            | MissingArgument
            | TooManyArguments
            | OutOfFuel
    )
}

/// The engine's whole message: no fact was near it.
pub(super) fn of_the_author(error: &Error) -> String {
    let line = error.line().map_or(String::new(), |line| format!(" in line {line}"));
    error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()))
        + &line
}

/// Values are written as in an attribute without a template: a list as `A, B`, a yes as `true`; an
/// object is no text.
fn format(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            for (index, item) in value.try_iter()?.enumerate() {
                out.write_str(if index == 0 { "" } else { ", " })?;
                format(out, state, &item)?;
            }
            Ok(())
        }
        ValueKind::Bool => Ok(out.write_str(if value.is_true() { "true" } else { "false" })?),
        ValueKind::None | ValueKind::Undefined => Ok(()),
        ValueKind::Map => Err(Error::from(ErrorKind::NonPrimitive)),
        _ => minijinja::escape_formatter(out, state, value),
    }
}

#[cfg(test)]
mod tests;
