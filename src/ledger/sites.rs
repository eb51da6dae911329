//! Sites that nobody has given a time zone.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::{Ledger, LedgerError, Report, row};
use crate::domain::facts::Facts;
use crate::domain::field;
use crate::domain::zone::Zones;

impl Ledger {
    /// The sites of people whose days begin in the default zone for want of another. Those of people who have
    /// left do not count.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub async fn unzoned_sites(&self) -> Result<BTreeSet<String>, LedgerError> {
        let rules = self.rules();
        self.writer.call(move |tx| unzoned(tx, &rules.access.zones)).await
    }
}

impl Report {
    /// The same by these zones.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn unzoned_sites(&self, zones: &Zones) -> Result<BTreeSet<String>, LedgerError> {
        unzoned(self.connection(), zones)
    }
}

fn unzoned(connection: &Connection, zones: &Zones) -> Result<BTreeSet<String>, LedgerError> {
    // One person of each combination is enough: reading everybody's facts takes a second.
    let value = |name: &str| format!("facts ->> '$.facts.\"{}\"[0]'", name.replace(['\'', '"'], ""));
    let names = [field::SITE, field::SITE_ID].into_iter().chain(zones.field.as_deref());
    let by = names.map(value).collect::<Vec<_>>().join(", ");
    let mut query = connection.prepare(&format!(
        "SELECT facts FROM employee WHERE access IS NOT 'deactivated' AND json_valid(facts) GROUP BY {by}"
    ))?;
    let mut sites = BTreeSet::new();
    let mut rows = query.query([])?;
    while let Some(found) = rows.next()? {
        // A row that cannot be read is told by those who need it.
        let facts: Option<Facts> = row::json(found, 0).ok();
        sites.extend(facts.and_then(|facts| zones.unzoned(&facts)));
    }
    Ok(sites)
}
