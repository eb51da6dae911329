//! One log line per decision: stable code, names and ids, never a value.

use tracing::Level;

use crate::ledger::{Activity, code};

/// The first attempt whose failure is worth a look.
const WORTH_A_LOOK: u32 = 3;

/// Logs a decision, at the level that its code calls for.
pub fn announce(activity: &Activity) {
    let (level, (_, message)) = (level(activity.code, activity.attempt), wording(activity.code));
    let employee = activity.employee.as_deref();
    let reason = activity.reason.as_deref();
    let okta_id = activity.okta_id.as_ref().map(|id| id.0.as_str());
    let request_id = activity.request_id.as_deref();
    let event = activity.event.as_deref();
    let source = activity.source.as_deref();
    let fields = (!activity.fields.is_empty()).then(|| activity.fields.join(","));
    let calls = (activity.calls > 0).then_some(activity.calls);
    let observed = activity.observed.then_some(true);
    let operator = activity.operator.as_deref();
    macro_rules! line {
        ($level:expr) => {
            tracing::event!(
                $level,
                code = activity.code,
                employee,
                okta_id,
                fields,
                reason,
                event,
                source,
                request_id,
                calls,
                attempt = activity.attempt,
                lag_ms = activity.lag_ms,
                observed,
                operator,
                "{message}"
            )
        };
    }
    // The level of an event is part of its static metadata.
    match level {
        Level::ERROR => line!(Level::ERROR),
        Level::WARN => line!(Level::WARN),
        _ => line!(Level::INFO),
    }
}

/// How much a decision matters: `ERROR` means that a person must act, `WARN` that somebody should look. A call that
/// fails once or twice seldom means anything.
#[must_use]
pub fn level(name: &str, attempt: Option<u32>) -> Level {
    match (name, attempt) {
        (code::RETRYING, Some(..WORTH_A_LOOK)) => Level::INFO,
        _ => wording(name).0,
    }
}

fn wording(name: &str) -> (Level, &'static str) {
    match name {
        code::EVENT_ACCEPTED => (Level::INFO, "facts changed"),
        code::EVENT_UNCHANGED => (Level::INFO, "nothing new in this event"),
        code::EVENT_REJECTED => (Level::ERROR, "malformed event set aside in the dead-letter queue"),
        code::FOUND => (Level::INFO, "HR has what no event had told"),
        code::MISSING => (
            Level::WARN,
            "HR's list of everybody leaves this person out; at the next daily list HR is asked, and nothing is done before",
        ),
        code::SCHEDULED => (Level::INFO, "will be acted on later"),
        code::BLOCKED => (Level::WARN, "waits for new facts or an operator"),
        code::HELD => {
            (Level::ERROR, "held back: a cut, where access remains, or a change; until somebody decides")
        }
        code::PAUSED => (Level::INFO, "waits until an operator resumes what is paused"),
        code::ASKED => (Level::INFO, "an operator asked"),
        code::RELEASED => (Level::INFO, "waits no longer"),
        code::INCOMPLETE => (Level::WARN, "attributes are left out, as Okta would refuse them"),
        code::CREATED => (Level::INFO, "account created"),
        code::ADOPTED => (Level::INFO, "existing account linked"),
        code::UPDATED => (Level::INFO, "attributes changed"),
        code::RENAMED => (Level::INFO, "login changed"),
        code::ACTIVATED => (Level::INFO, "account activated"),
        code::REACTIVATED => (Level::INFO, "account activated again"),
        code::SUSPENDED => (Level::INFO, "account suspended"),
        code::SESSIONS_CLEARED => (Level::INFO, "sessions ended"),
        code::UNSUSPENDED => (Level::INFO, "suspension ended"),
        code::DEACTIVATED => (Level::INFO, "account deactivated"),
        code::RETRYING => (Level::WARN, "a call failed and will be made again"),
        code::HALTED => (Level::ERROR, "no calls to Okta until it answers as it should; probing"),
        code::RESUMED => (Level::INFO, "calls to Okta go on"),
        code::BOB_RETRYING => (
            Level::WARN,
            "HR cannot be read for now; tried again until it can, and cuts by date wait a while",
        ),
        code::BOB_HALTED => (
            Level::ERROR,
            "HR does not let us read: nothing is asked for an hour, unless `retry` says that it is put right",
        ),
        code::BOB_RESUMED => (Level::INFO, "HR is read again"),
        code::UNKNOWN => (
            Level::WARN,
            "HR knows nobody by this id, and has told of no deletion; for that alone nobody is cut until everybody has been read twice",
        ),
        code::UNVERIFIED => (
            Level::WARN,
            "HR could not be asked once more whether this leave still holds; the cut goes ahead: see why HR cannot be read",
        ),
        code::PRUNED => {
            (Level::INFO, "the beginning of the record of decisions is pruned; the rest follows it")
        }
        code::DRIFT => (Level::WARN, "Okta has something else than we left there"),
        code::LEAVER_ACTIVE => (Level::ERROR, "somebody who must have no access has a live account"),
        code::REPAIRED => (Level::INFO, "what differed in Okta has been put right"),
        _ => (Level::INFO, "decided"),
    }
}
