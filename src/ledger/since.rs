//! Since when each fact of a person has the value that it has: told by the decisions, not stored with the facts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::activity::code;
use super::{LedgerError, Report, row};

impl Report {
    /// For each field of a person, when a decision last recorded that its value had become another one. A read of HR
    /// stamps anew whatever it shows, so the stamps of facts do not tell that.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub(super) fn since(&self, employee: &str) -> Result<BTreeMap<String, DateTime<Utc>>, LedgerError> {
        // Of the other decisions the fields are Okta's attributes, or the same once more.
        let mut query = self.connection().prepare(
            "SELECT field.value, activity.at, max(activity.seq) FROM activity, json_each(activity.fields) AS field
             WHERE activity.employee = ?1 AND activity.code IN (?2, ?3) GROUP BY field.value",
        )?;
        let told = rusqlite::params![employee, code::EVENT_ACCEPTED, code::FOUND];
        let rows = query.query_map(told, |found| Ok((found.get(0)?, row::instant(found, 1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
