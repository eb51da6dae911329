//! One turn of work on one person: decide, make the first call of the plan, decide again, until
//! nothing differs or something must be waited for.

mod end;
mod fault;
mod guard;
mod look;
mod pause;
mod step;
mod verify;

use chrono::{DateTime, TimeDelta, Utc};

use self::end::{End, REFUSED_CUT};
pub(super) use self::verify::Waits;
use super::lanes::Ended;
use super::{Engine, announce};
use crate::domain::access::{Desired, Why};
use crate::domain::account::{Account, OktaId};
use crate::domain::block::Block;
use crate::domain::decide::{Decision, Look, Next};
use crate::domain::guard::Effect;
use crate::domain::plan::Step;
use crate::domain::urgency::Urgency;
use crate::ledger::{Activity, Intent, Person, Waiting, code};
use crate::okta::{Permit, Spent, Waiter};

/// A plan that does not come to an end is a fault of ours; it must not become a storm of calls.
const MOST_CALLS: u32 = 12;
/// How often a cut looks whether Okta has said by now whom it trusts.
const TRUST: TimeDelta = TimeDelta::seconds(5);
/// With clocks this far apart nobody can tell whether a leave moment has come.
pub const SKEW: TimeDelta = TimeDelta::minutes(5);

/// Takes one turn and writes down how it ended.
pub(super) async fn take(engine: &Engine, person: Person) -> Ended {
    let (employee, urgency) = (person.employee.id.clone(), person.urgency);
    let revision = person.revision;
    let mut turn = Turn::new(engine, person);
    let end = turn.work().await;
    let spent = turn.spent;
    // Where the budget let nothing be done there is nothing to write down: the person is as due as before.
    if spent.is_none() || turn.calls > 0 {
        let waits_for_hr = end.waiting == Some(Waiting::Hr);
        turn.settle(end).await;
        if waits_for_hr {
            engine.reading.ring();
        }
    }
    Ended { employee, urgency, spent: spent.map(|spent| (revision, spent)) }
}

struct Turn<'e> {
    engine: &'e Engine,
    person: Person,
    /// Failed attempts in a row for the present wish.
    attempts: u32,
    /// Shown by Okta's answers and not yet written down.
    accounts: Vec<Account>,
    gone: Option<OktaId>,
    activities: Vec<Activity>,
    calls: u32,
    /// How many of them an activity has accounted for.
    told: u32,
    /// Answers in a row that left us not knowing.
    rereads: u32,
    /// The budget for the next call, where it is spent.
    spent: Option<Spent>,
    omitted: Option<String>,
    /// What would hold the person, while nothing is done.
    would_hold: Option<Block>,
    /// What the last call takes away, as far as it counts.
    counted: Option<Effect>,
    /// What was counted and did not come to pass.
    undone: Option<Effect>,
    /// From when on the present wish has been called for.
    called_for: Option<DateTime<Utc>>,
    /// The rule that calls for it.
    why: Option<Why>,
}

/// What follows a call.
enum Flow {
    /// Decide again.
    Again,
    /// Wait until then, for this.
    Wait { until: DateTime<Utc>, waiting: Option<Waiting>, failed: bool },
    /// Wait for facts or an operator.
    Block(Block),
    /// Wait for the budget of the next call.
    Spent(Spent),
}

