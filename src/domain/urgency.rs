//! Who goes first when not everybody can: the order of work and of spending Okta's budget.

/// Why a call is made, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Somebody must lose access.
    Leaver = 0,
    /// Somebody needs an account.
    Joiner = 1,
    /// An account differs from what HR says.
    Change = 2,
    /// Nobody waits: the mirror, drift.
    Repair = 3,
}

impl Urgency {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Leaver => "leaver",
            Self::Joiner => "joiner",
            Self::Change => "change",
            Self::Repair => "repair",
        }
    }
}

impl From<Urgency> for i64 {
    fn from(urgency: Urgency) -> Self {
        urgency as i64
    }
}

impl From<i64> for Urgency {
    /// The reverse of the numbers above; a number that is none of them waits longest.
    fn from(number: i64) -> Self {
        match number {
            0 => Self::Leaver,
            1 => Self::Joiner,
            2 => Self::Change,
            _ => Self::Repair,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Urgency::{self, Change, Joiner, Leaver, Repair};

    #[test]
    fn leavers_come_first_and_numbers_keep_the_order() {
        let order = [Leaver, Joiner, Change, Repair];
        assert!(order.is_sorted());
        assert_eq!(order.map(|u| Urgency::from(i64::from(u))), order);
        assert_eq!(order.map(i64::from), [0, 1, 2, 3]);
    }
}
