//! Accounts that are nobody's and look like somebody's, and linked ones that are not there any more.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{OptionalExtension, Transaction};

use super::{Differences, keep};
use crate::domain::account::{OktaId, fold};
use crate::domain::decide::Rules;
use crate::domain::drift::{Finding, Kind};
use crate::domain::identity::Foreign;
use crate::ledger::row::millis;
use crate::ledger::{Activity, Ledger, LedgerError};

/// So many accounts are looked at in one go.
const SOME: u32 = 500;
/// A list may lack what was changed just before it.
const LAG: TimeDelta = TimeDelta::minutes(10);
/// A list that lacks more than so many linked accounts, and more than so many of a hundred, is not believed.
const FEW: usize = 10;
const PERCENT: usize = 5;

/// An account that is linked to nobody.
struct Stray {
    id: String,
    folded: String,
    identity: Option<String>,
    email: Option<String>,
}

impl Ledger {
    /// Looks at the next accounts after this id that are linked to nobody; tells the last one, if there may be more.
    pub(super) async fn compare_accounts(
        &self,
        after: String,
        now: DateTime<Utc>,
    ) -> Result<(Option<String>, Vec<Activity>), LedgerError> {
        let rules = self.rules();
        self.writer
            .call(move |tx| {
                let mut query = tx.prepare_cached(
                    "SELECT account.id, folded, identity, profile ->> '$.email'
                     FROM account LEFT JOIN employee ON employee.okta_id = account.id
                     WHERE employee.id IS NULL AND account.id > ?1 AND status <> 'DEPROVISIONED'
                     ORDER BY account.id LIMIT ?2",
                )?;
                let strays = query.query_map(rusqlite::params![after, SOME], |row| {
                    Ok(Stray {
                        id: row.get(0)?,
                        folded: row.get(1)?,
                        identity: row.get(2)?,
                        email: row.get(3)?,
                    })
                })?;
                let strays = strays.collect::<Result<Vec<_>, _>>()?;
                let mut told = Vec::new();
                for stray in &strays {
                    if let Some(found) = stray.looks_like(tx, &rules)? {
                        told.extend(keep(tx, &stray.id, &[found], now)?);
                    }
                }
                let last = strays.last().filter(|_| strays.len() == SOME as usize);
                Ok((last.map(|stray| stray.id.clone()), told))
            })
            .await
    }

    /// Whose linked account a whole list lacks, of those that were there well before it: what is new of that. Or how
    /// many it lacks, of how many, where these are too many to believe it.
    pub(super) async fn find_gone(
        &self,
        listed: Arc<HashSet<String>>,
        began: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Differences, LedgerError> {
        self.writer
            .call(move |tx| {
                let mut query = tx.prepare_cached(
                    "SELECT employee.id, account.id FROM employee JOIN account ON account.id = employee.okta_id
                     WHERE account.created < ?1 AND account.last_updated < ?1
                         AND account.status <> 'DEPROVISIONED'",
                )?;
                let linked = query.query_map([millis(began - LAG)], |row| Ok((row.get(0)?, row.get(1)?)))?;
                let linked = linked.collect::<Result<Vec<(String, String)>, _>>()?;
                let all = linked.len();
                let gone: Vec<_> = linked.into_iter().filter(|(_, id)| !listed.contains(id)).collect();
                let mut found = Differences::default();
                if gone.len() > FEW && gone.len() * 100 > all * PERCENT {
                    found.doubtful = Some((gone.len(), all));
                    return Ok(found);
                }
                for (employee, id) in gone {
                    let lost = Finding {
                        kind: Kind::Gone,
                        employee: Some(employee.clone()),
                        okta_id: Some(OktaId(id)),
                        fields: Vec::new(),
                        reason: "the linked account is not in Okta's list of all users".into(),
                        repairable: true,
                    };
                    found.new.extend(keep(tx, &employee, &[lost], now)?);
                }
                Ok(found)
            })
            .await
    }
}

impl Stray {
    /// As whose account it looks, if that person's own turn does not say so already.
    fn looks_like(&self, tx: &Transaction, rules: &Rules) -> Result<Option<Finding>, LedgerError> {
        let found = |kind, employee: Option<String>, reason: &str| Finding {
            kind,
            employee,
            okta_id: Some(OktaId(self.id.clone())),
            fields: Vec::new(),
            reason: reason.to_owned(),
            repairable: false,
        };
        if let Some(identity) = &self.identity {
            let linked: Option<bool> = tx
                .prepare_cached("SELECT okta_id IS NOT NULL FROM employee WHERE id = ?1")?
                .query_row([identity], |row| row.get(0))
                .optional()?;
            let reason = "has the HR id of somebody who is linked to another account";
            return Ok(match linked {
                Some(true) => Some(found(Kind::Unlinked, Some(identity.clone()), reason)),
                Some(false) => None,
                None if rules.identity.foreign == Foreign::Adopt => None,
                None => Some(found(Kind::Unknown, None, "has an HR id that HR has not told of")),
            });
        }
        let email = self.email.as_deref().map(fold).unwrap_or_default();
        let employee: Option<String> = tx
            .prepare_cached(
                "SELECT id FROM employee WHERE login IN (?1, ?2) AND okta_id IS NOT NULL LIMIT 1",
            )?
            .query_row([&self.folded, &email], |row| row.get(0))
            .optional()?;
        let reason = "has the login or email of somebody who is linked to another account";
        Ok(employee.map(|employee| found(Kind::Unlinked, Some(employee), reason)))
    }
}
