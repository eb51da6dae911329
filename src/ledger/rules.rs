//! What another mapping, policy or zone means for everybody who is known already.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::Transaction;

use super::merge::urgency;
use super::row::{self, millis};
use super::{Ledger, LedgerError, key};
use crate::domain::account::fold;
use crate::domain::decide::Rules;
use crate::domain::facts::Tracked;
use crate::domain::schema::Schema;

/// What changed rules did to the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapted {
    /// How many people are due again.
    pub people: usize,
    /// Fields that were not kept before: unknown of everybody until HR sends them.
    pub unknown: BTreeSet<String>,
}

impl Ledger {
    /// If the rules are others than those of the last start, makes everybody due and forgets the facts
    /// that are no longer tracked. Where fields are tracked that were not, nobody counts as read from HR.
    /// None where nothing changed.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn adapt(
        &self,
        fingerprint: String,
        now: DateTime<Utc>,
    ) -> Result<Option<Adapted>, LedgerError> {
        let rules = self.rules();
        self.writer
            .call(move |tx| {
                if row::meta(tx, key::RULES)?.as_ref() == Some(&fingerprint) {
                    return Ok(None);
                }
                let tracked = rules.tracked();
                let before: Tracked = match row::meta(tx, key::TRACKED)? {
                    Some(names) => serde_json::from_str(&names)?,
                    None => tracked.clone(),
                };
                let people = revise(tx, &rules, &tracked, now)?;
                let mirrored = row::text(&(&rules.identity.attribute, rules.attributes()))?;
                if row::meta(tx, key::MIRRORED)?.is_some_and(|before| before != mirrored) {
                    stale(tx)?;
                }
                row::set_meta(tx, key::MIRRORED, Some(&mirrored))?;
                row::set_meta(tx, key::RULES, Some(&fingerprint))?;
                row::set_meta(tx, key::TRACKED, Some(&row::text(&tracked)?))?;
                let unknown: BTreeSet<String> = tracked.difference(&before).cloned().collect();
                if !unknown.is_empty() {
                    // What the last reading of everybody asked for was less: the next one is due.
                    row::set_meta(tx, key::SYNCED, None)?;
                }
                Ok(Some(Adapted { people, unknown }))
            })
            .await
    }

    /// Puts the rules under the org's schema as it was last seen. Tells whether it has been seen.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub async fn recall_schema(&self) -> Result<bool, LedgerError> {
        let in_force = self.rules.clone();
        self.writer
            .call(move |tx| {
                // One that cannot be read is as good as none: Okta is asked for it anyway.
                let stored = row::meta(tx, key::SCHEMA)?;
                let Some(schema) = stored.and_then(|text| serde_json::from_str::<Schema>(&text).ok()) else {
                    return Ok(false);
                };
                in_force.set(Arc::new(in_force.get().under(&schema)));
                Ok(true)
            })
            .await
    }

    /// Puts the rules under the org's schema as it is now, and keeps it. If values are checked otherwise
    /// by it, everybody is due: tells how many. None where nothing changed.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn heed_schema(
        &self,
        schema: Schema,
        now: DateTime<Utc>,
    ) -> Result<Option<usize>, LedgerError> {
        let (in_force, before) = (self.rules.clone(), self.rules());
        let known = Arc::clone(&before);
        let heeded = self
            .writer
            .call(move |tx| {
                let rules = Arc::new(known.under(&schema));
                row::set_meta(tx, key::SCHEMA, Some(&row::text(&schema)?))?;
                if rules.mapping.checks_like(&known.mapping) {
                    return Ok(None);
                }
                let people = revise(tx, &rules, &rules.tracked(), now)?;
                // Whatever comes next in this thread is to go by them.
                in_force.set(rules);
                Ok(Some(people))
            })
            .await;
        if heeded.is_err() {
            self.rules.set(before);
        }
        heeded
    }
}

/// The mirror holds other attributes than are needed now: whatever a list shows is news, and nobody is
/// matched by what used to be the identity.
fn stale(tx: &Transaction) -> Result<(), LedgerError> {
    tx.execute("UPDATE account SET last_updated = 0, identity = NULL", [])?;
    row::set_meta(tx, key::MIRROR, None)?;
    row::set_meta(tx, key::LISTED, None)
}

fn revise(
    tx: &Transaction,
    rules: &Rules,
    tracked: &Tracked,
    now: DateTime<Utc>,
) -> Result<usize, LedgerError> {
    let mut query = tx.prepare("SELECT seq, id, facts, memory, okta_id FROM employee")?;
    let attributes = rules.attributes();
    let mut update = tx.prepare(
        "UPDATE employee SET facts = ?2, memory = ?6, login = ?3, urgency = ?4,
             due_at = min(?5, coalesce(due_at, ?5)),
             since = CASE WHEN due_at <= ?5 THEN since ELSE ?5 END, revision = revision + 1
         WHERE seq = ?1",
    )?;
    let mut rows = query.query([])?;
    let mut people = 0;
    while let Some(found) = rows.next()? {
        let mut employee = match row::employee(found, 1) {
            Ok(employee) => employee,
            Err(error) => {
                row::damaged(found.get::<_, String>(1).ok().as_deref(), &error);
                continue;
            }
        };
        employee.facts.retain(tracked);
        employee.memory.retain(&attributes);
        let login = rules.login(&employee).map(|login| fold(&login));
        let urgency: i64 = urgency(rules, &employee, now).into();
        let seq: i64 = found.get(0)?;
        let (facts, memory) = (row::text(&employee.facts)?, row::text(&employee.memory)?);
        update.execute(rusqlite::params![seq, facts, login, urgency, millis(now), memory])?;
        people += 1;
    }
    Ok(people)
}
