//! Everybody's decision as of now, without doing anything.

use chrono::{DateTime, Utc};

use super::due::{COLUMNS, Person, person, surround};
use super::{Ledger, LedgerError, row};
use crate::domain::account::Status;
use crate::domain::decide::Decision;
use crate::domain::guard::Effect;
use crate::domain::outlook::Outlook;

/// So many people are decided on in one go, so that nobody else waits long for the writer.
const SOME: usize = 500;

/// One person's decision.
#[derive(Clone, Debug)]
pub struct Decided {
    /// HR's id.
    pub employee: String,
    /// The login that the person should have, as far as facts tell.
    pub login: Option<String>,
    /// The decision.
    pub decision: Decision,
    /// Whether the person has an account that is in use.
    pub in_use: bool,
    /// What the first call takes away, if that is limited.
    pub effect: Option<Effect>,
}

impl Ledger {
    /// The next people after this id, in the order of the ids, with all that decisions about them need; none at the
    /// end.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub async fn people(&self, after: &str) -> Result<Vec<Person>, LedgerError> {
        let (rules, after) = (self.rules(), after.to_owned());
        self.writer
            .call(move |tx| {
                let mut query =
                    tx.prepare_cached(&format!("SELECT {COLUMNS} FROM employee WHERE id > ?1 ORDER BY id"))?;
                let mut people = Vec::new();
                let mut rows = query.query([after])?;
                while people.len() < SOME
                    && let Some(found) = rows.next()?
                {
                    let person = person(found).map_err(LedgerError::from);
                    match person.and_then(|person| surround(tx, &rules, person)) {
                        Ok(person) => people.push(person),
                        Err(error) => row::damaged(found.get::<_, String>(0).ok().as_deref(), &error),
                    }
                }
                Ok(people)
            })
            .await
    }

    /// The decisions about the next people after this id, in the order of the ids; none at the end.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub async fn decisions(&self, after: &str, now: DateTime<Utc>) -> Result<Vec<Decided>, LedgerError> {
        let rules = self.rules();
        let decided = |person: Person| {
            let (employee, view) = (person.employee, person.view);
            let (login, decision) = (rules.login(&employee), rules.decide(&employee, &view, now));
            let id = employee.id.clone();
            let seen = rules.foresee(employee, view, now, now).into_iter().next();
            let status = seen.as_ref().and_then(|seen| Some(seen.account.as_ref()?.status));
            Decided {
                employee: id,
                login,
                decision,
                in_use: status.is_some_and(|s| !matches!(s, Status::Suspended | Status::Deprovisioned)),
                effect: seen.and_then(|seen| seen.claim(&rules)).map(|claim| claim.effect),
            }
        };
        Ok(self.people(after).await?.into_iter().map(decided).collect())
    }

    /// What would be done for everybody, counted.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub async fn outlook(&self, now: DateTime<Utc>) -> Result<Outlook, LedgerError> {
        let (mut outlook, mut after) = (Outlook::default(), String::new());
        loop {
            let decided = self.decisions(&after, now).await?;
            let Some(last) = decided.last() else { break };
            after.clone_from(&last.employee);
            for one in &decided {
                outlook.add(&one.decision);
                outlook.take(one.in_use, one.effect);
            }
        }
        outlook.limit(&self.rules().guard);
        Ok(outlook)
    }
}
