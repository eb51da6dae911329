//! Asking Okta when we no longer know.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::step::shows;
use super::{Flow, Turn};
use crate::domain::account::OktaId;
use crate::domain::decide::Look;
use crate::domain::employee::Doubt;
use crate::domain::field;
use crate::ledger::{Waiting, code};
use crate::okta::Answer;

/// A linked account is gone only if Okta says so twice, this far apart.
const GONE: TimeDelta = TimeDelta::seconds(60);
/// Reads by login may lag behind a create.
const LAG: Duration = Duration::from_secs(2);
/// How far Okta's clock may be behind ours when an account is ours by its age.
const CLOCKS: TimeDelta = TimeDelta::minutes(1);

impl Turn<'_> {
    /// Gets the account, and takes in what it shows.
    pub(super) async fn look(&mut self, look: Look) -> Flow {
        let key = match &look {
            Look::Id(id) => &id.0,
            Look::Login(login) => login,
        };
        let urgency = self.person.urgency;
        let waiter = self.engine.okta.admit_get(key, urgency, self.person.since);
        let permit = match self.permit(waiter).await {
            Ok(permit) => permit,
            Err(flow) => return flow,
        };
        self.calls += 1;
        let answer = match self.engine.okta.get(key, permit).await {
            Ok(answer) => answer,
            Err(fault) => return self.get_failed(fault).await,
        };
        self.engine.answered();
        match look {
            Look::Id(id) => self.seen(&id, answer),
            Look::Login(_) if self.person.employee.memory.creating.is_some() => self.created(answer),
            Look::Login(_) => self.holder(answer),
        }
    }

    /// The linked account, or its absence.
    fn seen(&mut self, id: &OktaId, answer: Answer) -> Flow {
        let now = self.now();
        let memory = &mut self.person.employee.memory;
        if let Some(account) = &answer.account {
            memory.missing_since = None;
            match memory.doubt.take() {
                Some(Doubt { step, why, .. }) if shows(&step, account) => {
                    return self.done(&step, answer, format!("{why} (found done when read again)"));
                }
                _ => self.show(account.clone()),
            }
            return Flow::Again;
        }
        let since = *memory.missing_since.get_or_insert(now);
        if now < since + GONE {
            return Flow::Wait { until: since + GONE, waiting: Some(Waiting::Retry), failed: false };
        }
        memory.missing_since = None;
        memory.link = None;
        memory.doubt = None;
        memory.forget_cut();
        self.person.view.linked = None;
        self.gone = Some(id.clone());
        let mut activity = self
            .activity(code::DRIFT, "gone: the linked account no longer exists in Okta; the link is undone");
        activity.okta_id = Some(id.clone());
        self.activities.push(activity);
        // Who else may be the person's account is not in this turn's view.
        Flow::Wait { until: now, waiting: None, failed: false }
    }

    /// The outcome of a create whose reply we do not have.
    fn created(&mut self, answer: Answer) -> Flow {
        let employee = &mut self.person.employee;
        let Some(creating) = &mut employee.memory.creating else { return Flow::Again };
        let Some(account) = answer.account else {
            creating.misses += 1;
            if creating.misses < 2 {
                return Flow::Wait {
                    until: self.next_attempt(LAG),
                    waiting: Some(Waiting::Retry),
                    failed: true,
                };
            }
            employee.memory.creating = None;
            return Flow::Again;
        };
        let rules = self.engine.ledger.rules();
        let identity = account.profile.get(&rules.identity.attribute);
        let ours = match identity.and_then(|value| value.as_str()) {
            Some(id) => id == employee.id,
            None => account.created >= creating.at - CLOCKS,
        };
        employee.memory.creating = None;
        if !ours {
            return self.holder(Answer { account: Some(account), ..answer });
        }
        employee.memory.link = Some(account.id.clone());
        self.show(account);
        let start = self.person.employee.facts.get(field::START).map(|fact| Arc::clone(&fact.stamp));
        let mut activity = self
            .activity(code::CREATED, "found by its login after a reply was lost")
            .following(start.as_deref());
        activity.request_id = answer.request_id;
        self.activities.push(activity);
        Flow::Again
    }

    /// Whoever has the login that we wanted: the mirror learns of it, and the next decision sees it.
    pub(super) fn holder(&mut self, answer: Answer) -> Flow {
        let Some(account) = answer.account else {
            return Flow::Wait { until: self.next_attempt(LAG), waiting: Some(Waiting::Retry), failed: true };
        };
        self.accounts.push(account);
        // Whose it is, is not in this turn's view.
        Flow::Wait { until: self.now(), waiting: None, failed: false }
    }
}
