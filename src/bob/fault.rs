//! A failed call: what is told of it, and whether to call again.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

/// What a call reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Op {
    Person,
    Search,
    Fields,
    Lists,
    Lifecycle,
}

impl Op {
    /// Calls a minute, before Bob has shown how many (Bob API: rate limits, per endpoint).
    pub fn usual_limit(self) -> Option<u32> {
        match self {
            Self::Search | Self::Fields | Self::Lists => Some(50),
            Self::Person | Self::Lifecycle => None,
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Person => "read one person",
            Self::Search => "search people",
            Self::Fields => "read the list of fields",
            Self::Lists => "read the named lists",
            Self::Lifecycle => "read one person's lifecycle",
        })
    }
}

/// What to do about a failed call. Reads change nothing, so each may be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Again after this long, or else after the usual delay.
    Retry {
        /// What Bob asks for.
        after: Option<Duration>,
    },
    /// Bob does not let us in. Stop calling: it locks out who goes on (Bob API: rate limits, firewall).
    Refused,
}

/// A call that failed. Nothing that Bob holds of a person is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What to do about it.
    pub verdict: Verdict,
    /// HTTP status; none if there was no answer.
    pub status: Option<u16>,
    /// What happened, and what can be done about it.
    pub message: String,
    /// Whether the answer looks like one of Bob's API, and not of something between.
    is_bobs: bool,
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verdict, message, .. } = self;
        match verdict {
            Verdict::Retry { after: None } => write!(f, "{message}; it is tried again later"),
            Verdict::Retry { after: Some(wait) } => {
                write!(f, "{message}; it is tried again in {} s", wait.as_secs().max(1))
            }
            Verdict::Refused => write!(f, "{message}; Bob is left alone for now"),
        }
    }
}

/// Bob's error envelope (Bob API: errors).
#[derive(Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

const AUTHENTICATION: &str = "the service user or its token is not accepted; put valid ones into bob.user and \
    bob.token (in Bob: Settings > Integrations > Automation > Service users)";
const PERMISSION: &str = "the service user may not read this: in Bob, put it into a permission group that may see \
    people's data, everybody's";
const FIREWALL: &str = "and not as its API does: the firewall before it may have locked this address or this token \
    out for some minutes; see whether another program uses the service user";

impl Fault {
    /// Whether Bob itself says that there is nobody by this id.
    pub(super) fn is_nobody(&self) -> bool {
        self.status == Some(404) && self.is_bobs
    }

    /// Whether it may be about nobody but the person who was asked for: others may be readable all the same.
    #[must_use]
    pub fn may_be_ones_own(&self) -> bool {
        match self.verdict {
            Verdict::Refused => self.status == Some(403) && self.is_bobs,
            Verdict::Retry { after } => after.is_none(),
        }
    }

    /// Of an answer that is no success; `asked` is the wait that it asks for.
    pub(super) fn answered(op: Op, status: u16, body: &[u8], asked: Option<Duration>) -> Self {
        let envelope = serde_json::from_slice::<ErrorBody>(body);
        // A gateway's JSON is an object too: only what Bob's envelope holds tells them apart.
        let is_bobs = body.is_empty() || envelope.as_ref().is_ok_and(ErrorBody::says_something);
        let said = envelope.map(ErrorBody::harmless).unwrap_or_default();
        let meaning = match (status, op) {
            (401, _) if is_bobs => AUTHENTICATION,
            (403, _) if is_bobs => PERMISSION,
            (401 | 403, _) => FIREWALL,
            (429, _) => "the rate limit is spent",
            (400, Op::Search) => {
                "the search is not accepted; if it was for several people, too many may have been named at once"
            }
            (404, Op::Person | Op::Lifecycle) if is_bobs => "there is no such person",
            (404, _) => "there is no such path; is bob.url the address of Bob's API?",
            (300..=399, _) => {
                "it wants to lead elsewhere, where the token is not sent; is bob.url the address of Bob's API?"
            }
            (500.., _) => "which is trouble of its own, or of something before it",
            _ => "the form of the call is not accepted, which is a fault of this program",
        };
        let verdict = match status {
            401 | 403 => Verdict::Refused,
            _ => Verdict::Retry { after: asked },
        };
        Self {
            verdict,
            status: Some(status),
            message: format!("{op}: Bob answered {status}{said}, {meaning}"),
            is_bobs,
        }
    }

    /// Of a call that is not made, since the limit is spent for so long.
    pub(super) fn spent(op: Op, wait: Duration) -> Self {
        let message = format!("{op}: not asked, since Bob's limit for it is spent");
        Self { verdict: Verdict::Retry { after: Some(wait) }, ..Self::retry(None, message) }
    }

    /// Of a call that got no answer.
    pub(super) fn unanswered(op: Op, error: &reqwest::Error) -> Self {
        if !error.is_connect() {
            return Self::retry(None, format!("{op}: the connection broke before an answer had come"));
        }
        // The innermost cause is of the network or of TLS; what was sent is not in it.
        let mut root: &dyn std::error::Error = error;
        while let Some(source) = root.source() {
            root = source;
        }
        Self::retry(None, format!("{op}: no connection to Bob ({root})"))
    }

