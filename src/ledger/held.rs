//! Whom an operator has to decide about: who is held, and why.

use chrono::{DateTime, Utc};
use rusqlite::Row;
use serde::Serialize;

use super::report::Report;
use super::{LedgerError, row};
use crate::domain::block::Block;
use crate::domain::employee::Employee;

/// Somebody who is held.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    /// HR's id.
    pub employee: String,
    /// The login of the linked account.
    pub login: Option<String>,
    /// What should be.
    pub access: Option<String>,
    /// By which rule.
    pub why: Option<String>,
    /// The stable word for what holds it.
    pub reason: &'static str,
    /// The same for people.
    pub text: String,
    /// Under which number it is decided about, together with others.
    pub batch: Option<i64>,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
    /// What calls for it, as an operator's word names it.
    #[serde(skip)]
    pub wish: String,
    /// Facts, to choose by.
    #[serde(skip)]
    pub person: Employee,
}

/// What a hold says by itself.
fn hold(found: &Row) -> rusqlite::Result<Block> {
    let (block, state): (Block, String) = (row::json(found, 10)?, found.get(11)?);
    Ok(match block {
        Block::OverLimit { bound, batch } if state == "rejected" => {
            Block::Rejected { effect: bound.effect, batch }
        }
        block => block,
    })
}

impl Report {
    /// Everybody who must be cut and is not, or whose change or reactivation waits for an operator's word; by
    /// batch, then by id.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn held(&self) -> Result<Vec<Held>, LedgerError> {
        let mut query = self.connection().prepare(
            "SELECT employee.id, employee.facts, employee.memory, employee.okta_id, account.login, employee.access,
                 employee.why, CASE WHEN employee.waiting = 'block' THEN employee.block END, hold.wish, hold.at,
                 hold.block, hold.state
             FROM employee LEFT JOIN account ON account.id = employee.okta_id
             LEFT JOIN hold ON hold.employee = employee.id AND hold.state <> 'approved'
             WHERE employee.block IS NOT NULL AND employee.waiting = 'block' OR hold.employee IS NOT NULL",
        )?;
        let mut rows = query.query([])?;
        let mut held = Vec::new();
        while let Some(found) = rows.next()? {
            // Who waits for something else besides, such as the end of a pause, is held all the same.
            let block: Block = match row::optional_json(found, 7)? {
                Some(block) => block,
                None => hold(found)?,
            };
            let access: Option<String> = found.get(5)?;
            let cut = matches!(access.as_deref(), Some("suspended" | "deactivated"));
            let reactivation = match &block {
                Block::CutInOkta { account } => Some(account.0.clone()),
                _ => None,
            };
            if !(cut || block.is_guard() || reactivation.is_some()) {
                continue;
            }
            let person = row::employee(found, 0)?;
            held.push(Held {
                employee: person.id.clone(),
                login: found.get(4)?,
                access,
                why: found.get(6)?,
                reason: block.code(),
                text: block.to_string(),
                batch: block.batch(),
                since: row::optional_instant(found, 9)?,
                wish: reactivation.or(found.get(8)?).unwrap_or_default(),
                person,
            });
        }
        held.sort_by(|one, other| {
            let key = |held: &Held| (held.batch.is_none(), held.batch, held.text.clone());
            key(one).cmp(&key(other)).then_with(|| one.employee.cmp(&other.employee))
        });
        Ok(held)
    }
}
