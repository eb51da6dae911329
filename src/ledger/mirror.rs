//! The mirror of the Okta directory.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction};
use serde_json::Value;

use super::merge::wake_contenders;
use super::row::{self, millis};
use super::{Ledger, LedgerError, key};
use crate::domain::account::{Account, OktaId, fold};
use crate::domain::decide::Rules;

impl Ledger {
    /// Takes over a page of the directory. Lists lag behind, so a row counts only if it is newer than
    /// what is known.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn listed(&self, accounts: Vec<Account>, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let rules = self.rules();
        self.writer
            .call(move |tx| {
                for account in &accounts {
                    let known: Option<i64> = tx
                        .prepare_cached("SELECT last_updated FROM account WHERE id = ?1")?
                        .query_row([&account.id.0], |row| row.get(0))
                        .optional()?;
                    if known.is_none_or(|known| known < millis(account.last_updated)) {
                        wake_contenders(tx, put(tx, &rules, account)?, "", now)?;
                    }
                }
                Ok(())
            })
            .await
    }

    /// Notes that the whole directory has been listed; whoever waited for it is due.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn mirrored(&self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.writer
            .call(move |tx| {
                row::set_meta(tx, key::MIRROR, Some(&now.to_rfc3339()))?;
                tx.execute("UPDATE employee SET due_at = ?1 WHERE waiting = 'mirror'", [millis(now)])?;
                Ok(())
            })
            .await
    }

    /// Those of these accounts whose owners can log in, as far as the mirror knows; of one that it does not have,
    /// nothing speaks against it.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub async fn usable(&self, accounts: BTreeSet<OktaId>) -> Result<BTreeSet<OktaId>, LedgerError> {
        self.writer
            .call(move |tx| {
                let mut cut = tx.prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM account WHERE id = ?1 AND status IN ('SUSPENDED', 'DEPROVISIONED'))",
                )?;
                let mut usable = BTreeSet::new();
                for id in accounts {
                    if !cut.query_row([&id.0], |row| row.get::<_, bool>(0))? {
                        usable.insert(id);
                    }
                }
                Ok(usable)
            })
            .await
    }

    /// How many accounts the mirror holds, and how many employees the ledger does.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub async fn sizes(&self) -> Result<(i64, i64), LedgerError> {
        self.writer
            .call(|tx| {
                let count = "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM employee)";
                Ok(tx.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
            })
            .await
    }
}

/// Puts a row in place. If whose it is or what it is has changed, tells the logins, the HR ids and the
/// account that this may matter to.
pub(super) fn put(tx: &Transaction, rules: &Rules, account: &Account) -> Result<Vec<String>, LedgerError> {
    let before: Option<(String, Option<String>, String)> = tx
        .prepare_cached("SELECT folded, identity, status FROM account WHERE id = ?1")?
        .query_row([&account.id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let folded = fold(&account.login);
    let identity = match account.profile.get(&rules.identity.attribute) {
        Some(Value::String(id)) => Some(id.clone()),
        Some(Value::Null) | None => None,
        Some(other) => Some(other.to_string()),
    };
    tx.prepare_cached(
        "INSERT INTO account (id, login, folded, identity, status, created, status_changed, last_updated, profile,
             seen_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT DO UPDATE SET login = ?2, folded = ?3, identity = ?4, status = ?5, created = ?6,
             status_changed = ?7, last_updated = ?8, profile = ?9, seen_at = ?10",
    )?
    .execute(rusqlite::params![
        account.id.0,
        account.login,
        folded,
        identity,
        account.status.as_str(),
        millis(account.created),
        account.status_changed.map(millis),
        millis(account.last_updated),
        row::text(&account.profile)?,
        millis(account.seen_at),
    ])?;
    let after = (folded, identity, account.status.as_str().to_owned());
    if before.as_ref() == Some(&after) {
        return Ok(Vec::new());
    }
    let claims = |(folded, identity, _)| [Some(folded), identity, Some(account.id.0.clone())];
    Ok(before.map(claims).into_iter().chain([claims(after)]).flatten().flatten().collect())
}

/// Takes a row away, and tells its login and HR id.
pub(super) fn remove(tx: &Transaction, id: &OktaId) -> Result<Vec<String>, LedgerError> {
    let claims: Option<[Option<String>; 2]> = tx
        .prepare_cached("DELETE FROM account WHERE id = ?1 RETURNING folded, identity")?
        .query_row([&id.0], |row| Ok([row.get(0)?, row.get(1)?]))
        .optional()?;
    Ok(claims.into_iter().flatten().flatten().collect())
}

/// The login of an account, as it is compared.
pub(super) fn login(tx: &Transaction, id: &str) -> Result<Option<String>, LedgerError> {
    let mut query = tx.prepare_cached("SELECT folded FROM account WHERE id = ?1")?;
    Ok(query.query_row([id], |row| row.get(0)).optional()?)
}
