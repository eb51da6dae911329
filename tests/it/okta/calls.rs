//! Every kind of call that the client makes, and what came of it as one letter, for tables.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use okta_provisioner::domain::account::{OktaId, Profile};
use okta_provisioner::domain::plan::Step;
use okta_provisioner::domain::urgency::Urgency;
use okta_provisioner::okta::{Client, Fault, Verdict};

/// In the order of the letters in a row of a table: two that send a profile, five that only move a user from
/// one state to another, five that read.
pub const CALLS: [&str; 12] = [
    "create",
    "update",
    "activate",
    "suspend",
    "unsuspend",
    "clear sessions",
    "deactivate",
    "get",
    "search",
    "list",
    "owner",
    "schema",
];

/// What the letters mean.
pub const LEGEND: &str =
    "B block, H halt, L later, M in a minute, N nobody, O done, R reread, W when the window is over";

/// A client whose clock leaps an hour at every look: no window that it has seen is still open.
pub fn forgetful(origin: &str) -> Client {
    let mut options = super::options(origin);
    let looks = AtomicI64::new(0);
    options.now = Arc::new(move || super::now() + TimeDelta::hours(looks.fetch_add(1, Ordering::SeqCst)));
    Client::new(options).expect("a client")
}

/// Makes this call, about user `00u1`; tells whether it found what it looked for.
pub async fn make(client: &Client, call: &str) -> Result<bool, Fault> {
    let profile = Profile::new();
    let step = match call {
        "create" => Step::Create { profile, activate: true },
        "update" => Step::Update { changes: profile },
        "activate" => Step::Activate { send_email: true },
        "suspend" => Step::Suspend,
        "unsuspend" => Step::Unsuspend,
        "clear sessions" => Step::ClearSessions,
        "deactivate" => Step::Deactivate,
        "list" => {
            return client
                .list(None, None, client.admit_list(super::now()).await.expect("a permit"))
                .await
                .map(|_| true);
        }
        "owner" => return client.me().await.map(|_| true),
        "schema" => return client.schema().await.map(|_| true),
        "get" | "search" => {
            let key = if call == "get" { "00u1" } else { "a/b@x.com" };
            let permit = client.admit_get(key, Urgency::Change, super::now()).await.expect("a permit");
            return client.get(key, permit).await.map(|answer| answer.account.is_some());
        }
        _ => panic!("no call {call}"),
    };
    let permit = client.admit(&step, Urgency::Change, super::now()).await.expect("a permit");
    client.perform(&step, Some(&OktaId("00u1".to_owned())), permit).await.map(|_| true)
}

/// What came of a call.
pub fn letter(result: &Result<bool, Fault>) -> char {
    let verdict = match result {
        Ok(true) => return 'O',
        Ok(false) => return 'N',
        Err(fault) => fault.verdict,
    };
    match verdict {
        Verdict::Block => 'B',
        Verdict::Halt => 'H',
        Verdict::Reread => 'R',
        Verdict::Retry { after: None } => 'L',
        Verdict::Retry { after: Some(after) } if after == Duration::from_mins(1) => 'M',
        Verdict::Retry { .. } => 'W',
    }
}
