//! HR at work: each deed done to the company, and told as Bob tells it.

mod lifecycle;
mod record;

use chrono::{DateTime, NaiveDate, Utc};

use super::act::Act;
use super::company::Company;
use super::event::News;
use super::person::{Person, Row};

const LIFECYCLE: &str = "lifecycle";
const WORK: &str = "work";

/// Why HR cannot do that.
pub(super) type Refused = String;

impl Company {
    /// Does it; gives the id of whom it was about, empty where it was about nobody.
    pub(super) fn perform(&mut self, act: Act, now: DateTime<Utc>) -> Result<String, Refused> {
        self.advance(now);
        let done = self.deed(act, now);
        self.advance(now);
        done
    }

    fn deed(&mut self, act: Act, now: DateTime<Utc>) -> Result<String, Refused> {
        match act {
            Act::Hire { id, start, fields } => self.hire(id, start, fields, now),
            Act::Change { who, from, fields } => self.change(&who, from, fields, now),
            Act::MoveStart { who, start } => self.move_start(&who, start, now),
            Act::CancelHire { who } => self.cancel_hire(&who, now),
            Act::Terminate { who, on, last_day, reason, revoke } => {
                self.terminate(&who, on, (last_day, reason), revoke, now)
            }
            Act::MoveTermination { who, on, last_day } => self.move_termination(&who, on, last_day, now),
            Act::CancelTermination { who } => self.cancel_termination(&who, now),
            Act::Rehire { who, start, fields } => self.rehire(&who, start, fields, now),
            Act::Leave { who, from, status, remain_active, until } => {
                self.leave(&who, from, (status, remain_active, until), now)
            }
            Act::Back { who, from } => self.back(&who, from, now),
            Act::Revoke { who } => self.revoke(&who, now),
            Act::Delete { who } => self.delete(&who, now),
            Act::Site { name, zone } => {
                let zone = zone.parse().map_err(|_| format!("there is no time zone {zone}"))?;
                self.open_site(&name, zone);
                Ok(String::new())
            }
            Act::Line { .. } => Ok(String::new()),
        }
    }

    fn whom(&self, who: &str) -> Result<Person, Refused> {
        self.find(who).cloned().ok_or_else(|| format!("there is no employee {who}"))
    }

    /// The day that is meant: today where the employee works, if none is given.
    fn day(&self, person: &Person, given: Option<NaiveDate>, now: DateTime<Utc>) -> NaiveDate {
        given.unwrap_or_else(|| self.standing(person, now).site.day(now))
    }

    fn row<T>(&mut self, effective: NaiveDate, what: T, now: DateTime<Utc>) -> Row<T> {
        Row { id: self.number(), effective, recorded: now, told: false, what }
    }

    /// Keeps what somebody has become, and tells: the rows first, then the fields that changed with them.
    fn save(&mut self, was: &Person, mut is: Person, news: &[News], now: DateTime<Utc>) -> String {
        is.sort();
        let id = is.id.clone();
        self.put(is.clone(), now);
        for news in news {
            self.tell(&is, news, now, false);
        }
        let changed = self.changed((was, now), (&is, now));
        if !changed.is_empty() {
            self.tell(&is, &News::Updated(changed), now, false);
        }
        id
    }

    /// Keeps what somebody has become by the deletion of rows. Bob API: that fires nothing.
    fn save_silently(&mut self, is: Person, now: DateTime<Utc>) -> String {
        let id = is.id.clone();
        self.put(is, now);
        id
    }
}
