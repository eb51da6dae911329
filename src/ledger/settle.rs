//! What a decision and its calls leave behind.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction};

use super::activity::{self, Activity};
use super::drift;
use super::guard::{self, Verdict};
use super::merge::{urgency, wake_contenders};
use super::mirror;
use super::pause;
use super::row::{self, millis};
use super::{Ledger, LedgerError, key};
use crate::domain::access::Desired;
use crate::domain::account::{Account, OktaId};
use crate::domain::block::Block;
use crate::domain::decide::Rules;
use crate::domain::employee::{Employee, Memory};
use crate::domain::guard::{Claim, Effect};

/// What a person waits for, besides time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// New facts or an operator.
    Block,
    /// The next attempt.
    Retry,
    /// The mirror of the directory.
    Mirror,
    /// The end of observing.
    Observe,
    /// The end of a pause.
    Paused,
    /// HR's word that a leave date still holds.
    Hr,
}

impl Waiting {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Waiting::Block => "block",
            Waiting::Retry => "retry",
            Waiting::Mirror => "mirror",
            Waiting::Observe => "observe",
            Waiting::Paused => "paused",
            Waiting::Hr => "hr",
        }
    }
}

/// The end of one turn of work on a person.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The person, with the memory that the calls left.
    pub employee: Employee,
    /// The revision of the facts that it was decided on.
    pub revision: i64,
    /// What was wanted.
    pub desired: Desired,
    /// Accounts as Okta's answers showed them.
    pub accounts: Vec<Account>,
    /// An account that Okta no longer has.
    pub gone: Option<OktaId>,
    /// The decisions to record.
    pub activities: Vec<Activity>,
    /// When to decide again.
    pub due_at: Option<DateTime<Utc>>,
    /// From when on that will have been wanted.
    pub since: DateTime<Utc>,
    /// Failed attempts in a row.
    pub attempts: u32,
    /// What for, when it is not only for time.
    pub waiting: Option<Waiting>,
    /// The reason to wait.
    pub block: Option<Block>,
    /// Optional attributes left out.
    pub omitted: Option<String>,
    /// What was counted against a limit and did not come to pass.
    pub undone: Option<Effect>,
}

/// Whether what is about to be tried may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// It is written down; and counted, if it takes something away that counts.
    Kept(Option<Effect>),
    /// The account is not this person's any more: nothing was remembered of it, and the call should not be made.
    Moved,
    /// A limit was reached meanwhile: nothing was written down at all.
    Held(Block),
}

impl Ledger {
    /// Writes down what is about to be tried, and what earlier calls of the same turn have shown. The
    /// person stays due. What it takes away is counted in the same breath: two who ask at once cannot pass a
    /// limit together.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written; the call must not be made.
    pub async fn intend(
        &self,
        employee: &Employee,
        accounts: Vec<Account>,
        activities: Vec<Activity>,
        claim: Option<Claim>,
        now: DateTime<Utc>,
    ) -> Result<Intent, LedgerError> {
        let (rules, headcounts) = (self.rules(), self.headcounts.clone());
        let (id, memory) = (employee.id.clone(), employee.memory.clone());
        self.writer
            .call(move |tx| {
                let mut effect = None;
                if let Some(claim) = claim {
                    match guard::check(tx, &rules, &headcounts, &id, &claim, now)? {
                        Verdict::Free => effect = Some(claim.effect),
                        Verdict::Approved => {}
                        Verdict::Held(block) => return Ok(Intent::Held(block)),
                    }
                }
                let mut claims = Vec::new();
                let kept = remember(tx, &id, &memory, &mut claims)?;
                for account in &accounts {
                    claims.extend(mirror::put(tx, &rules, account)?);
                }
                wake_contenders(tx, claims, &id, now)?;
                activities.iter().try_for_each(|activity| activity::insert(tx, activity))?;
                if !kept {
                    return Ok(Intent::Moved);
                }
                if let Some(effect) = effect {
                    guard::reserve(tx, &rules, &id, effect, now)?;
                }
                Ok(Intent::Kept(effect))
            })
            .await
    }

    /// Writes down how a turn ended. If facts moved meanwhile, what was done is kept and the person
    /// stays due. Returns what was recorded besides, where it ends a repair.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written; what Okta answered is then known to the caller only.
    pub async fn settle(
        &self,
        settlement: impl Into<Arc<Settlement>>,
        now: DateTime<Utc>,
    ) -> Result<Option<Activity>, LedgerError> {
        let (rules, settlement) = (self.rules(), settlement.into());
        self.writer.call(move |tx| settle(tx, &rules, &settlement, now)).await
    }
}

