//! What is known of Bob's fields: which to ask for, and which hold items of a list. Learnt once a day.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::timeout;

use super::client::Client;
use super::fault::{Fault, Op, Verdict};
use super::metadata::{Field, Lists};
use crate::domain::event::parents;
use crate::domain::facts::Tracked;
use crate::domain::field;

/// How long what was learnt is used.
const DAY: TimeDelta = TimeDelta::days(1);
/// When to try again after a refusal, which Bob counts.
const HOUR: TimeDelta = TimeDelta::hours(1);
/// When to try again after a failure that may pass.
const SOON: TimeDelta = TimeDelta::minutes(10);
/// How long a read of people waits for it at most: somebody may be about to be cut.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bob shows this one with all that is below it.
const MANAGER: &str = "work.reportsTo";
/// Fields that hold list items in every company, for where Bob does not show its metadata.
const LISTS: [&str; 4] = ["work.title", "work.department", "address.country", "personal.honorific"];

/// What was learnt, and until when it holds; nothing at first.
#[derive(Default)]
pub(super) struct Learnt {
    catalogue: Arc<Catalogue>,
    until: Option<DateTime<Utc>>,
    /// The last attempt to learn more failed.
    failed: bool,
}

/// What is known of the fields; empty where Bob does not tell.
#[derive(Clone, Default)]
pub(super) struct Catalogue {
    pub fields: BTreeMap<String, Field>,
    pub lists: Lists,
}

/// Which side of an answer holds the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds<'c> {
    /// The machine's.
    Plain,
    /// The people's: the machine's holds ids of items, of this list where it is known.
    Items(Option<&'c str>),
    /// Nobody has said.
    Unknown,
}

impl Catalogue {
    /// The id to ask for, to be shown this field: its own, or that of what it is part of.
    pub fn ask<'a>(&self, id: &'a str) -> &'a str {
        match self.known(id) {
            Some(known) => known,
            None if id.strip_prefix(MANAGER).is_some_and(|below| below.starts_with('.')) => {
                &id[..MANAGER.len()]
            }
            None => id,
        }
    }

    /// All ids to ask for: each field's, and the person's.
    pub fn asks<'a>(&self, tracked: &'a Tracked) -> BTreeSet<&'a str> {
        tracked.iter().map(|id| self.ask(id)).chain([field::ID]).collect()
    }

    /// Those of these fields that Bob does not have.
    pub fn missing(&self, tracked: &Tracked) -> BTreeSet<String> {
        tracked.iter().filter(|id| !self.fields.is_empty() && self.known(id).is_none()).cloned().collect()
    }

    fn known<'a>(&self, id: &'a str) -> Option<&'a str> {
        [id].into_iter().chain(parents(id)).find(|id| self.fields.contains_key(*id))
    }

    pub fn holds(&self, id: &str) -> Holds<'_> {
        // The rules know the machine's words for a status, and the people's are in the reader's language.
        let is_id = id.rsplit('.').next().is_some_and(|last| last == "id" || last.ends_with("Id"));
        if is_id || id.starts_with("internal.") {
            return Holds::Plain;
        }
        match self.known(id).and_then(|known| self.fields.get(known)) {
            Some(field) if field.kind.contains("list") => Holds::Items(field.list.as_deref()),
            Some(_) => Holds::Plain,
            None if LISTS.contains(&id) => Holds::Items(None),
            None => Holds::Unknown,
        }
    }
}

impl Client {
    /// After a refusal, or another failure, has been mended: fields and lists are asked for again with the next read.
    pub async fn forget_refusals(&self) {
        let mut learnt = self.inner.learnt.lock().await;
        if learnt.failed {
            learnt.until = None;
        }
    }

    /// What is known of the fields. Without Bob's metadata people are read all the same, by the fields' names; but
    /// where the credentials are not accepted, they would not be for people either.
    pub(super) async fn catalogue(&self) -> Result<Arc<Catalogue>, Fault> {
        let mut learnt = self.inner.learnt.lock().await;
        let now = self.now();
        if learnt.until.is_none_or(|until| now >= until || until - now > DAY) {
            // Of what cannot be learnt, what was known before is used on.
            let mut catalogue = Catalogue::clone(&learnt.catalogue);
            let learning = timeout(PATIENCE, self.learn(&mut catalogue)).await;
            let learning = learning.unwrap_or_else(|_| Err(Fault::late(Op::Fields)));
            learnt.catalogue = Arc::new(catalogue);
            learnt.failed = learning.is_err();
            let holds = match learning {
                Ok(()) => DAY,
                Err(fault) if fault.status == Some(401) => return Err(fault),
                Err(fault) => {
                    tracing::warn!(
                        code = "bob.metadata",
                        reason = %fault,
                        "cannot learn what Bob's fields and lists are; people are read all the same, but what may be \
                         the id of a list item, with nothing beside it, is left out: such fields stay as they were"
                    );
                    if fault.verdict == Verdict::Refused { HOUR } else { SOON }
                }
            };
            learnt.until = Some(now + holds);
        }
        Ok(Arc::clone(&learnt.catalogue))
    }

    async fn learn(&self, catalogue: &mut Catalogue) -> Result<(), Fault> {
        catalogue.fields = self.fields().await?.into_iter().map(|field| (field.id.clone(), field)).collect();
        if self.inner.fields.iter().any(|id| matches!(catalogue.holds(id), Holds::Items(Some(_)))) {
            catalogue.lists = self.lists().await?;
        }
        Ok(())
    }
}
