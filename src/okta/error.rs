//! What a failed call means: one table from kind of call, HTTP status and error code to a verdict.

use std::fmt;
use std::time::Duration;

use super::call::Op;
use super::cause::{Causes, Sent};
use super::limits::Limits;
use super::wire::ErrorBody;

/// What to do about a failed call. That something was done already is never the verdict of one
/// call: it shows when the account is read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is not known what holds now: read the account and plan again.
    Reread,
    /// Nothing was done; again after this long, or else after the usual delay.
    Retry {
        /// What Okta asks for.
        after: Option<Duration>,
    },
    /// It will fail again until the data or the org change, for this person.
    Block,
    /// It will fail for everybody: stop calling, and probe.
    Halt,
}

/// A call that failed. Neither its text nor its fields hold a value that was sent or stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What to do about it.
    pub verdict: Verdict,
    /// HTTP status; none if there was no answer.
    pub status: Option<u16>,
    /// Okta's error code, such as `E0000001`.
    pub code: Option<String>,
    /// Okta's id of the request, for its support and its system log.
    pub request_id: Option<String>,
    /// Names of the attributes that the error is about.
    pub attributes: Vec<String>,
    /// What happened, and what is done about it.
    pub message: String,
    /// Whether it looks as if Okta, or the way there, is down.
    pub unreachable: bool,
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.request_id {
            Some(id) => write!(f, " [request {id}]"),
            None => Ok(()),
        }
    }
}

/// The table. The first line that fits decides; `""` is a body that is not Okta's.
pub(super) fn judge(op: Op, status: u16, code: &str, login_taken: bool, limits: &Limits) -> Verdict {
    use Verdict::{Block, Halt, Reread};
    const LATER: Verdict = Verdict::Retry { after: None };
    let unsure = if op.is_write() { Reread } else { LATER };
    match (status, code) {
        // Nobody's call can succeed: token, address.
        (_, "E0000004" | "E0000005" | "E0000011") | (300..=399, _) | (401 | 404, "") => Halt,
        // A feature of the org, not the token, although it is a 401.
        (_, "E0000015") => Block,
        (401, _) => Halt,
        // Refused before it was looked at.
        (429, _) | (_, "E0000047") => Verdict::Retry { after: limits.wait() },
        (_, "E0000112") => Verdict::Retry { after: Some(Duration::from_mins(1)) },
        (423, _) | (403 | 405 | 407, "") => LATER,
        // Not in the state that we thought.
        (_, "E0000001") if op.is_state_change() || login_taken && op.is_write() => Reread,
        (_, "E0000016" | "E0000038" | "E0000107") if op.is_write() => Reread,
        (404 | 410, _) if op.is_write() && op != Op::Create => Reread,
        // The org's stored profiles do not fit its changed schema.
        (_, "E0000145") => Block,
        (408 | 409 | 412, _) => unsure,
        // It will not get better by itself.
        (501, "E0000060") | (400..=499, _) => Block,
        // Okta may fail after having acted, so a write is never taken for undone.
        _ => unsure,
    }
}

impl Fault {
    /// Of an answer that is no success.
    pub(super) fn answered(
        op: Op,
        limits: &Limits,
        request_id: Option<String>,
        body: &[u8],
        sent: Sent<'_>,
    ) -> Self {
        let status = limits.status;
        let envelope = serde_json::from_slice::<ErrorBody>(body).ok().filter(ErrorBody::is_oktas);
        let (code, causes) = match envelope {
            Some(body) => {
                (Some(body.error_code), Causes::sift(body.error_causes.iter().map(|c| &*c.summary), sent))
            }
            None => (None, Causes::default()),
        };
        let verdict = judge(op, status, code.as_deref().unwrap_or_default(), causes.login_taken, limits);
        let unreachable = matches!(status, 500..=599) && verdict != Verdict::Block
            || code.is_none() && matches!(status, 403 | 405 | 407);
        let mut message = format!("{op}: Okta answered {status}");
        if let Some(code) = &code {
            message = format!("{message} {code}");
        }
        let meaning = meaning(status, code.as_deref(), limits);
        if !meaning.is_empty() {
            message = format!("{message}, {meaning}");
        }
        if !causes.texts.is_empty() {
            message = format!("{message} ({})", causes.texts.join("; "));
        }
        message = format!("{message}; {}", verdict.consequence());
        let attributes = causes.attributes.into_iter().collect();
        Self { verdict, status: Some(status), code, request_id, attributes, message, unreachable }
    }

