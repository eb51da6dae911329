//! Why one person's account is as it is: facts, rules, mapping, plan, and what was done on whose word.

mod history;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

pub use self::history::{Cause, Step};
use super::due::Person;
use super::hindrance::Waits;
use super::report::Filter;
use super::upcoming::Coming;
use super::{LedgerError, Report};
use crate::domain::access::Traced;
use crate::domain::decide::{Decision, Next, Rules};
use crate::domain::mapping::{Known, Made};
use crate::domain::plan::{self, Standing};

/// Everything about one person. Without values it names fields and attributes only.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// HR's id.
    pub employee: String,
    /// The instant that it is decided for.
    pub at: DateTime<Utc>,
    /// Who the person is in Okta.
    pub account: Option<Linked>,
    /// What HR said.
    pub facts: Vec<Fact>,
    /// The rules of access in their order, and which one decided.
    pub rules: Vec<Traced>,
    /// What the account should be.
    pub access: &'static str,
    /// The rule that says so.
    pub why: String,
    /// Until when.
    pub until: Option<DateTime<Utc>>,
    /// The mapping, row by row; it counts only for accounts that should be there.
    pub mapping: Vec<Row>,
    /// `rest`, `act`, `look`, `await_mirror` or `block`.
    pub next: &'static str,
    /// The calls that it takes.
    pub steps: Vec<Planned>,
    /// What keeps them from being made.
    pub waits: Option<Waits>,
    /// When the person is decided on again.
    pub due_at: Option<DateTime<Utc>>,
    /// What will happen by itself.
    pub coming: Vec<Coming>,
    /// What happened, in its order.
    pub history: Vec<Step>,
}

/// The person's account.
#[derive(Clone, Debug, Serialize)]
pub struct Linked {
    /// Okta's id.
    pub id: String,
    /// The login.
    pub login: Option<String>,
    /// The status as it is known.
    pub status: Option<&'static str>,
    /// When Okta last showed it.
    pub seen_at: Option<DateTime<Utc>>,
    /// How it was found to be this person's.
    pub how: String,
}

/// One fact.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    /// The field, or one of our markers, which begin with `@`.
    pub field: String,
    /// `value` or `empty`.
    pub state: &'static str,
    /// The value, where values are wanted; of markers always.
    pub value: Option<Value>,
    /// Since when it has that, as far as decisions tell.
    pub since: Option<DateTime<Utc>>,
    /// When HR last said so.
    pub said_at: DateTime<Utc>,
    /// In which event.
    pub event: String,
    /// The system that the event came from.
    pub source: String,
}

/// One row of the mapping.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The Okta attribute.
    pub attribute: String,
    /// The HR fields that it is made of, and whether each has a `value`, is `empty` or `unknown`; none for a constant.
    pub fields: Vec<(String, &'static str)>,
    /// `same`, `differs`, `unheeded` (Okta stored another value when it was sent), `new` (there is no account yet),
    /// `unknown` (left alone), `create_only`, `left_out` or `blocks`.
    pub standing: &'static str,
    /// Why it is left out or blocks.
    pub why: Option<String>,
    /// What it should be, where values are wanted; null clears.
    pub value: Option<Value>,
    /// What Okta has, where values are wanted.
    pub okta: Option<Value>,
}

/// One call that is to be made.
#[derive(Clone, Debug, Serialize)]
pub struct Planned {
    /// Which.
    pub step: &'static str,
    /// The attributes that it is about.
    pub attributes: Vec<String>,
}

