//! What somebody is at a moment: derived from the tables, never stored.

use chrono::{DateTime, NaiveDate, Utc};

use super::person::{Job, Person, Row, Stage};
use super::site::Site;

/// What the tables say of somebody at a moment.
pub(super) struct Standing<'a> {
    /// Bob API: lower case; none where no row of the lifecycle table is left.
    pub(super) status: Option<&'a str>,
    /// Whether Bob lets them in.
    pub(super) active: bool,
    pub(super) job: &'a Row<Job>,
    pub(super) site: &'a Site,
    /// The row in effect.
    pub(super) current: Option<&'a Row<Stage>>,
    /// The first day of the employment that is meant: the one to come, if there is one.
    pub(super) starts: Option<NaiveDate>,
    pub(super) first_start: Option<NaiveDate>,
    /// The row that ends that employment.
    pub(super) end: Option<&'a Row<Stage>>,
    pub(super) leave: Option<&'a Row<Stage>>,
}

/// The site of an employee's job.
pub(super) fn site_of<'a>(sites: &'a [Site], job: &Job) -> &'a Site {
    sites.iter().find(|site| site.id == job.site).unwrap_or(&sites[0])
}

/// When a row of the lifecycle table comes into effect: at midnight where the employee works then.
pub(super) fn begins(sites: &[Site], person: &Person, effective: NaiveDate) -> DateTime<Utc> {
    site_of(sites, &person.job(effective).what).midnight(effective)
}

impl<'a> Standing<'a> {
    /// With `keeps_end` the end of an earlier employment stays after a new one has been written.
    pub(super) fn new(sites: &'a [Site], person: &'a Person, at: DateTime<Utc>, keeps_end: bool) -> Self {
        let in_effect = |row: &&Row<Job>| site_of(sites, &row.what).midnight(row.effective) <= at;
        let job = person.work.iter().rev().find(in_effect).unwrap_or(&person.work[0]);
        let rows = &person.lifecycle;
        let reached = |row: &&Row<Stage>| begins(sites, person, row.effective) <= at;
        let current = rows.iter().rev().find(reached);
        let begin = |row: &&Row<Stage>| matches!(row.what, Stage::Begins { .. });
        let start = rows.iter().rposition(|row| begin(&row));
        let to_come = start.map(|start| &rows[start]).filter(|row| !reached(row));
        let out = current.is_none_or(|row| matches!(row.what, Stage::Terminated { .. }));
        let (status, active) = match (to_come, current) {
            (Some(_), _) if out => (Some("hired"), false),
            (_, None) => (None, false),
            (_, Some(row)) => row.what.standing(),
        };
        let of_this =
            if keeps_end { rows.as_slice() } else { rows.get(start.unwrap_or(0)..).unwrap_or_default() };
        let leave = rows.iter().rev().find(|row| matches!(row.what, Stage::Leave { .. }));
        Self {
            status,
            active,
            job,
            site: site_of(sites, &job.what),
            current,
            starts: start.map(|start| rows[start].effective),
            first_start: rows.iter().find(begin).map(|row| row.effective),
            end: of_this.iter().rev().find(|row| matches!(row.what, Stage::Terminated { .. })),
            leave,
        }
    }
}

impl Stage {
    /// The status while the row is in effect, and whether it lets one in.
    pub(super) fn standing(&self) -> (Option<&str>, bool) {
        match self {
            Stage::Begins { .. } | Stage::Returns => (Some("employed"), true),
            Stage::Leave { status, remain_active, .. } => (Some(status), *remain_active),
            Stage::Garden => (Some("garden leave"), false),
            Stage::Terminated { .. } => (Some("terminated"), false),
        }
    }

    /// The item of the reason that the table shows.
    pub(super) fn reason(&self) -> Option<&str> {
        match self {
            Stage::Terminated { reason, .. } => reason.as_deref(),
            _ => None,
        }
    }

    /// The status that the table shows.
    pub(super) fn word(&self) -> &str {
        self.standing().0.unwrap_or_default()
    }
}
