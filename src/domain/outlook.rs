//! Many decisions at a glance: what would be done, and how often.

use std::collections::BTreeMap;

use serde::Serialize;

use super::decide::{Decision, Next};
use super::guard::{Effect, Guard};
use super::plan::Step;

/// How many people need what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outlook {
    /// Everybody.
    pub people: u64,
    /// Whose account is as it should be, or who is to have none.
    pub agree: u64,
    /// Who would be linked to an account that exists.
    pub adopt: u64,
    /// By the step; somebody may need several.
    pub steps: BTreeMap<&'static str, u64>,
    /// How many accounts would change in which attribute.
    pub attributes: BTreeMap<String, u64>,
    /// Whose account must be read first to tell.
    pub unclear: u64,
    /// Who waits for facts or an operator, by the reason.
    pub blocked: BTreeMap<&'static str, u64>,
    /// From how many people something would be taken that is limited, by what it is.
    pub taken: BTreeMap<&'static str, u64>,
    /// How many of them a limit would hold if nothing else were taken meanwhile; limits of a field's value left out.
    pub held: u64,
    /// How many accounts are in use, of which limits are shares.
    #[serde(skip)]
    in_use: u32,
}

impl Outlook {
    /// Counts one decision.
    pub fn add(&mut self, decision: &Decision) {
        self.people += 1;
        self.adopt += u64::from(decision.adopt);
        match &decision.next {
            Next::Rest => self.agree += 1,
            Next::Look(_) | Next::AwaitMirror => self.unclear += 1,
            Next::Block(block) => *self.blocked.entry(block.code()).or_default() += 1,
            Next::Act(steps) => steps.iter().for_each(|step| self.count(step)),
        }
    }

    /// Counts what one person has to lose: whether an account is in use, and what would be taken of it.
    pub fn take(&mut self, in_use: bool, effect: Option<Effect>) {
        self.in_use += u32::from(in_use);
        if let Some(effect) = effect {
            *self.taken.entry(effect.as_str()).or_default() += 1;
        }
    }

    /// Everybody has been counted: what the limits say.
    pub fn limit(&mut self, guard: &Guard) {
        for effect in Effect::ALL {
            let limit = guard.limit(effect);
            // A share of all is no limit.
            if limit.share < 1.0 {
                let taken = self.taken.get(effect.as_str()).copied().unwrap_or_default();
                self.held += taken.saturating_sub(limit.of(self.in_use).into());
            }
        }
    }

    fn count(&mut self, step: &Step) {
        *self.steps.entry(step.name()).or_default() += 1;
        if let Step::Update { changes } = step {
            for attribute in changes.keys() {
                *self.attributes.entry(attribute.clone()).or_default() += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::access::{Access, Desired, Why};
    use crate::domain::block::Block;
    use crate::domain::guard::Limit;

    fn decision(next: Next) -> Decision {
        let desired = Desired {
            access: Access::Active,
            why: Why::Employed,
            until: None,
            in_scope: true,
            provision_at: None,
            leave_date: None,
            revoked: false,
        };
        Decision { desired, account: None, adopt: matches!(next, Next::Rest), omitted: Vec::new(), next }
    }

    #[test]
    fn each_person_is_counted_once_and_each_step() {
        let changes = [("title".to_owned(), json!("Cook")), ("city".to_owned(), json!(null))];
        let update = Step::Update { changes: changes.into_iter().collect() };
        let mut outlook = Outlook::default();
        for next in [
            Next::Rest,
            Next::Act(vec![update.clone()]),
            Next::Act(vec![Step::Activate { send_email: true }, update]),
            Next::Act(vec![Step::Deactivate]),
            Next::Block(Block::NoStartDate),
            Next::AwaitMirror,
        ] {
            outlook.add(&decision(next));
        }
        let expected = Outlook {
            people: 6,
            agree: 1,
            adopt: 1,
            steps: [("activate", 1), ("deactivate", 1), ("update", 2)].into(),
            attributes: [("city".into(), 2), ("title".into(), 2)].into(),
            unclear: 1,
            blocked: [("no_start_date", 1)].into(),
            ..Outlook::default()
        };
        assert_eq!(outlook, expected);
    }

    #[test]
    fn who_is_over_a_limit_would_be_held() {
        let mut outlook = Outlook::default();
        for n in 0..400 {
            let effect = [(30, Effect::Cut), (40, Effect::Rename)].into_iter().find(|(to, _)| n < *to);
            outlook.take(n % 2 == 0, effect.map(|(_, effect)| effect));
        }
        let guard = Guard::default();
        outlook.limit(&guard);
        assert_eq!(outlook.taken, [("cut", 30), ("rename", 10)].into());
        assert_eq!(outlook.held, 20, "5 in a hundred of 200 are 10");
        outlook.held = 0;
        outlook.limit(&Guard { cuts: Limit { count: 0, share: 1.0 }, ..guard });
        assert_eq!(outlook.held, 0);
    }
}