impl Report {
    /// Explains one person by these rules, as they would be decided on at an instant by the facts of now; none where
    /// nobody is known by this id. The history ends at that instant.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn explain(
        &self,
        rules: &Rules,
        employee: &str,
        at: DateTime<Utc>,
        values: bool,
    ) -> Result<Option<Explained>, LedgerError> {
        let Some(known) = self.around(rules, employee)? else { return Ok(None) };
        let filter = Filter { employee: Some(employee.to_owned()), ..Filter::default() };
        let mut entries = self.activity(&filter, usize::MAX)?;
        entries.retain(|entry| entry.at <= at);
        let decision = rules.decide(&known.employee, &known.view, at);
        let desired = &decision.desired;
        let steps = match &decision.next {
            Next::Act(steps) => steps.iter().map(planned).collect(),
            _ => Vec::new(),
        };
        let mut coming = self.coming(rules, &self.hindrances()?, &known, at, DateTime::<Utc>::MAX_UTC)?;
        let waits = coming.waiting.pop().and_then(|waiting| waiting.waits);
        Ok(Some(Explained {
            employee: employee.to_owned(),
            at,
            account: linked(rules, &known, &decision, &entries),
            facts: self.told(&known, values)?,
            rules: rules.access.trace(&known.employee.facts, known.employee.memory.grace_from(), at),
            access: desired.access.as_str(),
            why: desired.why.text(),
            until: desired.until,
            mapping: rows(rules, &known, values),
            next: next(&decision.next),
            steps,
            waits,
            due_at: known.due_at,
            coming: coming.coming,
            history: history::steps(rules, entries),
        }))
    }

    fn told(&self, known: &Person, values: bool) -> Result<Vec<Fact>, LedgerError> {
        let since = self.since(&known.employee.id)?;
        let facts = known.employee.facts.iter().map(|(field, fact)| Fact {
            field: field.to_owned(),
            state: if fact.value.is_null() { "empty" } else { "value" },
            value: (values || field.starts_with('@')).then(|| fact.value.clone()),
            since: since.get(field).copied(),
            said_at: fact.stamp.at,
            event: fact.stamp.id.clone(),
            source: fact.stamp.source.clone(),
        });
        Ok(facts.collect())
    }
}

fn planned(step: &plan::Step) -> Planned {
    let attributes = match step {
        plan::Step::Create { profile, .. } | plan::Step::Update { changes: profile } => {
            profile.keys().cloned().collect()
        }
        _ => Vec::new(),
    };
    Planned { step: step.name(), attributes }
}

fn next(next: &Next) -> &'static str {
    match next {
        Next::Rest => "rest",
        Next::Act(_) => "act",
        Next::Look(_) => "look",
        Next::AwaitMirror => "await_mirror",
        Next::Block(_) => "block",
    }
}

/// The account, and how it was found: told by the decision where it is not linked yet, else by the history.
fn linked(rules: &Rules, known: &Person, decision: &Decision, entries: &[super::Entry]) -> Option<Linked> {
    let id = decision.account.as_ref()?;
    let view = &known.view;
    let around = view.by_identity.iter().chain(&view.by_login).map(|found| &found.account);
    let account = view.linked.iter().chain(around).find(|account| account.id == *id);
    let how = match decision.found_by(view, &rules.identity) {
        Some(name) => format!("found by its {name}, and to be linked"),
        None => history::how(entries, id),
    };
    Some(Linked {
        id: id.0.clone(),
        login: account.map(|account| account.login.clone()),
        status: account.map(|account| account.status.as_str()),
        seen_at: account.map(|account| account.seen_at),
        how,
    })
}

fn rows(rules: &Rules, known: &Person, values: bool) -> Vec<Row> {
    let (employee, account) = (&known.employee, known.view.linked.as_ref());
    let state = |field: String| {
        let state = match employee.known(&field) {
            Known::Unknown => "unknown",
            Known::Null => "empty",
            Known::Value(_) => "value",
        };
        (field, state)
    };
    let traced = rules.mapping.trace(|name| employee.known(name), account.is_none());
    let rows = traced.into_iter().map(|traced| {
        let (standing, why, value) = match traced.made {
            Made::NotNow => ("create_only", None, None),
            Made::Unknown => ("unknown", None, None),
            Made::Blocks(rule) => ("blocks", Some(rule.to_string()), None),
            Made::Omitted { rule, .. } => ("left_out", Some(rule.to_string()), None),
            Made::Value(value) => {
                let standing = account
                    .map(|account| plan::standing(&traced.attribute, &value, account, &employee.memory));
                let standing = match standing {
                    None => "new",
                    Some(Standing::Same) => "same",
                    Some(Standing::Differs) => "differs",
                    Some(Standing::Unheeded) => "unheeded",
                };
                (standing, None, Some(value))
            }
        };
        let okta = account.and_then(|account| account.profile.get(&traced.attribute)).cloned();
        Row {
            fields: traced.fields.into_iter().map(state).collect(),
            standing,
            why,
            value: value.filter(|_| values),
            okta: okta.filter(|_| values),
            attribute: traced.attribute,
        }
    });
    rows.collect()
}
