//! Deeds that are rows of the lifecycle table.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

use crate::sandbox::bob::company::Company;
use crate::sandbox::bob::event::News;
use crate::sandbox::bob::person::{Person, Row, Stage};
use crate::sandbox::bob::standing::begins;

use super::{LIFECYCLE, Refused};

fn created(effective: NaiveDate) -> News {
    News::RowCreated { table: LIFECYCLE, effective }
}

fn updated(effective: NaiveDate) -> News {
    News::RowUpdated { table: LIFECYCLE, effective }
}

fn is_begin(row: &Row<Stage>) -> bool {
    matches!(row.what, Stage::Begins { .. })
}

fn is_end(row: &Row<Stage>) -> bool {
    matches!(row.what, Stage::Terminated { .. } | Stage::Garden)
}

/// The place of the row that begins the employment that is meant.
fn begin(person: &Person) -> Result<usize, Refused> {
    person
        .lifecycle
        .iter()
        .rposition(is_begin)
        .ok_or_else(|| "no employment begins: there is no such row".into())
}

/// The rows that end it: the garden leave, if there is one, and the termination.
fn without_end(person: &mut Person) -> Result<(), Refused> {
    let begin = begin(person)?;
    let before = person.lifecycle.len();
    let mut place = 0;
    person.lifecycle.retain(|row| {
        place += 1;
        place - 1 < begin || !is_end(row)
    });
    if person.lifecycle.len() == before { Err("there is no termination".into()) } else { Ok(()) }
}

impl Company {
    pub(super) fn move_start(
        &mut self,
        who: &str,
        start: NaiveDate,
        now: DateTime<Utc>,
    ) -> Result<String, Refused> {
        let was = self.whom(who)?;
        let mut is = was.clone();
        let place = begin(&is)?;
        let old = is.lifecycle[place].effective;
        let comes = begins(&self.sites, &is, start);
        let row = &mut is.lifecycle[place];
        row.effective = start;
        // Moved into the future it comes into effect once more.
        row.told &= comes <= now;
        row.recorded = now;
        // The first job begins with the employment.
        if let Some(job) = is.work.iter_mut().find(|job| job.effective == old) {
            job.effective = start;
        }
        Ok(self.save(&was, is, &[updated(start)], now))
    }

    pub(super) fn cancel_hire(&mut self, who: &str, now: DateTime<Utc>) -> Result<String, Refused> {
        let mut is = self.whom(who)?;
        let place = begin(&is)?;
        if begins(&self.sites, &is, is.lifecycle[place].effective) <= now {
            return Err("the employment has begun: it can only be terminated".into());
        }
        is.lifecycle.remove(place);
        Ok(self.save_silently(is, now))
    }

    pub(super) fn terminate(
        &mut self,
        who: &str,
        on: Option<NaiveDate>,
        (last_day, reason): (Option<NaiveDate>, Option<String>),
        revoke: bool,
        now: DateTime<Utc>,
    ) -> Result<String, Refused> {
        let was = self.whom(who)?;
        let on = self.day(&was, on, now);
        if was.lifecycle[begin(&was)?..].iter().any(is_end) {
            return Err("there is a termination already: move or cancel it".into());
        }
        let reason = reason.map(|reason| self.lists.item("terminationReason", &reason));
        let (is, news) = self.ended(was.clone(), on, (last_day, reason), now)?;
        let id = self.save(&was, is.clone(), &news, now);
        if revoke {
            // Bob API: only where the date is today or later; else the access ends at once anyway.
            if on >= self.day(&is, None, now) {
                self.tell(&is, &News::Revoked, now, false);
            }
        }
        Ok(id)
    }

