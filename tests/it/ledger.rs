//! The ledger through its own door: what is written down, who is due, what an operator can break.

#[path = "ledger/compare.rs"]
mod compare;
#[path = "ledger/due.rs"]
mod due;
#[path = "ledger/guard.rs"]
mod guard;
#[path = "ledger/merge.rs"]
mod merge;
#[path = "ledger/mirror.rs"]
mod mirror;
#[path = "ledger/open.rs"]
mod open;
#[path = "ledger/race.rs"]
mod race;
#[path = "ledger/reading.rs"]
mod reading;
#[path = "ledger/rules.rs"]
mod rules;
#[path = "ledger/since.rs"]
mod since;
#[path = "ledger/size.rs"]
mod size;
#[path = "ledger/wake.rs"]
mod wake;
#[path = "ledger/wish.rs"]
mod wish;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use okta_provisioner::domain::block::Block;
use okta_provisioner::domain::event::Kind;
use okta_provisioner::ledger::{Ledger, Person, Settlement, Waiting};
use tempfile::TempDir;

use crate::people::{self, event, hire, now};

const ORG: &str = "https://x.okta.com";

/// A ledger in a folder of its own.
struct Book {
    folder: TempDir,
    ledger: Ledger,
}

impl Book {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = open(&folder.path().join("ledger.sqlite3"));
        Self { folder, ledger }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.sqlite3")
    }

    /// Takes in that these people were hired under these emails.
    async fn hired(&self, people: &[(&str, &str)]) {
        let hired = |(id, email): &(&str, &str)| event(id, "01-01", Kind::Hired, &hire(email, "03-01"));
        self.ledger.merge(people.iter().map(hired).collect(), now()).await.expect("merged");
    }

    async fn person(&self, id: &str) -> Person {
        self.ledger.person(id).await.expect("read").expect("a person of this ledger")
    }

    async fn due(&self) -> Vec<String> {
        due_at(&self.ledger, now()).await
    }

    /// The same, by id.
    async fn all_due(&self) -> Vec<String> {
        let mut due = self.due().await;
        due.sort();
        due
    }

    /// Ends a turn on a person as it was read.
    async fn settle(&self, end: Settlement) {
        self.ledger.settle(end, now()).await.expect("settled");
    }

    /// Ends a turn with nothing left to do.
    async fn rest(&self, id: &str) {
        self.settle(end(&self.person(id).await)).await;
    }

    /// Ends a turn that somebody else's email or account brings to nothing.
    async fn contested(&self, id: &str) {
        let person = self.person(id).await;
        self.settle(blocked(&person, Block::EmailShared { owner: "?".into() })).await;
    }
}

fn open(path: &std::path::Path) -> Ledger {
    Ledger::open(path, ORG, Arc::new(people::rules())).expect("a ledger that opens")
}

async fn due_at(ledger: &Ledger, now: DateTime<Utc>) -> Vec<String> {
    let due = ledger.due(now, [100; 4], Arc::default()).await.expect("read").people;
    due.into_iter().map(|person| person.employee.id).collect()
}

/// The end of a turn that leaves nothing to do.
fn end(person: &Person) -> Settlement {
    Settlement {
        employee: person.employee.clone(),
        revision: person.revision,
        desired: people::rules().desired(&person.employee, now()),
        accounts: Vec::new(),
        gone: None,
        activities: Vec::new(),
        due_at: None,
        since: person.since,
        attempts: 0,
        waiting: None,
        block: None,
        omitted: None,
        undone: None,
    }
}

fn blocked(person: &Person, block: Block) -> Settlement {
    Settlement { waiting: Some(Waiting::Block), block: Some(block), ..end(person) }
}