/// Writes down a memory and its link. Not if an operator has moved the link since it was read, and
/// not if the account has been linked to somebody else. What an operator has said of the account since it was read
/// stays, for as long as that is the account. Adds the logins whose holder is another one now.
fn remember(
    tx: &Transaction,
    id: &str,
    memory: &Memory,
    claims: &mut Vec<String>,
) -> Result<bool, LedgerError> {
    let link = memory.link.as_ref().map(|id| &id.0);
    let before: Option<String> = tx
        .prepare_cached("SELECT okta_id FROM employee WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .flatten();
    let kept = tx
        .prepare_cached(
            "UPDATE employee SET okta_id = ?3,
                 memory = iif(coalesce(memory ->> 'told', 0) = ?5 OR okta_id IS NOT ?3, ?2, json_set(?2,
                     '$.told', memory -> 'told', '$.reactivate', memory -> 'reactivate',
                     '$.missing_since', memory -> 'missing_since'))
             WHERE id = ?1 AND coalesce(memory ->> 'relinked', 0) = ?4
                 AND NOT EXISTS (SELECT 1 FROM employee WHERE okta_id = ?3 AND id <> ?1)",
        )?
        .execute(rusqlite::params![id, row::text(memory)?, link, memory.relinked, memory.told])?
        == 1;
    if kept && before.as_ref() != link {
        for account in before.iter().chain(link) {
            claims.extend(mirror::login(tx, account)?);
        }
    }
    Ok(kept)
}

fn settle(
    tx: &Transaction,
    rules: &Rules,
    end: &Settlement,
    now: DateTime<Utc>,
) -> Result<Option<Activity>, LedgerError> {
    let employee = &end.employee;
    let mut freed = Vec::new();
    let kept = remember(tx, &employee.id, &employee.memory, &mut freed)?;
    // What it waits for may have come since it was decided.
    let come = match end.waiting {
        Some(Waiting::Mirror) => row::meta(tx, key::MIRROR)?.is_some(),
        Some(Waiting::Observe) => row::meta(tx, key::MODE)?.is_none(),
        Some(Waiting::Paused) => !pause::stands(tx, employee.memory.paused.as_deref())?,
        _ => false,
    };
    for account in &end.accounts {
        freed.extend(mirror::put(tx, rules, account)?);
    }
    if let Some(id) = &end.gone {
        freed.extend(mirror::remove(tx, id)?);
    }
    end.activities.iter().try_for_each(|activity| activity::insert(tx, activity))?;
    if let Some(effect) = end.undone {
        guard::undo(tx, effect, &employee.id)?;
    }
    let rests = end.waiting.is_none() && end.block.is_none() && end.due_at.is_none_or(|at| at > now);
    let otherwise =
        end.waiting == Some(Waiting::Block) && end.block.as_ref().is_some_and(|b| b.batch().is_none());
    guard::settled(tx, &employee.id, &end.desired, rests, otherwise)?;
    let repaired = if rests { drift::settled(tx, &employee.id, now)? } else { None };
    let before: Option<(Option<String>, Option<String>)> = tx
        .prepare_cached("SELECT access, login FROM employee WHERE id = ?1")?
        .query_row([&employee.id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    // Urgency is that of the work to come, which is another one where it is a date's; what is parked is to be done now.
    let parked = matches!(end.waiting, Some(Waiting::Observe | Waiting::Paused));
    let at = end.due_at.filter(|_| !parked).unwrap_or(now).max(now);
    let block = end.block.as_ref().map(row::text).transpose()?;
    tx.prepare_cached(
        "UPDATE employee SET due_at = CASE WHEN revision = ?2 AND ?3 THEN ?4 ELSE ?5 END,
             since = CASE WHEN revision = ?2 THEN ?6 ELSE since END,
             urgency = CASE WHEN revision = ?2 THEN ?7 ELSE urgency END, attempts = ?8, waiting = ?9,
             access = ?10, why = ?11, until = ?12, block = ?13, contested = ?14, omitted = ?15
         WHERE id = ?1",
    )?
    .execute(rusqlite::params![
        employee.id,
        end.revision,
        kept && !come,
        end.due_at.map(millis),
        millis(now),
        millis(end.since),
        i64::from(urgency(rules, employee, at)),
        end.attempts,
        end.waiting.map(Waiting::as_str),
        end.desired.access.as_str(),
        end.desired.why.text(),
        end.desired.until.map(millis),
        block,
        // Somebody else may have undone a cut, or made the account that there is to cut.
        end.desired.access.is_cut() || end.block.as_ref().is_some_and(Block::depends_on_others),
        end.omitted,
    ])?;
    if let Some((access, login)) = before
        && access.as_deref() != Some(end.desired.access.as_str())
    {
        freed.extend(login);
    }
    wake_contenders(tx, freed, &employee.id, now)?;
    Ok(repaired)
}