    /// Of a call whose answer, or the next part of it, did not come in time.
    pub(super) fn late(op: Op) -> Self {
        Self::retry(None, format!("{op}: no answer in time"))
    }

    /// Of an answer that broke off.
    pub(super) fn cut_short(op: Op, status: u16) -> Self {
        Self::retry(
            Some(status),
            format!("{op}: Bob answered {status}, but the rest of the answer broke off"),
        )
    }

    /// Of a success that says something else than it should.
    pub(super) fn unreadable(op: Op, status: u16, what: &str) -> Self {
        Self::retry(Some(status), format!("{op}: Bob answered {status} with a body that {what}"))
    }

    fn retry(status: Option<u16>, message: String) -> Self {
        Self { verdict: Verdict::Retry { after: None }, status, message, is_bobs: false }
    }
}

impl ErrorBody {
    fn says_something(&self) -> bool {
        self.key.is_some() || self.error.is_some()
    }

    /// What of it may be repeated, with a space before it.
    fn harmless(self) -> String {
        let key = self.key.filter(|key| is_plain(key) && !key.contains(' ')).map(|key| format!(" {key}"));
        let text = self.error.filter(|text| !text.is_empty()).map(|text| {
            if is_sentence(&text) { format!(" ({text})") } else { " (text withheld)".to_owned() }
        });
        key.into_iter().chain(text).collect()
    }
}

/// No address, nothing quoted, no long number.
fn is_plain(text: &str) -> bool {
    (1..=160).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b" ._-,:;()/[]".contains(&b))
        && text.bytes().filter(u8::is_ascii_digit).count() < 6
}

/// Words that do not look like anybody's name or job: only the first may begin with a capital, and
/// names of fields have theirs within.
fn is_sentence(text: &str) -> bool {
    let capital =
        |word: &str| word.trim_start_matches(['(', '[', '/']).starts_with(|c: char| c.is_ascii_uppercase());
    is_plain(text) && !text.split(' ').skip(1).any(capital)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(op: Op, status: u16, body: &str) -> (Verdict, String) {
        let fault = Fault::answered(op, status, body.as_bytes(), None);
        (fault.verdict, fault.to_string())
    }

    #[test]
    fn each_answer_has_its_verdict_and_says_what_to_do() {
        let later = Verdict::Retry { after: None };
        for (op, status, body, verdict, told) in [
            (Op::Person, 401, "", Verdict::Refused, "bob.token"),
            (Op::Search, 403, r#"{"key":"x","error":"no"}"#, Verdict::Refused, "permission group"),
            (Op::Search, 403, "<html>blocked</html>", Verdict::Refused, "locked"),
            (Op::Search, 400, "", later, "too many may have been named"),
            (Op::Search, 404, "", later, "bob.url"),
            (Op::Person, 404, "<html></html>", later, "bob.url"),
            (Op::Fields, 302, "", later, "bob.url"),
            (Op::Fields, 502, "<html></html>", later, "trouble"),
            (Op::Lists, 429, "", later, "rate limit"),
            (Op::Lifecycle, 415, "", later, "a fault of this program"),
        ] {
            let (got, text) = answered(op, status, body);
            assert!(got == verdict && text.contains(told), "{status} {body}: {got:?} {text}");
        }
        let wait = Some(Duration::from_secs(9));
        let asked = Fault::answered(Op::Search, 429, b"", wait);
        assert_eq!(asked.verdict, Verdict::Retry { after: wait });
        assert!(asked.to_string().ends_with("in 9 s"), "{asked}");
    }

    #[test]
    fn only_bob_itself_may_say_that_there_is_nobody() {
        for (body, nobody) in [
            ("", true),
            (r#"{"key":"not_found"}"#, true),
            (r#"{"error":"Employee not found"}"#, true),
            ("{}", false),
            ("[]", false),
            (r#"{"message":"no Route matched with those values"}"#, false),
            (r#"{"error":{"code":404}}"#, false),
            ("<html></html>", false),
        ] {
            let fault = Fault::answered(Op::Person, 404, body.as_bytes(), None);
            assert_eq!(fault.is_nobody(), nobody, "{body}");
            assert_eq!(fault.verdict, Verdict::Retry { after: None }, "{body}");
        }
    }

    #[test]
    fn only_what_is_nobodys_data_is_repeated() {
        for (key, error, told) in [
            ("bad", "Invalid reason", "400 bad (Invalid reason),"),
            (
                "validations.unique",
                "field root.firstName is unknown",
                "400 validations.unique (field root.firstName is unknown),",
            ),
            ("bad", "ann@acme.example has no access", "400 bad (text withheld),"),
            ("bad", "Employee Ann was not found", "400 bad (text withheld),"),
            ("bad", "no phone 0601020304", "400 bad (text withheld),"),
            ("bad", "value 'chef' is wrong", "400 bad (text withheld),"),
            ("Zebedee Quokka", "", "400, the search"),
            ("zebedee@acme.example", "", "400, the search"),
        ] {
            let body = serde_json::json!({"key": key, "error": error}).to_string();
            let (_, text) = answered(Op::Search, 400, &body);
            assert!(text.contains(told), "{text}");
        }
    }
}
