//! What is coming: who will be created, activated, suspended, deactivated on which day, and what waits.

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::OptionalExtension;
use serde::Serialize;

use super::due::{COLUMNS, Person, person, surround};
use super::hindrance::{Ahead, Hindrances, Waits};
use super::moved::Moved;
use super::{LedgerError, Report, key, row};
use crate::domain::decide::{Next, Rules};
use crate::domain::foresight::Foreseen;
use crate::domain::guard::Effect;
use crate::domain::schema::Schema;

/// What is coming until an instant.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Upcoming {
    /// Now.
    pub now: DateTime<Utc>,
    /// The last instant that was looked at.
    pub until: DateTime<Utc>,
    /// On whose word nothing is written to Okta, if so ([`super::mode`]): then nothing of this is done.
    pub mode: Option<String>,
    /// What would be done now, and waits for something.
    pub waiting: Vec<Coming>,
    /// What will be done by itself, the soonest first.
    pub coming: Vec<Coming>,
}

/// What happens to one account at one instant.
#[derive(Clone, Debug, Serialize)]
pub struct Coming {
    /// When.
    pub at: DateTime<Utc>,
    /// The same by the person's clock (RFC 3339).
    pub local: String,
    /// The person's time zone (IANA).
    pub zone: String,
    /// HR's id.
    pub employee: String,
    /// The account's login, or the one that it is to have.
    pub login: Option<String>,
    /// What is done: `create`, `link`, `update`, `activate`, `reactivate`, `suspend`, `unsuspend`, `clear sessions`,
    /// `deactivate`; nothing where that cannot be told before Okta has been asked.
    pub changes: Vec<&'static str>,
    /// What the account should be from then on.
    pub access: &'static str,
    /// The rule that says so.
    pub why: String,
    /// What keeps it from being done, as far as that can be told today.
    pub waits: Option<Waits>,
    /// The instant that it has been moved from.
    pub moved: Option<Moved>,
    /// What it takes away, which is limited.
    #[serde(skip)]
    pub(super) takes: Option<Effect>,
}

impl Report {
    /// The same rules under the org's schema as it was last seen.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn heed_schema(&self, rules: &Rules) -> Result<Rules, LedgerError> {
        let stored = row::meta(self.connection(), key::SCHEMA)?;
        let schema = stored.and_then(|text| serde_json::from_str::<Schema>(&text).ok());
        Ok(schema.map_or_else(|| rules.clone(), |schema| rules.under(&schema)))
    }

    /// What is coming until an instant, if HR says nothing more, by these rules, which are those that the ledger was
    /// last decided by: whoever has nothing due by then is not looked at.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn upcoming(
        &self,
        rules: &Rules,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Upcoming, LedgerError> {
        let connection = self.connection();
        let mut query = connection.prepare(&format!(
            "SELECT {COLUMNS} FROM employee WHERE due_at <= ?1 OR waiting IS NOT NULL ORDER BY seq"
        ))?;
        let mut rows = query.query([row::millis(until)])?;
        let hindrances = self.hindrances()?;
        let mut upcoming = Upcoming { now, until, mode: self.meta(key::MODE)?, ..Upcoming::default() };
        while let Some(found) = rows.next()? {
            let Ok(known) = person(found) else { continue };
            let own = self.coming(rules, &hindrances, &surround(connection, rules, known)?, now, until)?;
            upcoming.waiting.extend(own.waiting);
            upcoming.coming.extend(own.coming);
        }
        upcoming.coming.sort_by(|one, other| (one.at, &one.employee).cmp(&(other.at, &other.employee)));
        let ahead = upcoming.coming.iter_mut();
        let ahead = ahead.map(|one| Ahead { at: one.at, takes: one.takes, waits: &mut one.waits });
        self.foresee_limits(rules, now, ahead.collect())?;
        Ok(upcoming)
    }

    /// The same of one person.
    pub(super) fn coming(
        &self,
        rules: &Rules,
        hindrances: &Hindrances,
        known: &Person,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Upcoming, LedgerError> {
        let mut upcoming = Upcoming { now, until, ..Upcoming::default() };
        for seen in rules.foresee(known.employee.clone(), known.view.clone(), now, until) {
            let coming = Coming { waits: hindrances.of(rules, known, &seen), ..coming(rules, known, &seen) };
            match &seen.decision.next {
                Next::Rest | Next::AwaitMirror => {}
                Next::Look(_) if seen.at > now => {}
                _ if seen.at > now => {
                    let moved = self.moved(&coming.employee, seen.at, &seen.decision.desired.why)?;
                    upcoming.coming.push(Coming { moved, ..coming });
                }
                _ => {
                    let word = |waiting: &String| Waits::new(waiting, waits_for(waiting));
                    // Whoever waits for nothing is being worked on.
                    if let Some(waits) = coming.waits.clone().or(known.waiting.as_ref().map(word)) {
                        upcoming.waiting.push(Coming { waits: Some(waits), ..coming });
                    }
                }
            }
        }
        Ok(upcoming)
    }

    /// One person with all that decisions need; none where nobody is known by this id.
    pub(super) fn around(&self, rules: &Rules, employee: &str) -> Result<Option<Person>, LedgerError> {
        let mut query =
            self.connection().prepare_cached(&format!("SELECT {COLUMNS} FROM employee WHERE id = ?1"))?;
        let found = query.query_row([employee], person).optional()?;
        found.map(|person| surround(self.connection(), rules, person)).transpose()
    }
}

/// For people: what a person in this state waits for.
fn waits_for(waiting: &str) -> &'static str {
    match waiting {
        "retry" => "the next attempt",
        "mirror" => "the list of Okta's users",
        "hr" => "HR to be read once more",
        "observe" => "the end of observing",
        "paused" => "the end of a pause",
        _ => "facts or an operator",
    }
}

fn coming(rules: &Rules, known: &Person, seen: &Foreseen) -> Coming {
    let zones = &rules.access.zones;
    let zone = zones.of(&known.employee.facts).unwrap_or(zones.default);
    let login = known.view.linked.as_ref().map(|account| account.login.clone());
    let desired = &seen.decision.desired;
    Coming {
        at: seen.at,
        local: seen.at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, false),
        zone: zone.name().to_owned(),
        employee: known.employee.id.clone(),
        login: login.or_else(|| rules.login(&known.employee)),
        changes: seen.words(),
        access: desired.access.as_str(),
        why: desired.why.text(),
        waits: None,
        moved: None,
        takes: seen.claim(rules).map(|claim| claim.effect),
    }
}
