//! What operators have ordered that holds for every step. It is asked before each, and so kept beside the file: the
//! writer's thread changes it as soon as the file is changed, and never if that cannot be.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction};

use super::modes::{self, mode};
use super::pause::{self, Pause};
use super::row;
use super::{Ledger, LedgerError, key};
use crate::domain::plan::Step;

/// The orders in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders(Arc<RwLock<Said>>);

/// What they say.
#[derive(Debug, Default)]
pub(super) struct Said {
    observing: bool,
    pauses: Vec<Pause>,
}

impl Said {
    /// What the file says.
    pub fn read(connection: &Connection) -> Result<Self, LedgerError> {
        let observing = row::meta(connection, key::MODE)?.is_some();
        Ok(Self { observing, pauses: pause::all(connection)? })
    }
}

impl Orders {
    /// From now on these.
    pub fn set(&self, said: Said) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = said;
    }

    fn ask<T>(&self, what: impl FnOnce(&Said) -> T) -> T {
        // Nothing panics while it holds the lock.
        what(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Ledger {
    /// Whether nothing is to be written to Okta.
    #[must_use]
    pub fn is_observing(&self) -> bool {
        self.orders.ask(|said| said.observing)
    }

    /// The pause that stands against this step for this person, everything's first.
    #[must_use]
    pub fn pause_against(&self, employee: &str, step: &Step) -> Option<Pause> {
        self.orders.ask(|said| said.pauses.iter().find(|pause| pause.stops(employee, step)).cloned())
    }

    /// A first look at the org has decided whether the first run observes. An operator's word is over that.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn begin(&self, observe: bool) -> Result<(), LedgerError> {
        self.order(move |tx| {
            row::set_meta(tx, key::BEGUN, Some("yes"))?;
            match row::meta(tx, key::MODE)? {
                None if observe => row::set_meta(tx, key::MODE, Some(mode::FIRST_RUN)),
                _ => Ok(()),
            }
        })
        .await
    }

    /// The first run has observed for long enough; what an operator has ordered stays.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub async fn end_first_run(&self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.order(move |tx| match row::meta(tx, key::MODE)? {
            Some(word) if word != mode::OPERATOR => modes::set(tx, None, now),
            _ => Ok(()),
        })
        .await
    }

    async fn order(
        &self,
        order: impl FnOnce(&Transaction) -> Result<(), LedgerError> + Send + 'static,
    ) -> Result<(), LedgerError> {
        let orders = self.orders.clone();
        self.writer
            .call_then(
                move |tx| {
                    order(tx)?;
                    Said::read(tx)
                },
                move |said| orders.set(said),
            )
            .await
    }
}
