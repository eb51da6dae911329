//! Many decisions at a glance: what would be done, and how often.

use std::collections::BTreeMap;

use serde::Serialize;

use super::decide::{Decision, Next};
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
        };
        assert_eq!(outlook, expected);
    }
}
