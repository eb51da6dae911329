//! On whose word a step is made: the fact that decided, and so the event that told it.

use super::access::Why;
use super::account::{Account, Status};
use super::event::Stamp;
use super::facts::Facts;
use super::field;
use super::mapping::Mapping;
use super::plan::Step;

/// What can give access back: whatever was said last.
const RETURNS: [&str; 9] = [
    field::START,
    field::LAST_DAY,
    field::TERMINATION,
    field::LIFECYCLE,
    field::ACTIVITY,
    field::DELETED,
    field::GONE,
    field::REVOKED,
    field::REHIRED,
];

/// The stamp of the fact that this step follows from, made because of this rule on this account. None where no fact
/// does, such as for an attribute with a constant.
#[must_use]
pub fn cause<'f>(
    step: &Step,
    why: &Why,
    account: Option<&Account>,
    facts: &'f Facts,
    mapping: &Mapping,
) -> Option<&'f Stamp> {
    let said = |name: &str| facts.get(name).map(|fact| &*fact.stamp);
    let is_back = account.is_some_and(|account| account.status == Status::Deprovisioned);
    match step {
        Step::Create { .. } => said(field::START),
        Step::Activate { .. } if !is_back => said(field::START),
        Step::Activate { .. } | Step::Unsuspend => RETURNS.into_iter().filter_map(said).max(),
        Step::Update { changes } => {
            changes.keys().flat_map(|attribute| mapping.fields_of(attribute)).filter_map(said).max()
        }
        Step::Suspend | Step::ClearSessions | Step::Deactivate => cut(why, facts),
    }
}

/// The stamp of the fact that says that access is to be cut.
#[must_use]
pub fn cut<'f>(why: &Why, facts: &'f Facts) -> Option<&'f Stamp> {
    facts.get(why.cut_by()?).map(|fact| &*fact.stamp)
}
