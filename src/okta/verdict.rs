//! The table: what an answer asks of us, by Okta's error code, else by HTTP status, and by the kind of call.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::call::Op;
use super::limits::Limits;

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

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Nobody's call can succeed.
    Halt,
    /// This call, for this person, will be refused again.
    Block,
    /// Refused for what was sent; where nothing was sent, for the user's state.
    Validation,
    /// The user is not in the state that we thought: a write looks again.
    State,
    /// There is no such user: who writes to one looks again.
    Missing,
    /// It may have been done: a write looks again.
    Unsure,
    /// As `Unsure`, and it looks as if Okta, or the way there, were down.
    Outage,
    /// Nothing was sent, as if Okta, or the way there, were down.
    Unsent,
    /// Refused before anything was done, and it takes minutes.
    Minute,
    /// The same, until the rate limit's window is over.
    Window,
    /// No API at this address, or none that lets us in; of one person's call it is only an outage.
    Nowhere,
}

use Rule::{Block, Halt, Minute, Missing, Nowhere, Outage, State, Unsent, Unsure, Validation, Window};

const TOKEN: &str = "the API token is not accepted: it was revoked, has expired, its owner was deactivated, or it \
    may not be used from this network; put a valid one into okta.api_token";
const RIGHTS: &str = "the token's owner has no right to do this: its admin role was taken or narrowed, or the \
    account is an administrator's";
const READ_ONLY: &str = "an attribute, or the user, is read-only";
const FORM: &str = "the form of the call is not accepted, which is a fault of this program";
const LIST: &str = "the search or its cursor is not accepted";
const CREDENTIALS: &str = "about credentials, of which this program sends none";
const SYNTAX: &str = "validation failed";
const STATE: &str = "not allowed in the user's current status";
const SCHEMA: &str = "stored profiles do not fit the org's changed schema; see Directory > Profile Editor in \
    Okta's console";
const HOOK: &str =
    "an inline hook of the org's does not answer; see Workflow > Inline Hooks in Okta's console";
const AGENT: &str = "an on-premises agent of the org's does not answer; see Directory > Directory Integrations in \
    Okta's console";

/// The codes that a call of ours can get, each with its meaning for whoever is on call (Okta API: error codes).
const CODES: &[(u32, Rule, &str)] = &[
    // The token, or the org itself.
    (4, Halt, TOKEN),
    (5, Halt, TOKEN),
    (11, Halt, TOKEN),
    (260, Halt, "the org has been deactivated"),
    // The token's rights, as a role or a feature gives them. The second is a 401, and not about the token.
    (6, Block, RIGHTS),
    (15, Block, "the org does not have this feature"),
    (22, Block, "the token's owner has no right to this call, or the org does not have it"),
    // What we thought of the user is no longer so; or, with the last two, it was done and only the answer failed.
    (7, Missing, "not found"),
    (156, Missing, "the user was deleted"),
    (16, State, "already active"),
    (38, State, STATE),
    (107, State, STATE),
    (155, State, "the user is not active"),
    (145, State, SCHEMA),
    (256, State, "the answer has more headers than Okta can send"),
    // Nothing was done, and it says when to come again.
    (47, Window, "the rate limit is spent"),
    (112, Minute, "the user is still being activated"),
    // It may have been done: Okta does not say that it was not. Only the first is an outage. Elsewhere a part of
    // the org fails, or does not fail for long, and stopping all calls would stop more than that.
    (9, Outage, "an internal error of Okta's"),
    (10, Unsure, "Okta is in read-only mode for maintenance"),
    (100, Unsure, "Okta's search is not available"),
    (134, Unsure, HOOK),
    (137, Unsure, HOOK),
    (195, Unsure, "in conflict with another change"),
    (231, Unsure, "changed by somebody else meanwhile"),
    (239, Unsure, "Okta is putting policies in order"),
    (240, Unsure, AGENT),
    (241, Unsure, AGENT),
    (249, Unsure, "Okta is setting group rules up"),
    (253, Unsure, "Okta is setting the user type up"),
    (268, Unsure, "another change of admin roles is under way"),
    // What was sent. Of a lifecycle call, which sends nothing, the first two speak of the status.
    (1, Validation, SYNTAX),
    (243, Validation, SYNTAX),
    (2, Block, SYNTAX),
    (3, Block, "the body was not well-formed"),
    (14, Block, CREDENTIALS),
    (23, Block, "the profile is mastered by another system"),
    (41, Block, CREDENTIALS),
    (60, Block, "Okta does not support this"),
    (75, Block, READ_ONLY),
    (76, Block, READ_ONLY),
    (77, Block, READ_ONLY),
    (78, Block, READ_ONLY),
    (80, Block, CREDENTIALS),
    (81, Block, READ_ONLY),
    (111, Block, READ_ONLY),
    (124, Block, CREDENTIALS),
    (125, Block, CREDENTIALS),
    (135, Block, "an inline hook of the org's refused it"),
    (179, Block, "a required attribute is mastered by another system"),
    // How it was sent, which no data will change.
    (8, Block, "no such path; is okta.org_url the org's own address?"),
    (12, Block, FORM),
    (18, Block, FORM),
    (19, Block, FORM),
    (20, Block, FORM),
    (21, Block, FORM),
    (26, Block, FORM),
    (28, Block, FORM),
    (29, Block, LIST),
    (30, Block, FORM),
    (31, Block, LIST),
    (33, Block, LIST),
    (37, Block, FORM),
    (63, Block, FORM),
    (94, Block, LIST),
    (122, Block, FORM),
    (149, Block, FORM),
    (215, Block, FORM),
    (242, Block, FORM),
];

