//! A yes or no over facts: who is in scope.

use std::collections::BTreeSet;
use std::sync::Arc;

use minijinja::{Expression, Value};

use super::formula::{self, Failure};
use super::mapping::Known;

/// Why a condition gave neither yes nor no. The person's changes wait; nobody is excluded by it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// HR has not sent these fields yet.
    #[error("the scope condition needs {}, which HR has not sent yet", .0.join(", "))]
    Unknown(Vec<String>),
    /// The expression does not work with these facts.
    #[error("the scope condition failed: {0}")]
    Failed(Failure),
    /// The answer was a text, a number or a list.
    #[error("the scope condition gave something else than true or false")]
    NotBoolean,
}

/// A compiled expression such as `work.site == 'London' and work.department is not none`.
#[derive(Clone, Debug)]
pub struct Condition {
    expression: Arc<Expression<'static, 'static>>,
    fields: BTreeSet<String>,
}

impl Condition {
    /// Takes a Jinja expression over Bob field ids.
    ///
    /// # Errors
    /// What is wrong with the expression, for whoever wrote it.
    pub fn compile(source: &str) -> Result<Self, String> {
        let load = |source: String| formula::environment().compile_expression_owned(source);
        let expression = load(source.to_owned()).map_err(|error| formula::of_the_author(&error))?;
        let fields = formula::fields(source, |source| Ok(load(source)?.undeclared_variables(true)))?;
        formula::trial(expression.eval(formula::context(&fields, &|_| Value::from("x"))))?;
        Ok(Condition { expression: Arc::new(expression), fields })
    }

    /// The ids of the Bob fields it reads.
    #[must_use]
    pub fn fields(&self) -> &BTreeSet<String> {
        &self.fields
    }

    /// Whether it holds for these facts; a null fact is `none`.
    ///
    /// # Errors
    /// If a field it reads is unknown, even one that could not change the answer, or the
    /// expression gives no yes or no.
    pub fn holds<'a>(&self, lookup: impl Fn(&str) -> Known<'a>) -> Result<bool, ConditionError> {
        let unknown = |field: &&String| matches!(lookup(field), Known::Unknown);
        let missing: Vec<String> = self.fields.iter().filter(unknown).cloned().collect();
        if !missing.is_empty() {
            return Err(ConditionError::Unknown(missing));
        }
        let context = formula::context(&self.fields, &|field| formula::value(lookup(field), ()));
        let answer = self.expression.eval(context).map_err(|error| ConditionError::Failed(error.into()))?;
        bool::try_from(answer).map_err(|_| ConditionError::NotBoolean)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn holds(source: &str, facts: &Json) -> Result<bool, ConditionError> {
        Condition::compile(source).unwrap().holds(|field| facts.get(field).into())
    }

    #[test]
    fn conditions_hold_or_not() {
        let facts =
            json!({"work.site": "London", "work.department": null, "work.fte": 80, "work.tags": ["a", "b"]});
        for (source, answer) in [
            ("work.site == 'London'", true),
            ("work.site == 'Paris' or work.fte >= 80", true),
            ("work.site in ['Paris', 'Oslo']", false),
            ("work.department is none", true),
            ("work.department is not none and work.site == 'London'", false),
            ("work.department == 'Sales'", false),
            ("'a' in work.tags", true),
            ("work.site | lower == 'london'", true),
            ("work.site[:3] == 'Lon'", true),
            ("true", true),
        ] {
            assert_eq!(holds(source, &facts), Ok(answer), "{source}");
        }
    }

    #[test]
    fn an_unknown_field_is_an_error_that_names_it() {
        let facts = json!({"work.site": "London"});
        let error = holds("work.site == 'Paris' and work.department == 'x'", &facts).unwrap_err();
        assert_eq!(error, ConditionError::Unknown(vec!["work.department".into()]));
        assert_eq!(error.to_string(), "the scope condition needs work.department, which HR has not sent yet");
    }

    #[test]
    fn an_answer_that_is_not_yes_or_no_is_an_error_without_values() {
        let facts = json!({"work.site": "Zanzibar", "work.fte": 1});
        for source in
            ["work.site", "work.site or work.fte == 1", "work.fte", "work.site + work.fte == 1", "1"]
        {
            let error = holds(source, &facts).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("Zanzibar"), "{error:?}");
        }
    }

    #[test]
    fn what_cannot_work_is_refused_at_once() {
        for (source, problem) in [
            ("work.site ==", "syntax error"),
            ("", "syntax error"),
            ("London == work.site", "`London` is not a Bob field id"),
            ("work['site'] == 'x'", "`work` is not a Bob field id"),
            ("work.site | shout == 'X'", "unknown filter"),
            ("work.site is loud", "unknown test"),
            ("work.site.startswith('x')", "`work.site.startswith()` cannot be called"),
            ("range(10) == work.site", "`range` is not a Bob field id"),
            ("work.reportsTo is none or work.reportsTo.id == '1'", "one holds the other"),
        ] {
            let said = Condition::compile(source).unwrap_err();
            assert!(said.contains(problem), "{source}: {said}");
        }
    }

    #[test]
    fn fields_are_dotted_paths() {
        let condition = Condition::compile("work.custom.field_1 == 'x' and root.id in ['1']").unwrap();
        assert_eq!(condition.fields(), &BTreeSet::from(["work.custom.field_1".into(), "root.id".into()]));
    }
}
