//! Why nothing is created or updated for a person, and what somebody can do about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::account::OktaId;
use super::guard::{Bound, Effect};

/// A reason to wait for new facts or for an operator. It never stops a cut that can be made, unless it is there to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// HR has not said when the person starts.
    NoStartDate,
    /// The zone field holds no zone.
    UnknownZone {
        /// The field.
        field: String,
    },
    /// The scope's condition cannot be decided.
    Scope {
        /// What is unknown, or wrong with the condition.
        problem: String,
    },
    /// Required attributes are missing or bad.
    Profile {
        /// Attribute, rule and field of each, without values.
        problems: Vec<String>,
    },
    /// Several accounts could be this person's.
    SeveralAccounts {
        /// All of them.
        accounts: Vec<OktaId>,
    },
    /// The login, or the account with our HR id, is another person's.
    LoginTaken {
        /// The account in the way.
        account: OktaId,
        /// The employee that it is linked to, if any.
        holder: Option<String>,
    },
    /// Another employee has the same email and comes first.
    EmailShared {
        /// Who comes first.
        owner: String,
    },
    /// A leaver is known only by a login that may be somebody else's.
    WhoseAccount {
        /// The account with that login.
        account: OktaId,
    },
    /// Somebody deactivated the account in Okta.
    CutInOkta {
        /// The account.
        account: OktaId,
    },
    /// The file was deleted, but another current employee has the same email.
    DeletionHeld {
        /// The other employee.
        other: String,
    },
    /// Okta refused the call.
    Refused {
        /// Okta's code and words, without values.
        answer: String,
    },
    /// Too much would have been taken from too many people.
    OverLimit {
        /// The limit that was reached.
        bound: Bound,
        /// The number under which an operator decides about all who were held by it.
        batch: i64,
    },
    /// An operator said no.
    Rejected {
        /// To what.
        effect: Effect,
        /// The number under which it was held.
        batch: i64,
    },
    /// Never cut by the daemon.
    Protected {
        /// Why not, without names of people.
        how: String,
    },
}

impl Block {
    /// A stable word for filters and counts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Block::NoStartDate => "no_start_date",
            Block::UnknownZone { .. } => "unknown_zone",
            Block::Scope { .. } => "scope_unknown",
            Block::Profile { .. } => "bad_profile",
            Block::SeveralAccounts { .. } => "several_accounts",
            Block::LoginTaken { .. } => "login_taken",
            Block::EmailShared { .. } => "email_shared",
            Block::WhoseAccount { .. } => "whose_account",
            Block::CutInOkta { .. } => "cut_in_okta",
            Block::DeletionHeld { .. } => "deletion_held",
            Block::Refused { .. } => "refused",
            Block::OverLimit { .. } => "over_limit",
            Block::Rejected { .. } => "rejected",
            Block::Protected { .. } => "protected",
        }
    }

    /// Whether it is there to hold back what could be done.
    #[must_use]
    pub fn is_guard(&self) -> bool {
        matches!(self, Block::OverLimit { .. } | Block::Rejected { .. } | Block::Protected { .. })
    }

    /// The number under which an operator decides about it.
    #[must_use]
    pub fn batch(&self) -> Option<i64> {
        match self {
            Block::OverLimit { batch, .. } | Block::Rejected { batch, .. } => Some(*batch),
            _ => None,
        }
    }

    /// Whether the reason can go away because an account, or somebody else's email, changed.
    #[must_use]
    pub fn depends_on_others(&self) -> bool {
        matches!(
            self,
            Block::LoginTaken { .. }
                | Block::EmailShared { .. }
                | Block::WhoseAccount { .. }
                | Block::SeveralAccounts { .. }
                | Block::CutInOkta { .. }
                | Block::DeletionHeld { .. }
        )
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.code())?;
        match self {
            Block::NoStartDate => f.write_str("HR has sent no start date"),
            Block::UnknownZone { field } => write!(f, "{field} is not an IANA time zone"),
            Block::Scope { problem } => write!(f, "the scope cannot be decided: {problem}"),
            Block::Profile { problems } => f.write_str(&problems.join("; ")),
            Block::SeveralAccounts { accounts } => {
                let ids: Vec<_> = accounts.iter().map(|id| id.0.as_str()).collect();
                write!(f, "several accounts could be this person's: {}; link the right one", ids.join(", "))
            }
            Block::LoginTaken { account, holder: Some(holder) } => {
                write!(f, "account {account} is linked to employee {holder}")
            }
            Block::LoginTaken { account, holder: None } => {
                write!(f, "account {account} has that login, and another HR id or nobody's")
            }
            Block::EmailShared { owner } => write!(f, "employee {owner} has the same email and comes first"),
            Block::WhoseAccount { account } => {
                write!(
                    f,
                    "account {account} has the leaver's login but may be somebody else's: cut or link it by hand"
                )
            }
            Block::CutInOkta { account } => {
                write!(
                    f,
                    "account {account} was deactivated in Okta, not by us: reactivate it there, or `approve`, if that is right"
                )
            }
            Block::DeletionHeld { other } => {
                write!(
                    f,
                    "the file was deleted, but employee {other} has the same email: link the account, or correct HR"
                )
            }
            Block::Refused { answer } => write!(f, "Okta refused: {answer}"),
            Block::OverLimit { bound, batch } => {
                write!(
                    f,
                    "{bound}: held as batch {batch}; `approve --batch {batch}` lets it through, `--reject` refuses it"
                )
            }
            Block::Rejected { effect, batch } => {
                write!(
                    f,
                    "an operator refused this {} (batch {batch}): so it stays until HR says something else",
                    effect.as_str()
                )
            }
            Block::Protected { how } => {
                write!(
                    f,
                    "{how}: never cut by the daemon; cut by hand in Okta, or take out of the protection, then `retry`"
                )
            }
        }
    }
}