/// Codes of Okta's other APIs – sign-in and factors, apps and their provisioning, groups, policies, brands and
/// domains, devices, telephony, admin roles, realms. No call of ours can get one. If one came all the same, no
/// more could be said of it than of an unknown code: `STATUSES` decides, on purpose.
const ELSEWHERE: &[u32] = &[
    13, 17, 24, 25, 27, 32, 34, 35, 36, 39, 40, 42, 43, 44, 45, 46, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57,
    58, 59, 61, 62, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 79, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91,
    92, 93, 95, 96, 97, 98, 99, 101, 102, 103, 104, 105, 108, 109, 110, 113, 115, 116, 117, 118, 119, 120,
    121, 123, 126, 127, 131, 132, 133, 136, 138, 139, 140, 141, 142, 143, 146, 147, 148, 150, 151, 152, 153,
    154, 157, 158, 159, 161, 162, 163, 165, 166, 167, 168, 170, 171, 172, 174, 176, 177, 178, 180, 181, 182,
    183, 184, 185, 186, 187, 188, 189, 190, 191, 192, 193, 194, 197, 198, 200, 201, 202, 203, 204, 205, 207,
    208, 209, 211, 212, 213, 214, 217, 218, 219, 220, 221, 222, 223, 224, 225, 226, 227, 228, 229, 230, 232,
    233, 235, 236, 237, 244, 245, 246, 247, 248, 250, 251, 252, 254, 255, 257, 258, 259, 261, 262, 263, 264,
    265, 266, 267, 269,
];

/// By status, for a code of Okta's that the table above does not have. The first line that fits decides.
const STATUSES: &[(RangeInclusive<u16>, Rule)] = &[
    (401..=401, Halt),
    (404..=404, Missing),
    (410..=410, Missing),
    (408..=409, Unsure),
    (412..=412, Unsure),
    (421..=421, Unsure),
    (423..=423, Unsure),
    (425..=425, Unsure),
    (429..=429, Window),
    (400..=499, Block),
    (501..=501, Block),
    // 5xx, and what cannot be.
    (0..=u16::MAX, Outage),
];

/// By status, for a body that is not Okta's. What something between us says blocks nobody, and it may say it of a
/// call that Okta has answered.
const BARE: &[(RangeInclusive<u16>, Rule, &str)] = &[
    (304..=304, Outage, BETWEEN),
    (300..=399, Nowhere, "a redirect: this is not the org's API host, see okta.org_url"),
    (401..=401, Nowhere, BETWEEN),
    (404..=404, Nowhere, "not by Okta's API: okta.org_url may be wrong"),
    (429..=429, Window, BETWEEN),
    (0..=u16::MAX, Outage, BETWEEN),
];
const BETWEEN: &str = "not by Okta's API: something between may have answered";

/// A rule, with its meaning in words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ruling {
    pub rule: Rule,
    pub meaning: &'static str,
}

/// Looks an answer up. Okta wants programs to go by its codes (Okta API: errors), so the status counts only
/// where there is no code, or none that is known; a 429 is one whatever else it says.
pub(super) fn look_up(code: Option<&str>, limits: &Limits) -> Ruling {
    let status = limits.status;
    if limits.is_concurrency() {
        return Ruling { rule: Window, meaning: "too many calls at once" };
    }
    let Some(number) = code.map(|code| code.trim_start_matches('E').parse::<u32>().unwrap_or_default())
    else {
        let (_, rule, meaning) = BARE.iter().find(|(range, ..)| range.contains(&status)).expect("covers all");
        return Ruling { rule: *rule, meaning };
    };
    let known = CODES
        .iter()
        .find(|(code, ..)| *code == number)
        .map(|(_, rule, meaning)| Ruling { rule: *rule, meaning });
    if let Some(ruling) = known.filter(|ruling| status != 429 || ruling.rule == Window) {
        return ruling;
    }
    let (_, rule) = STATUSES.iter().find(|(range, _)| range.contains(&status)).expect("covers all");
    let meaning = if known.is_some() || ELSEWHERE.contains(&number) {
        "a code that no such call should get"
    } else {
        "a code that this program does not know"
    };
    Ruling { rule: *rule, meaning }
}

impl Rule {
    /// What follows for this kind of call. A write is tried again only where it cannot have been done. A taken
    /// login is a matter of who has it, not of what was sent.
    pub fn verdict(self, op: Op, login_taken: bool, limits: &Limits) -> Verdict {
        const LATER: Verdict = Verdict::Retry { after: None };
        let write_or = |otherwise| if op.is_write() { Verdict::Reread } else { otherwise };
        match self {
            Halt => Verdict::Halt,
            // Something between may not let pass what was sent of one person, which is no reason to stop for all.
            Nowhere if !op.is_about_somebody() => Verdict::Halt,
            Validation if op.is_state_change() || login_taken => write_or(Verdict::Block),
            Missing if op == Op::Create => Verdict::Block,
            State | Missing => write_or(Verdict::Block),
            Block | Validation => Verdict::Block,
            Unsure | Outage | Nowhere => write_or(LATER),
            Unsent => LATER,
            Minute => Verdict::Retry { after: Some(Duration::from_mins(1)) },
            Window => Verdict::Retry { after: limits.wait() },
        }
    }

    /// Whether it looks as if Okta, or the way there, were down.
    pub fn is_unreachable(self) -> bool {
        matches!(self, Outage | Unsent | Nowhere)
    }
}

impl Verdict {
    /// What is done about it, for the person on call.
    pub(super) fn consequence(self) -> &'static str {
        match self {
            Self::Reread => "the account is read again before anything else is sent",
            Self::Retry { .. } => "it is tried again later",
            Self::Block => "it is not tried again until the data changes or an operator retries",
            Self::Halt => "no more calls until a probe succeeds",
        }
    }
}

#[cfg(test)]
mod tests;
