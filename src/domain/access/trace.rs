//! How the rules came to their answer, one by one.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::{AccessRules, Cut, Ends, Facts, OnLeave, Person, ProvisionOn};
use crate::domain::field;

/// The rules of access; the first that has something to say decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The employee file was deleted.
    Deleted,
    /// HR does not know the person any more.
    Gone,
    /// A leave date has passed, or the status says so.
    Left,
    /// HR revoked access.
    Revoked,
    /// The person is not managed, or nobody can tell.
    Scope,
    /// The employment will not begin.
    NoShow,
    /// Nobody can tell when the person starts.
    StartKnown,
    /// The provision moment is still to come.
    NotYet,
    /// The first day is still to come.
    BeforeStart,
    /// On leave.
    OnLeave,
    /// Nothing of all that.
    Employed,
}

impl Rule {
    /// In their order.
    pub const ALL: [Rule; 11] = [
        Rule::Deleted,
        Rule::Gone,
        Rule::Left,
        Rule::Revoked,
        Rule::Scope,
        Rule::NoShow,
        Rule::StartKnown,
        Rule::NotYet,
        Rule::BeforeStart,
        Rule::OnLeave,
        Rule::Employed,
    ];

    /// For people: what it asks.
    #[must_use]
    pub fn asks(self) -> &'static str {
        match self {
            Rule::Deleted => "file deleted?",
            Rule::Gone => "unknown to HR?",
            Rule::Left => "left?",
            Rule::Revoked => "access revoked?",
            Rule::Scope => "out of scope?",
            Rule::NoShow => "never starts?",
            Rule::StartKnown => "start unknown?",
            Rule::NotYet => "provisioned later?",
            Rule::BeforeStart => "starts later?",
            Rule::OnLeave => "on leave?",
            Rule::Employed => "employed?",
        }
    }
}

/// What one rule said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Traced {
    /// The rule.
    pub rule: Rule,
    /// Whether it decided.
    pub verdict: Verdict,
    /// Why, by the names of fields and the instants that count, without other values; empty where it was not asked.
    pub why: String,
}

/// Whether a rule decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It did not apply.
    Passed,
    /// It decided.
    Matched,
    /// One before it had decided.
    NotAsked,
}

impl AccessRules {
    /// The way to what [`AccessRules::desired`] says for the same facts: every rule in its order.
    #[must_use]
    pub fn trace(&self, facts: &Facts, cut: Option<Cut>, now: DateTime<Utc>) -> Vec<Traced> {
        let person = Person::read(self, facts, cut);
        let mut decided = false;
        let trace = Rule::ALL.into_iter().map(|rule| {
            if decided {
                return Traced { rule, verdict: Verdict::NotAsked, why: String::new() };
            }
            match person.judge(rule, now) {
                Some((_, why)) => {
                    decided = true;
                    let since = why.since().map(|at| format!(", {}", time(at))).unwrap_or_default();
                    Traced { rule, verdict: Verdict::Matched, why: why.text() + &since }
                }
                None => Traced { rule, verdict: Verdict::Passed, why: person.why_not(rule, facts, now) },
            }
        });
        trace.collect()
    }
}

impl Person<'_> {
    /// Why a rule that did not decide did not.
    fn why_not(&self, rule: Rule, facts: &Facts, now: DateTime<Utc>) -> String {
        let marker = |name, never: &str, back: &str| {
            facts.get(name).map_or(never.to_owned(), |fact| format!("{back} {}", time(fact.stamp.at)))
        };
        match rule {
            Rule::Deleted => marker(field::DELETED, "HR has told of no deletion", "the file was there"),
            Rule::Gone => marker(field::GONE, "HR has never said so", "HR knew the person"),
            Rule::Left => self.why_not_left(facts, now),
            Rule::Revoked => match self.revoked {
                Some((at, Some(until))) => {
                    format!("revoked {}, and over since the start {}", time(at), time(until))
                }
                Some((at, None)) => format!("revoked {}", time(at)),
                None => match facts.get(field::REVOKED) {
                    None => "HR has revoked nothing".into(),
                    Some(fact) if fact.value == true => {
                        format!("revoked {}, and HR has taken that back since", time(fact.stamp.at))
                    }
                    Some(fact) => format!("restored {}", time(fact.stamp.at)),
                },
            },
            Rule::Scope => "in scope".into(),
            Rule::NoShow => "no leave date takes the start back".into(),
            Rule::StartKnown => format!("{} and the time zone are known", field::START),
            Rule::NotYet => match self.provision_at {
                Some(at) if self.policy.provision_on == ProvisionOn::StartDate => {
                    format!("the provision moment was {}", time(at))
                }
                _ => "access.provision_on is creation".into(),
            },
            Rule::BeforeStart if self.always_active() => "access.status is always_active".into(),
            Rule::BeforeStart => self.start_at.map(|at| format!("started {}", time(at))).unwrap_or_default(),
            Rule::OnLeave if !self.on_leave => "HR's status is no leave of absence".into(),
            Rule::OnLeave if self.policy.on_leave == OnLeave::Keep => "access.on_leave is keep".into(),
            Rule::OnLeave => "access.status is always_active".into(),
            Rule::Employed => String::new(),
        }
    }

    /// Each leave date by itself.
    fn why_not_left(&self, facts: &Facts, now: DateTime<Utc>) -> String {
        let mut said = Vec::new();
        for name in field::LEAVES {
            let Some((_, told)) = facts.date(name) else { continue };
            said.push(match self.leaves.iter().find(|leave| leave.field == name) {
                Some(leave) => match leave.ends {
                    Ends::Earlier(until) if until <= now => {
                        format!("{name} ended the employment before the one from {}", time(until))
                    }
                    _ => format!("{name} is still to come, {}", time(leave.from)),
                },
                None if self.rehired > Some(told) => format!("{name} is of the employment before the rehire"),
                None => format!("{name} ended an earlier employment"),
            });
        }
        if said.is_empty() {
            let status = if self.left_by_status.is_some() { ", and dates decide" } else { "" };
            return format!("HR has told of no leave{status}");
        }
        said.join("; ")
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
