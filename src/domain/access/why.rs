//! The rule that decided about a person's access.

use chrono::{DateTime, Utc};

use crate::domain::block::Block;
use crate::domain::field;

/// The fields and markers that a rule rests on, by its [`Why::text`], which is what is recorded of it.
#[must_use]
pub fn rests_on(text: &str) -> Vec<&'static str> {
    let named = field::LEAVES.into_iter().chain([field::LIFECYCLE]).filter(|name| text.contains(name));
    let named: Vec<_> = named.collect();
    match text {
        _ if !named.is_empty() => named,
        "employee file deleted" => vec![field::DELETED],
        "HR does not know the person any more" => vec![field::GONE],
        "access revoked" => vec![field::REVOKED],
        "on leave" => vec![field::LIFECYCLE, field::ACTIVITY],
        "employed" | "starts later" | "provisioned, starts later" => {
            // What ended a cut is the last of these.
            vec![
                field::START,
                field::REHIRED,
                field::REVOKED,
                field::DELETED,
                field::GONE,
                field::LAST_DAY,
                field::TERMINATION,
                field::LIFECYCLE,
            ]
        }
        _ => Vec::new(),
    }
}

/// The rule that decided.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// The employee file was deleted, then.
    Deleted(DateTime<Utc>),
    /// HR does not know the person any more, as was seen then.
    Gone(DateTime<Utc>),
    /// This leave date has passed, then.
    Left(&'static str, DateTime<Utc>),
    /// HR took the start back: the leave date, then, is before it.
    NoShow(&'static str, DateTime<Utc>),
    /// An earlier employment ended, then, and the new one has not begun.
    Between(&'static str, DateTime<Utc>),
    /// The lifecycle status says so and there is no date, since then.
    LeftByStatus(DateTime<Utc>),
    /// HR revoked access, then.
    Revoked(DateTime<Utc>),
    /// The scope leaves the person out.
    OutOfScope,
    /// The provision moment is still to come.
    NotYet,
    /// Provisioned, but the first day is still to come.
    BeforeStart,
    /// On leave.
    OnLeave,
    /// Employed.
    Employed,
    /// Something about the person keeps us from creating and updating.
    Blocked(Block),
}

impl Why {
    /// For people: the rule, by the names of its fields.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Why::Deleted(_) => "employee file deleted".into(),
            Why::Gone(_) => "HR does not know the person any more".into(),
            Why::Left(name, _) => format!("left by {name}"),
            Why::NoShow(name, _) => format!("never started: {name} is before the start date"),
            Why::Between(name, _) => format!("between two employments: left by {name}"),
            Why::LeftByStatus(_) => format!("left by {}", field::LIFECYCLE),
            Why::Revoked(_) => "access revoked".into(),
            Why::OutOfScope => "out of scope".into(),
            Why::NotYet => "starts later".into(),
            Why::BeforeStart => "provisioned, starts later".into(),
            Why::OnLeave => "on leave".into(),
            Why::Employed => "employed".into(),
            Why::Blocked(block) => block.to_string(),
        }
    }

    /// From when on the person should have had no access.
    #[must_use]
    pub fn since(&self) -> Option<DateTime<Utc>> {
        match self {
            Why::Deleted(at)
            | Why::Gone(at)
            | Why::Left(_, at)
            | Why::NoShow(_, at)
            | Why::Between(_, at)
            | Why::LeftByStatus(at)
            | Why::Revoked(at) => Some(*at),
            _ => None,
        }
    }

    /// Whether a leave date says so.
    #[must_use]
    pub fn is_dated(&self) -> bool {
        matches!(self, Why::Left(..) | Why::NoShow(..) | Why::Between(..))
    }

    /// Whether a date or a status of HR's says that the person has left: what HR may take back without a word.
    #[must_use]
    pub fn is_leave(&self) -> bool {
        matches!(self, Why::Left(..) | Why::NoShow(..) | Why::Between(..) | Why::LeftByStatus(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_of_a_rule_tells_what_it_rests_on() {
        let at = DateTime::UNIX_EPOCH;
        for (why, name) in [
            (Why::Deleted(at), field::DELETED),
            (Why::Gone(at), field::GONE),
            (Why::Left(field::LAST_DAY, at), field::LAST_DAY),
            (Why::NoShow(field::TERMINATION, at), field::TERMINATION),
            (Why::Between(field::LAST_DAY, at), field::LAST_DAY),
            (Why::LeftByStatus(at), field::LIFECYCLE),
            (Why::Revoked(at), field::REVOKED),
            (Why::NotYet, field::START),
            (Why::BeforeStart, field::START),
            (Why::OnLeave, field::LIFECYCLE),
            (Why::Employed, field::START),
        ] {
            assert_eq!(rests_on(&why.text()).first(), Some(&name), "{why:?}");
        }
        assert_eq!(rests_on("no_start_date: HR has sent no start date"), [""; 0]);
    }
}
