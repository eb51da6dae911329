//! The differences that are known, each with its reason. One that is not here fails the test, and so does one
//! that is here and no longer occurs.

use super::recording::Recording;

/// A difference that some recordings have.
pub struct Known {
    /// Ids, or all with none.
    ids: &'static [&'static str],
    /// Only recordings of an earlier year.
    before: u32,
    /// How the difference begins.
    difference: &'static str,
    pub reason: &'static str,
}

impl Known {
    pub fn explains(&self, recording: &Recording, difference: &str) -> bool {
        (self.ids.is_empty() || self.ids.contains(&recording.id.as_str()))
            && recording.year() < self.before
            && difference.starts_with(self.difference)
    }
}

const fn of(ids: &'static [&'static str], difference: &'static str, reason: &'static str) -> Known {
    Known { ids, before: u32::MAX, difference, reason }
}

const fn before(before: u32, difference: &'static str, reason: &'static str) -> Known {
    Known { ids: &[], before, difference, reason }
}

pub const KNOWN: &[Known] = &[];
