//! The kinds of call, and the budget each is counted against.

use std::fmt;

use super::budget::Bucket;
use crate::domain::plan::Step;

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Create,
    Update,
    Activate,
    Suspend,
    Unsuspend,
    ClearSessions,
    Deactivate,
    Get,
    Search,
    List,
    Owner,
    Schema,
    Roles,
    Token,
    Admins,
    Groups,
}

impl Op {
    /// Whether it changes anything.
    pub fn is_write(self) -> bool {
        self.is_state_change() || matches!(self, Self::Create | Self::Update)
    }

    /// Whether it moves a user from one state to another, so that a refusal is about the state.
    pub fn is_state_change(self) -> bool {
        use Op::{Activate, ClearSessions, Deactivate, Suspend, Unsuspend};
        matches!(self, Activate | Suspend | Unsuspend | ClearSessions | Deactivate)
    }

    /// Whether it concerns one person, whose data or state may be what is wrong with it.
    pub fn is_about_somebody(self) -> bool {
        self.is_write() || matches!(self, Self::Get | Self::Search)
    }

    /// The largest answer that is read, in bytes: a page holds 200 users (Okta API: list users).
    pub fn largest(self) -> usize {
        if matches!(self, Self::List | Self::Groups) { 32 << 20 } else { 4 << 20 }
    }

    /// The bucket that Okta counts it in (Okta API: rate limits; lifecycle counts as `/api/v1/users`).
    pub fn bucket(self) -> Bucket {
        match self {
            Self::Update => Bucket::Update,
            Self::Get | Self::Owner => Bucket::Get,
            Self::Schema | Self::Token | Self::Admins => Bucket::Other,
            Self::Groups => Bucket::Groups,
            _ => Bucket::Users,
        }
    }
}

impl From<&Step> for Op {
    fn from(step: &Step) -> Self {
        match step {
            Step::Create { .. } => Self::Create,
            Step::Update { .. } => Self::Update,
            Step::Activate { .. } => Self::Activate,
            Step::Suspend => Self::Suspend,
            Step::Unsuspend => Self::Unsuspend,
            Step::ClearSessions => Self::ClearSessions,
            Step::Deactivate => Self::Deactivate,
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Activate => "activate",
            Self::Suspend => "suspend",
            Self::Unsuspend => "unsuspend",
            Self::ClearSessions => "clear sessions",
            Self::Deactivate => "deactivate",
            Self::Get => "get",
            Self::Search => "search",
            Self::List => "list",
            Self::Owner => "get the token's owner",
            Self::Schema => "get the user schema",
            Self::Roles => "get the roles of a user",
            Self::Token => "get the token",
            Self::Admins => "list administrators",
            Self::Groups => "read a group",
        })
    }
}
