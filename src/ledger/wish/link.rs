//! Moving a link from one account to another.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction};

use crate::domain::account::OktaId;
use crate::domain::employee::Memory;
use crate::ledger::LedgerError;
use crate::ledger::merge::wake_contenders;
use crate::ledger::mirror;
use crate::ledger::row::{self, millis};

/// Moves a link. What we did to an account goes with it; what we did to the person's former one does not.
pub(super) fn link(
    tx: &Transaction,
    employee: &str,
    account: &OktaId,
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    let read = |column: &str, key: &str| -> Result<Option<(String, Memory, Option<String>)>, LedgerError> {
        let mut query =
            tx.prepare_cached(&format!("SELECT id, memory, okta_id FROM employee WHERE {column} = ?1"))?;
        let found = query.query_row([key], |found| Ok((found.get(0)?, row::json(found, 1)?, found.get(2)?)));
        Ok(found.optional()?)
    };
    let write = |id: &str, memory: &Memory| -> Result<(), LedgerError> {
        let link = memory.link.as_ref().map(|id| &id.0);
        tx.prepare_cached(
            "UPDATE employee SET memory = ?2, okta_id = ?3, attempts = 0, due_at = ?4, revision = revision + 1
             WHERE id = ?1",
        )?
        .execute(rusqlite::params![id, row::text(memory)?, link, millis(now)])?;
        Ok(())
    };
    let Some((_, own, former)) = read("id", employee)? else { return Ok(()) };
    let mut moved = Memory::default();
    if let Some((holder, memory, _)) = read("okta_id", &account.0)? {
        write(&holder, &Memory { relinked: memory.relinked + 1, ..Memory::default() })?;
        moved = memory;
    }
    let relinked = own.relinked + 1;
    write(employee, &Memory { link: Some(account.clone()), creating: None, doubt: None, relinked, ..moved })?;
    let mut logins = Vec::new();
    for account in former.iter().chain([&account.0]) {
        logins.extend(mirror::login(tx, account)?);
    }
    wake_contenders(tx, logins, employee, now)
}
