//! The Okta Users API: one attempt per call, and what each failure means.

mod budget;
mod call;
mod cause;
mod circle;
mod client;
mod error;
mod gate;
mod limits;
mod link;
mod org_url;
mod read;
mod survey;
mod verdict;
mod wire;
mod write;

pub use circle::{Ask, Members};
pub use client::{Client, Now, Options, SetupError};
pub use error::Fault;
pub use gate::{Permit, Spent, Waiter};
pub use limits::LONGEST;
pub use link::Cursor;
pub use org_url::{OrgUrl, OrgUrlError};
pub use read::{Owner, Page};
pub use survey::{Network, Role, Seen, Token};
pub use verdict::Verdict;
pub use write::Answer;
