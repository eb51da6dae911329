//! A failed call: what is told of it, and what to do about it.

use std::fmt;

use super::call::Op;
use super::cause::{Causes, Sent};
use super::limits::Limits;
use super::verdict::{Rule, Ruling, Verdict, look_up};
use super::wire::ErrorBody;

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

/// What was wrong with a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Odd {
    /// The body is not even JSON: hardly an answer of Okta's.
    Foreign,
    /// The body is in this encoding, which was not asked for.
    Encoded,
    /// The body is larger than any answer of Okta's.
    Huge,
    /// Anything else.
    Shape,
}

impl Fault {
    /// Whether the token's owner may not do this. For one person that may be as it should; for
    /// many it is a lost role.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self.code.as_deref(), Some("E0000006" | "E0000022"))
    }

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
        let Ruling { rule, meaning } = look_up(code.as_deref(), limits);
        let verdict = rule.verdict(op, causes.login_taken, limits);
        let mut message = format!("{op}: Okta answered {status}");
        if let Some(code) = &code {
            message = format!("{message} {code}");
        }
        message = format!("{message}, {meaning}");
        if !causes.texts.is_empty() {
            message = format!("{message} ({})", causes.texts.join("; "));
        }
        message = format!("{message}; {}", verdict.consequence());
        let attributes = causes.attributes.into_iter().collect();
        let unreachable = rule.is_unreachable();
        Self { verdict, status: Some(status), code, request_id, attributes, message, unreachable }
    }

    /// Of a call that got no answer.
    pub(super) fn unanswered(op: Op, error: &reqwest::Error) -> Self {
        // Without a connection nothing was sent.
        let rule = if error.is_connect() || error.is_builder() { Rule::Unsent } else { Rule::Outage };
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
        Self::plain(op, rule, None, None, &what)
    }

    /// Of an answer that broke off. Its status counts where nobody needs the body.
    pub(super) fn cut_short(
        op: Op,
        limits: &Limits,
        request_id: Option<String>,
        error: &reqwest::Error,
    ) -> Self {
        let rule = if limits.status == 429 { Rule::Window } else { Rule::Outage };
        let why = if error.is_timeout() { "did not come in time" } else { "broke off" };
        let what = format!("Okta answered {}, but the rest of the answer {why}", limits.status);
        let verdict = rule.verdict(op, false, limits);
        Self { verdict, ..Self::plain(op, rule, Some(limits.status), request_id, &what) }
    }

    /// Of a success that says something else than it should.
    pub(super) fn unreadable(op: Op, status: u16, request_id: Option<String>, odd: Odd) -> Self {
        let rule = if odd == Odd::Shape { Rule::Unsure } else { Rule::Outage };
        let what = match odd {
            Odd::Foreign | Odd::Shape => "that is not what its API gives",
            Odd::Encoded => "in an encoding that was not asked for: something between may have compressed it",
            Odd::Huge => "that is larger than any of its API",
        };
        Self::plain(op, rule, Some(status), request_id, &format!("Okta answered {status} with a body {what}"))
    }

    /// Of a call that is not made, or whose answer does not do.
    pub(super) fn blocked(op: Op, why: &str) -> Self {
        Self::plain(op, Rule::Block, None, None, why)
    }

    fn plain(op: Op, rule: Rule, status: Option<u16>, request_id: Option<String>, what: &str) -> Self {
        let verdict = rule.verdict(op, false, &Limits::default());
        let message = format!("{op}: {what}; {}", verdict.consequence());
        let unreachable = rule.is_unreachable();
        Self { verdict, status, code: None, request_id, attributes: Vec::new(), message, unreachable }
    }
}

#[cfg(test)]
mod tests;
