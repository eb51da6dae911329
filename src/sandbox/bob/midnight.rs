//! What happens by itself: at midnight of the day from which on a row counts, where the employee works.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::company::Company;
use super::event::News;
use super::person::{Person, Stage};
use super::record::Record;
use super::standing::{begins, site_of};
use super::switches::Switch;

impl Company {
    /// Lets everything come into effect whose time has come.
    pub(super) fn advance(&mut self, now: DateTime<Utc>) {
        self.lag.advance(now);
        let mut due: BTreeMap<(DateTime<Utc>, String), Vec<u64>> = BTreeMap::new();
        for person in self.awaiting() {
            for (at, row) in self.awaited(person).filter(|(at, _)| *at <= now) {
                due.entry((at, person.id.clone())).or_default().push(row);
            }
        }
        for ((at, id), rows) in due {
            let Some(person) = self.person(&id).cloned() else { continue };
            self.take_effect(&person, &rows, at);
            self.told(&id, &rows);
        }
    }

    /// When the next row comes into effect.
    pub(super) fn next(&self) -> Option<DateTime<Utc>> {
        let awaiting = self.people().filter(|person| person.awaits());
        awaiting.flat_map(|person| self.awaited(person).map(|(at, _)| at)).min()
    }

    /// The rows that have not come into effect, and when they do: not before they are written.
    fn awaited(&self, person: &Person) -> impl Iterator<Item = (DateTime<Utc>, u64)> {
        let lifecycle = person.lifecycle.iter().filter(|row| !row.told);
        let lifecycle =
            lifecycle.map(|row| (begins(&self.sites, person, row.effective).max(row.recorded), row.id));
        let work = person.work.iter().filter(|row| !row.told).map(|row| {
            let midnight = site_of(&self.sites, &row.what).midnight(row.effective);
            (midnight.max(row.recorded), row.id)
        });
        lifecycle.chain(work)
    }

    fn take_effect(&mut self, person: &Person, rows: &[u64], at: DateTime<Utc>) {
        for (place, row) in person.lifecycle.iter().enumerate() {
            if rows.contains(&row.id) {
                let before = place.checked_sub(1).map(|place| &person.lifecycle[place].what);
                for kind in effects(before, &row.what) {
                    self.tell(person, &News::Effect(kind), at, true);
                }
            }
        }
        // What HR wrote at this very moment has been told with the writing.
        let all = person.lifecycle.iter().map(|row| (row.id, row.recorded));
        let mut all = all.chain(person.work.iter().map(|row| (row.id, row.recorded)));
        let by_itself = all.any(|(row, recorded)| rows.contains(&row) && recorded < at);
        if by_itself && self.switches.on(Switch::UpdatedAtMidnight) {
            let eve = at - TimeDelta::microseconds(1);
            let changed = self.changed((person, eve), (person, at));
            if !changed.is_empty() {
                self.tell(person, &News::Updated(changed), at, true);
            }
        }
    }

    /// The fields that differ between two moments. Bob API: calculated ones are not told.
    pub(super) fn changed(
        &self,
        before: (&Person, DateTime<Utc>),
        after: (&Person, DateTime<Utc>),
    ) -> Vec<String> {
        let [before, after] = [before, after].map(|(person, at)| Record::new(self, person, at));
        let calculated = self.switches.on(Switch::CalculatedAreTold);
        let fields = self.fields.iter().filter(|field| calculated || !field.calculated);
        let changed = fields.filter(|field| before.value(field) != after.value(field));
        changed.map(|field| field.id.clone()).collect()
    }
}

/// The events of a row that comes into effect after another.
fn effects(before: Option<&Stage>, stage: &Stage) -> Vec<&'static str> {
    const JOINED: &str = "employee.joined";
    const ACTIVATED: &str = "employee.activated";
    const INACTIVATED: &str = "employee.inactivated";
    const LEFT: &str = "employee.left";
    let was_active = before.is_some_and(|stage| stage.standing().1);
    let access = match (was_active, stage.standing().1) {
        (false, true) => Some(ACTIVATED),
        (true, false) => Some(INACTIVATED),
        _ => None,
    };
    let first = match stage {
        Stage::Begins { .. } => Some(JOINED),
        Stage::Leave { .. } => Some("employee.temporaryLeave"),
        Stage::Garden => Some(LEFT),
        // Bob API: at garden leave or termination, whichever comes first.
        Stage::Terminated { .. } if before != Some(&Stage::Garden) => Some(LEFT),
        Stage::Terminated { .. } | Stage::Returns => None,
    };
    first.into_iter().chain(access).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_is_told_once_and_access_only_where_it_changes() {
        let terminated = Stage::Terminated { last_day: None, reason: None };
        let begins = Stage::Begins { again: false };
        let leave = |remain_active| Stage::Leave { status: "leave".into(), remain_active, until: None };
        for (before, stage, told) in [
            (None, &begins, vec!["employee.joined", "employee.activated"]),
            (Some(&begins), &leave(true), vec!["employee.temporaryLeave"]),
            (Some(&begins), &leave(false), vec!["employee.temporaryLeave", "employee.inactivated"]),
            (Some(&leave(true)), &Stage::Returns, vec![]),
            (Some(&leave(false)), &Stage::Returns, vec!["employee.activated"]),
            (Some(&begins), &Stage::Garden, vec!["employee.left", "employee.inactivated"]),
            (Some(&Stage::Garden), &terminated, vec![]),
            (Some(&begins), &terminated, vec!["employee.left", "employee.inactivated"]),
            (Some(&leave(false)), &terminated, vec!["employee.left"]),
        ] {
            assert_eq!(effects(before, stage), told, "{before:?} → {stage:?}");
        }
    }
}