    /// Somebody with the rows that end the employment, and what is told of these.
    fn ended(
        &mut self,
        mut person: Person,
        on: NaiveDate,
        (last_day, reason): (Option<NaiveDate>, Option<String>),
        now: DateTime<Utc>,
    ) -> Result<(Person, Vec<News>), Refused> {
        let start = person.lifecycle[begin(&person)?].effective;
        if on < start || last_day.is_some_and(|last_day| last_day > on || last_day < start) {
            return Err(
                "an employment ends after it began, and the last day is not after the termination".into()
            );
        }
        let mut news = Vec::new();
        if let Some(last_day) = last_day.filter(|last_day| *last_day < on) {
            let row = self.row(last_day, Stage::Garden, now);
            person.lifecycle.push(row);
            news.push(created(last_day));
        }
        let row = self.row(on, Stage::Terminated { last_day, reason }, now);
        person.lifecycle.push(row);
        news.push(created(on));
        Ok((person, news))
    }

    pub(super) fn move_termination(
        &mut self,
        who: &str,
        on: NaiveDate,
        last_day: Option<NaiveDate>,
        now: DateTime<Utc>,
    ) -> Result<String, Refused> {
        let was = self.whom(who)?;
        let mut is = was.clone();
        without_end(&mut is)?;
        let reason = match self.standing(&was, now).end.map(|row| &row.what) {
            Some(Stage::Terminated { reason, .. }) => reason.clone(),
            _ => None,
        };
        let (is, _) = self.ended(is, on, (last_day, reason), now)?;
        Ok(self.save(&was, is, &[updated(on)], now))
    }

    pub(super) fn cancel_termination(&mut self, who: &str, now: DateTime<Utc>) -> Result<String, Refused> {
        let mut is = self.whom(who)?;
        without_end(&mut is)?;
        Ok(self.save_silently(is, now))
    }

    pub(super) fn rehire(
        &mut self,
        who: &str,
        start: Option<NaiveDate>,
        fields: Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<String, Refused> {
        let was = self.whom(who)?;
        let start = self.day(&was, start, now);
        let end = was.lifecycle.iter().rev().find(|row| matches!(row.what, Stage::Terminated { .. }));
        let last = was.lifecycle.last().map(|row| row.effective);
        if end.is_none() || last.is_some_and(|last| start <= last) {
            return Err("a new employment begins after the termination date of the last one".into());
        }
        let mut is = was.clone();
        let row = self.row(start, Stage::Begins { again: true }, now);
        is.lifecycle.push(row);
        is.uninvited = false;
        let mut news = vec![created(start)];
        let job = self.write(&mut is, fields, now)?;
        if let Some(job) = job {
            let row = self.row(start, job, now);
            is.work.push(row);
            news.push(News::RowCreated { table: super::WORK, effective: start });
        }
        Ok(self.save(&was, is, &news, now))
    }

    pub(super) fn leave(
        &mut self,
        who: &str,
        from: Option<NaiveDate>,
        (status, remain_active, until): (Option<String>, bool, Option<NaiveDate>),
        now: DateTime<Utc>,
    ) -> Result<String, Refused> {
        let status = status.unwrap_or_else(|| "leave".into()).to_lowercase();
        self.stage(who, from, Stage::Leave { status, remain_active, until }, now)
    }

    pub(super) fn back(
        &mut self,
        who: &str,
        from: Option<NaiveDate>,
        now: DateTime<Utc>,
    ) -> Result<String, Refused> {
        self.stage(who, from, Stage::Returns, now)
    }

    /// One more row within an employment.
    fn stage(
        &mut self,
        who: &str,
        from: Option<NaiveDate>,
        stage: Stage,
        now: DateTime<Utc>,
    ) -> Result<String, Refused> {
        let was = self.whom(who)?;
        let from = self.day(&was, from, now);
        let mut is = was.clone();
        if from < is.lifecycle[begin(&is)?].effective {
            return Err("the employment has not begun by then".into());
        }
        let row = self.row(from, stage, now);
        is.lifecycle.push(row);
        Ok(self.save(&was, is, &[created(from)], now))
    }
}