    /// Of a call that got no answer, or not all of it.
    pub(super) fn transport(op: Op, error: &reqwest::Error) -> Self {
        let verdict = if op.is_write() && !error.is_connect() && !error.is_builder() {
            Verdict::Reread
        } else {
            Verdict::Retry { after: None }
        };
        let what = if error.is_connect() {
            // The innermost cause is of the network or of TLS; what was sent is not in it.
            let mut root: &dyn std::error::Error = error;
            while let Some(source) = root.source() {
                root = source;
            }
            format!("no connection to Okta ({root})")
        } else if error.is_timeout() {
            "no answer in time".to_owned()
        } else {
            "the connection broke before the whole answer had come".to_owned()
        };
        let message = format!("{op}: {what}; {}", verdict.consequence());
        let (status, code, attributes) = (None, None, Vec::new());
        Self { verdict, status, code, request_id: None, attributes, message, unreachable: true }
    }

    /// Of a success whose body says something else than it should.
    pub(super) fn unreadable(op: Op, status: u16, request_id: Option<String>) -> Self {
        let verdict = if op.is_write() { Verdict::Reread } else { Verdict::Retry { after: None } };
        let message = format!(
            "{op}: Okta answered {status} with a body that is not what its API gives; {}",
            verdict.consequence()
        );
        let (code, attributes) = (None, Vec::new());
        Self { verdict, status: Some(status), code, request_id, attributes, message, unreachable: false }
    }

    /// Of a call that is not made, or whose answer does not do.
    pub(super) fn blocked(op: Op, why: &str) -> Self {
        let verdict = Verdict::Block;
        let message = format!("{op}: {why}; {}", verdict.consequence());
        let (code, attributes) = (None, Vec::new());
        Self { verdict, status: None, code, request_id: None, attributes, message, unreachable: false }
    }
}

impl Verdict {
    fn consequence(self) -> &'static str {
        match self {
            Self::Reread => "the account is read again before anything else is sent",
            Self::Retry { .. } => "it is tried again later",
            Self::Block => "it is not tried again until the data changes or an operator retries",
            Self::Halt => "no more calls until a probe succeeds",
        }
    }
}

/// What a code means, in words for the person on call.
fn meaning(status: u16, code: Option<&str>, limits: &Limits) -> &'static str {
    match code {
        Some("E0000001") => "validation failed",
        Some("E0000003") => "the body was not well-formed",
        Some("E0000004" | "E0000005" | "E0000011") => {
            "the API token is not accepted: it was revoked, has expired, its owner was deactivated, or it may not \
             be used from this network; put a valid one into okta.api_token"
        }
        Some("E0000006") => {
            "the token's owner has no right to do this: its admin role was taken or narrowed, or the account is an \
             administrator's"
        }
        Some("E0000007") => "not found",
        Some("E0000009") => "an internal error of Okta's",
        Some("E0000010") => "Okta is in read-only mode for maintenance",
        Some("E0000015") => "the org does not have this feature",
        Some("E0000016") => "already active",
        Some("E0000023") => "the profile is mastered by another system",
        Some("E0000038" | "E0000107") => "not allowed in the user's current status",
        Some("E0000047") if limits.is_concurrency() => "too many calls at once",
        Some("E0000047") => "the rate limit is spent",
        Some("E0000077" | "E0000078" | "E0000111") => "an attribute, or the user, is read-only",
        Some("E0000112") => "the user is still being activated",
        Some("E0000156") => "the user was deleted",
        Some("E0000179") => "a required attribute is mastered by another system",
        Some("E0000181") => "temporarily unavailable",
        Some(_) => "",
        None => match status {
            300..=399 => "a redirect: this is not the org's API host, see okta.org_url",
            404 => "not by Okta's API: okta.org_url may be wrong",
            _ => "not by Okta's API: something between may have answered",
        },
    }
}

#[cfg(test)]
mod tests;
