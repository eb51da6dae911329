//! What a failed call means for the person's turn.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{Flow, Turn};
use crate::domain::access::Desired;
use crate::domain::block::Block;
use crate::domain::decide::Look;
use crate::domain::employee::Doubt;
use crate::domain::plan::Step;
use crate::ledger::{Waiting, code};
use crate::okta::{Fault, Verdict};
use crate::retry;

/// Work that has been wanted for this long is an alarm.
const OLD: TimeDelta = TimeDelta::hours(1);

impl Turn<'_> {
    /// A step failed.
    pub(super) async fn fault(&mut self, step: &Step, fault: Fault, desired: &Desired) -> Flow {
        // Of a halt only if Okta itself says so: something between may stand where the answer was.
        let certain = match fault.verdict {
            Verdict::Retry { .. } | Verdict::Block => true,
            Verdict::Halt => fault.code.is_some(),
            Verdict::Reread => false,
        };
        if certain && matches!(step, Step::Create { .. }) {
            // Nothing was done: no question is left open. What we meant to cut stays ours.
            self.person.employee.memory.creating = None;
        }
        if certain {
            self.undone = self.counted.take();
        }
        if certain && step.is_cut() {
            self.person.employee.memory.doubt = None;
        }
        // The one refusal of an update after which there is something to read, which is not the account.
        let taken = match step {
            Step::Update { changes } if fault.attributes.iter().any(|name| name == "login") => {
                changes.get("login").and_then(Value::as_str)
            }
            _ => None,
        };
        if !certain && taken.is_none() && !matches!(step, Step::Create { .. }) {
            // Written down with the turn, however that ends: no later one repeats the step blindly.
            self.person.employee.memory.doubt = Some(Doubt::of(step, desired.why.text()));
        }
        if let Some(flow) = self.stopped(&fault).await {
            return flow;
        }
        match fault.verdict {
            Verdict::Reread if self.rereads > 0 => self.retry(&fault, None),
            Verdict::Reread => {
                self.rereads += 1;
                tracing::debug!(employee = self.person.employee.id, reason = %fault, "reading what holds now");
                match (taken, self.person.employee.memory.link.clone()) {
                    (Some(login), _) => Box::pin(self.look(Look::Login(login.to_owned()))).await,
                    (None, Some(id)) => Box::pin(self.look(Look::Id(id))).await,
                    // The intent to create makes the next decision look by login.
                    (None, None) => Flow::Again,
                }
            }
            Verdict::Retry { after } => self.retry(&fault, after),
            Verdict::Block => {
                // What was sent does not fit, or an attribute is read-only.
                if let Some("E0000001" | "E0000075" | "E0000076" | "E0000077" | "E0000078" | "E0000081") =
                    fault.code.as_deref()
                {
                    self.engine.doubt_schema();
                }
                Flow::Block(Block::Refused { answer: fault.to_string() })
            }
            Verdict::Halt => Flow::Wait { until: self.now(), waiting: None, failed: false },
        }
    }

    /// A read failed.
    pub(super) async fn get_failed(&mut self, fault: Fault) -> Flow {
        if let Some(doubt) = &mut self.person.employee.memory.doubt {
            doubt.failed_looks = doubt.failed_looks.saturating_add(1);
        }
        if let Some(flow) = self.stopped(&fault).await {
            return flow;
        }
        match fault.verdict {
            Verdict::Block => Flow::Block(Block::Refused { answer: fault.to_string() }),
            Verdict::Retry { after } => self.retry(&fault, after),
            Verdict::Reread | Verdict::Halt => self.retry(&fault, None),
        }
    }

    /// While calls are stopped nobody's attempts are burned.
    async fn stopped(&self, fault: &Fault) -> Option<Flow> {
        let halted = self.engine.failed(&self.person.employee.id, fault).await;
        halted.then(|| Flow::Wait { until: self.now(), waiting: Some(Waiting::Retry), failed: false })
    }

    fn retry(&mut self, fault: &Fault, after: Option<Duration>) -> Flow {
        let attempt = self.attempts + 1;
        let until = self.next_attempt(after.unwrap_or_default());
        let mut activity = self.activity(code::RETRYING, fault.to_string());
        activity.attempt = Some(attempt);
        activity.request_id.clone_from(&fault.request_id);
        self.activities.push(activity);
        if self.now() - self.person.since > OLD {
            tracing::error!(
                code = "employee.overdue",
                employee = self.person.employee.id,
                attempt,
                reason = %fault,
                "wanted for more than an hour and still failing: look at the reason"
            );
        }
        Flow::Wait { until, waiting: Some(Waiting::Retry), failed: true }
    }

    /// When to try again: after the usual delay for so many failures, and not before `least`.
    pub(super) fn next_attempt(&self, least: Duration) -> DateTime<Utc> {
        let delay = retry::delay(self.attempts + 1, &retry::CALLS).max(least);
        self.now() + TimeDelta::from_std(delay).unwrap_or(TimeDelta::MAX)
    }
}