impl<'e> Turn<'e> {
    fn new(engine: &'e Engine, person: Person) -> Self {
        Self {
            engine,
            attempts: person.attempts,
            omitted: None,
            called_for: None,
            why: None,
            would_hold: None,
            counted: None,
            undone: None,
            person,
            accounts: Vec::new(),
            gone: None,
            activities: Vec::new(),
            calls: 0,
            told: 0,
            rereads: 0,
            spent: None,
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.engine.clock.now()
    }

    async fn work(&mut self) -> End {
        loop {
            let now = self.now();
            let rules = self.engine.ledger.rules();
            let mut decision = rules.decide(&self.person.employee, &self.person.view, now);
            self.meet(&decision);
            let paused = self.paused(&mut decision.next);
            let flow = match decision.next {
                _ if let Some(flow) = self.verify(&decision, now) => flow,
                Next::Act(_) if let Some(pause) = paused => return self.park(decision.desired, &pause),
                _ if let Some(flow) = self.guard(&decision, now).await => flow,
                Next::Look(_) | Next::Act(_) if self.calls >= MOST_CALLS => {
                    tracing::error!(
                        code = "plan.endless",
                        employee = self.person.employee.id,
                        "the plan does not come to an end; tried again later"
                    );
                    let until = now + REFUSED_CUT;
                    Flow::Wait { until, waiting: Some(Waiting::Retry), failed: true }
                }
                Next::Rest => return self.rest(decision.desired, now),
                Next::Block(block) => Flow::Block(block),
                Next::AwaitMirror => return self.wait(decision.desired, None, Some(Waiting::Mirror), false),
                Next::Look(look) => self.look(look).await,
                Next::Act(steps) if self.engine.is_observing() => {
                    return self.observe(decision.desired, &steps);
                }
                Next::Act(steps) => match steps.into_iter().next() {
                    Some(step) => self.act(step, &decision.desired).await,
                    None => return self.rest(decision.desired, now),
                },
            };
            match flow {
                Flow::Again => {}
                Flow::Wait { until, waiting, failed } => {
                    return self.wait(decision.desired, Some(until), waiting, failed);
                }
                Flow::Block(block) => return self.blocked(decision.desired, block, now),
                Flow::Spent(spent) => {
                    let now = self.now();
                    self.spent = Some(spent);
                    return self.wait(decision.desired, Some(now), None, false);
                }
            }
        }
    }

    /// What a decision says besides its calls.
    fn meet(&mut self, decision: &Decision) {
        self.called_for = decision.desired.called_for();
        self.why = Some(decision.desired.why.clone());
        if self.person.access.as_deref() != Some(decision.desired.access.as_str()) {
            // Another wish: its attempts start afresh, and nobody has allowed anything for it.
            self.attempts = 0;
            self.person.employee.memory.reactivate = None;
            self.person.access = Some(decision.desired.access.as_str().to_owned());
        }
        if decision.adopt
            && let Some(id) = &decision.account
        {
            let rules = self.engine.ledger.rules();
            let how = decision.found_by(&self.person.view, &rules.identity).unwrap_or_default();
            let view = &mut self.person.view;
            let candidates = view.by_identity.iter().chain(&view.by_login);
            view.linked = candidates.map(|c| &c.account).find(|account| account.id == *id).cloned();
            self.person.employee.memory.link = Some(id.clone());
            let why = format!("{}; found by its {how}", decision.desired.why.text());
            let adopted = self.activity(code::ADOPTED, why);
            self.activities.push(adopted);
        }
        let omitted: Vec<_> = decision.omitted.iter().map(ToString::to_string).collect();
        self.omitted = (!omitted.is_empty()).then(|| omitted.join("; "));
        if self.omitted.is_some() && self.omitted != self.person.omitted {
            let mut activity = self.activity(code::INCOMPLETE, self.omitted.clone().unwrap_or_default());
            activity.fields = decision.omitted.iter().map(|refusal| refusal.attribute.clone()).collect();
            activity.lag_ms = None;
            self.activities.push(activity);
            self.person.omitted.clone_from(&self.omitted);
        }
    }

    async fn act(&mut self, step: Step, desired: &Desired) -> Flow {
        if step.is_cut() {
            if let Some(until) = self.engine.trust_awaited(self.now()) {
                let until = until.min(self.now() + TRUST);
                return Flow::Wait { until, waiting: Some(Waiting::Retry), failed: false };
            }
            if let Some(flow) = self.clocks_apart().await {
                return flow;
            }
        }
        let urgency = self.urgency(desired);
        let permit = match self.permit(self.engine.okta.admit(&step, urgency, self.person.since)).await {
            Ok(permit) => permit,
            Err(flow) => return flow,
        };
        // An operator may have said so while it waited its turn.
        if self.engine.is_observing() || self.pause_against(&step).is_some() {
            return Flow::Again;
        }
        if let Some(flow) = self.intend(&step, desired).await {
            return flow;
        }
        self.calls += 1;
        let id = self.person.employee.memory.link.clone();
        match self.engine.okta.perform(&step, id.as_ref(), permit).await {
            Ok(answer) => {
                self.engine.succeeded();
                self.done(&step, answer, desired.why.text())
            }
            Err(fault) => self.fault(&step, fault, desired).await,
        }
    }

    /// What to do instead of a cut while nobody can tell whether its time has come.
    async fn clocks_apart(&mut self) -> Option<Flow> {
        let agree = self.engine.okta.skew().map(|skew| skew.abs() <= SKEW);
        if agree == Some(true) {
            return None;
        }
        if let Some(id) = self.person.employee.memory.link.clone().filter(|_| self.calls == 0) {
            // Only an answer tells.
            return Some(self.look(Look::Id(id)).await);
        }
        // No answer has a date: then there is nothing to go by but our own clock.
        agree?;
        tracing::error!(
            code = "clock.apart",
            employee = self.person.employee.id,
            "our clock and Okta's differ by more than 5 minutes: nobody is cut until they agree; set the clock"
        );
        let until = self.now() + TimeDelta::minutes(1);
        Some(Flow::Wait { until, waiting: Some(Waiting::Retry), failed: false })
    }

    /// The urgency of what is being done, which is another one than before when facts changed.
    fn urgency(&self, desired: &Desired) -> Urgency {
        if desired.access.is_cut() { Urgency::Leaver } else { self.person.urgency }
    }

    /// Waits for a permit, unless calls are stopped.
    async fn permit(&self, waiter: Waiter) -> Result<Permit, Flow> {
        tokio::select! {
            biased;
            () = self.engine.stop.cancelled() => {}
            () = self.engine.halted() => {}
            answer = self.engine.permit(waiter) => return answer.map_err(Flow::Spent),
        }
        Err(Flow::Wait { until: self.now(), waiting: None, failed: false })
    }

    /// Writes down what is about to be tried, and whatever earlier calls have shown; and tells what to do instead,
    /// if it may not be tried any more.
    async fn intend(&mut self, step: &Step, desired: &Desired) -> Option<Flow> {
        let now = self.now();
        let claim = self.claim(step, desired);
        let before = self.person.employee.memory.clone();
        self.remember(step, desired, now);
        let unwritten = before != self.person.employee.memory
            || self.calls > 0
            || !self.activities.is_empty()
            || claim.is_some();
        if !unwritten {
            return None;
        }
        let engine = self.engine;
        let (employee, accounts) = (&self.person.employee, &self.accounts);
        let activities = &self.activities;
        let intent = engine
            .write("an intent", || {
                engine.ledger.intend(employee, accounts.clone(), activities.clone(), claim.clone(), now)
            })
            .await;
        if let Intent::Held(block) = intent {
            self.person.employee.memory = before;
            return Some(Flow::Block(block));
        }
        self.accounts.clear();
        self.activities.drain(..).for_each(|activity| announce(&activity));
        match intent {
            Intent::Kept(counted) => {
                self.counted = counted;
                None
            }
            // An operator has moved the link: what was decided was about another account.
            _ => Some(Flow::Wait { until: self.now(), waiting: None, failed: false }),
        }
    }

    fn activity(&mut self, name: &'static str, reason: impl Into<String>) -> Activity {
        let now = self.now();
        let mut activity = Activity::new(name, now).about(&self.person.employee.id).because(reason);
        activity.okta_id.clone_from(&self.person.employee.memory.link);
        activity.calls = self.calls - self.told;
        self.told = self.calls;
        // A day that was still to come when HR spoke is what the person waited for.
        let since =
            self.called_for.filter(|at| *at <= now).map_or(self.person.since, |at| at.max(self.person.since));
        activity.lag_ms = Some((now - since).num_milliseconds().max(0));
        activity
    }
}
