//! Everybody's decision as of now, without doing anything.

use chrono::{DateTime, Utc};

use super::due::{COLUMNS, Person, person, surround};
use super::{Ledger, LedgerError, row};
use crate::domain::decide::Decision;
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
        let decided = |person: Person| Decided {
            login: rules.login(&person.employee),
            decision: rules.decide(&person.employee, &person.view, now),
            employee: person.employee.id,
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
            let Some(last) = decided.last() else { return Ok(outlook) };
            after.clone_from(&last.employee);
            for one in &decided {
                outlook.add(&one.decision);
            }
        }
    }
}
