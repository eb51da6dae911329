//! Calls that change a user: one per step of a plan.

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::Serialize;
use serde_json::{Map, Value};

use super::call::Op;
use super::cause::Sent;
use super::client::{Client, with_body};
use super::error::Fault;
use super::gate::{Permit, Waiter};
use super::wire::User;
use crate::domain::account::{Account, OktaId, Profile};
use crate::domain::plan::Step;
use crate::domain::urgency::Urgency;

/// What Okta answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The account as it is now, if the answer shows it: of a create, an update, or a get that found it.
    pub account: Option<Account>,
    /// Okta's id of the request.
    pub request_id: Option<String>,
    /// When, by Okta's clock.
    pub at: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
struct Body<'a> {
    profile: &'a Profile,
}

impl Client {
    /// Waits for leave to perform a step that has been wanted `since` then; an error says that its
    /// budget is spent, and until when.
    pub fn admit(&self, step: &Step, urgency: Urgency, since: DateTime<Utc>) -> Waiter {
        self.inner.gate.queue(Op::from(step).bucket(), urgency, since)
    }

    /// Performs a step, in one attempt. All but a create need the account's id.
    ///
    /// # Errors
    /// If it was not done, or may not have been: the fault's verdict says which.
    pub async fn perform(&self, step: &Step, id: Option<&OktaId>, permit: Permit) -> Result<Answer, Fault> {
        let op = Op::from(step);
        let path = match (step, id) {
            (Step::Create { activate, .. }, _) => format!("/api/v1/users?activate={activate}"),
            // An id goes into the path: one that is none could turn one call into another.
            (_, Some(id)) if is_id(&id.0) => format!("/api/v1/users/{id}{}", tail(step)),
            _ => return Err(Fault::blocked(op, "not sent, as there is no Okta id, or it is not one")),
        };
        let (body, sent) = match step {
            Step::Create { profile, .. } | Step::Update { changes: profile } => {
                let body = serde_json::to_vec(&Body { profile })
                    .map_err(|_| Fault::blocked(op, "not sent, as the profile cannot be written as JSON"))?;
                (Some(body), Sent::Profile(profile))
            }
            _ => (None, Sent::Nothing),
        };
        let method = if *step == Step::ClearSessions { Method::DELETE } else { Method::POST };
        let reply = self.send(op, with_body(self.request(method, &path), body), sent, permit).await?;
        let account = if op.is_state_change() {
            // `{}`, or a token of an activation; nothing, if it says so. A page of some proxy is no success.
            if reply.status != 204 && reply.json::<Map<String, Value>>()?.contains_key("errorCode") {
                return Err(reply.unreadable());
            }
            None
        } else {
            let account = reply.json::<User>()?.account(&self.inner.attributes, self.inner.gate.now());
            let ours = |account: &Account| op == Op::Create || Some(&account.id) == id;
            Some(account.filter(ours).ok_or_else(|| reply.unreadable())?)
        };
        Ok(Answer { account, request_id: reply.request_id, at: reply.at })
    }
}

fn tail(step: &Step) -> &'static str {
    match step {
        Step::Create { .. } | Step::Update { .. } => "",
        Step::Activate { send_email: true } => "/lifecycle/activate?sendEmail=true",
        Step::Activate { send_email: false } => "/lifecycle/activate?sendEmail=false",
        Step::Suspend => "/lifecycle/suspend",
        Step::Unsuspend => "/lifecycle/unsuspend",
        Step::ClearSessions => "/sessions?oauthTokens=true",
        Step::Deactivate => "/lifecycle/deactivate",
    }
}

/// Whether this is fit for a path and for a log line.
pub(super) fn is_id(id: &str) -> bool {
    !id.is_empty() && id != "me" && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
