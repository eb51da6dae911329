//! What will be done for one person, and when, if HR says nothing more: the decisions of days to come.

use chrono::{DateTime, Utc};

use super::account::{Account, OktaId, Status};
use super::decide::{Decision, Next, Rules};
use super::employee::{Employee, Memory};
use super::guard::Claim;
use super::identity::View;
use super::plan::Step;

/// A decision that will be made.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// When.
    pub at: DateTime<Utc>,
    /// What will be decided then.
    pub decision: Decision,
    /// The account before that.
    pub account: Option<Account>,
    /// What we had done before that.
    pub memory: Memory,
}

impl Foreseen {
    /// What is done, a word each: `link` where an account is found, `reactivate` where it had been deactivated.
    #[must_use]
    pub fn words(&self) -> Vec<&'static str> {
        let Next::Act(steps) = &self.decision.next else { return Vec::new() };
        let was = |status| self.account.as_ref().is_some_and(|account| account.status == status);
        let mut words = Vec::new();
        if self.decision.adopt {
            words.push("link");
        }
        for step in steps {
            match step {
                Step::Create { activate: true, .. } => words.extend(["create", "activate"]),
                Step::Activate { .. } if was(Status::Deprovisioned) => {
                    words.push("reactivate");
                }
                step => words.push(step.name()),
            }
        }
        words
    }

    /// What its first call takes away, if that is limited.
    #[must_use]
    pub fn claim(&self, rules: &Rules) -> Option<Claim> {
        let Next::Act(steps) = &self.decision.next else { return None };
        rules.guard.claim(steps.first()?, &self.decision.desired, self.account.as_ref()?, &self.memory)
    }
}

impl Rules {
    /// The decision of now and those that follow until an instant, each made as if all before it had been carried
    /// out. Nobody is asked: accounts count as seen with the status that is known, and whoever has not logged in yet
    /// as having done so by a later day.
    #[must_use]
    pub fn foresee(
        &self,
        mut employee: Employee,
        mut view: View,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Vec<Foreseen> {
        let (mut foreseen, mut at) = (Vec::new(), now);
        // Without a daemon's mirror the best guess is an org without these people.
        view.mirror_loaded = true;
        loop {
            look(&mut view, at, at > now);
            let decision = self.decide(&employee, &view, at);
            if decision.adopt {
                let candidates = view.by_identity.iter().chain(&view.by_login).map(|found| &found.account);
                view.linked = candidates
                    .into_iter()
                    .find(|found| Some(&found.id) == decision.account.as_ref())
                    .cloned();
                employee.memory.link.clone_from(&decision.account);
            }
            let (account, memory) = (view.linked.clone(), employee.memory.clone());
            if let Next::Act(steps) = &decision.next {
                for step in steps {
                    employee.memory.begin(step, &decision.desired.why, at);
                    employee.memory.finish(step);
                    carry_out(step, &mut employee, &mut view, at);
                }
            }
            if matches!(decision.next, Next::Rest | Next::Act(_)) {
                let status = view.linked.as_ref().map(|account| account.status);
                employee.memory.settle_grace(&decision.desired, status, at);
            }
            // What was done, or found, can have made a later instant count: the end of a grace.
            let next = self.desired(&employee, at).until;
            foreseen.push(Foreseen { at, decision, account, memory });
            match next {
                Some(next) if next <= until => at = next,
                _ => return foreseen,
            }
        }
    }
}

/// Everybody has been looked at just now. Whoever has not logged in today has on a later day.
fn look(view: &mut View, at: DateTime<Utc>, later: bool) {
    let found = view.by_identity.iter_mut().chain(&mut view.by_login).map(|found| &mut found.account);
    for account in found.chain(&mut view.linked) {
        account.seen_at = at;
        if later && account.status == Status::Provisioned {
            account.status = Status::Active;
        }
    }
}

fn carry_out(step: &Step, employee: &mut Employee, view: &mut View, at: DateTime<Utc>) {
    if let Step::Create { profile, activate } = step {
        let id = OktaId("new".into());
        employee.memory.link = Some(id.clone());
        view.linked = Some(Account {
            id,
            login: profile.get("login").and_then(|login| login.as_str()).unwrap_or_default().to_owned(),
            status: if *activate { Status::Active } else { Status::Staged },
            created: at,
            status_changed: Some(at),
            last_updated: at,
            profile: profile.clone(),
            seen_at: at,
        });
        return;
    }
    let Some(account) = &mut view.linked else { return };
    let status = match step {
        Step::Activate { .. } | Step::Unsuspend => Status::Active,
        Step::Suspend => Status::Suspended,
        Step::Deactivate => Status::Deprovisioned,
        Step::Update { changes } => {
            account.profile.extend(changes.clone());
            account.profile.retain(|_, value| !value.is_null());
            account.status
        }
        Step::Create { .. } | Step::ClearSessions => account.status,
    };
    if status != account.status {
        account.status = status;
        account.status_changed = Some(at);
    }
}
