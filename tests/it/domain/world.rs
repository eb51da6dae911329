//! A ledger's worth of people and accounts, to decide about one of them.

use chrono::{DateTime, Utc};
use okta_provisioner::domain::account::{Account, fold};
use okta_provisioner::domain::decide::{Decision, Look, Next, Rules};
use okta_provisioner::domain::employee::Employee;
use okta_provisioner::domain::identity::{Candidate, Rival, View};
use serde_json::Value;

use super::words;
use crate::people::{now, rules};

#[derive(Debug)]
pub struct World {
    pub rules: Rules,
    pub people: Vec<Employee>,
    pub accounts: Vec<Account>,
    pub mirror_loaded: bool,
    pub now: DateTime<Utc>,
}

/// A world with these in it.
pub fn world(
    people: impl IntoIterator<Item = Employee>,
    accounts: impl IntoIterator<Item = Account>,
) -> World {
    let (people, accounts) = (people.into_iter().collect(), accounts.into_iter().collect());
    World { rules: rules(), people, accounts, mirror_loaded: true, now: now() }
}

impl World {
    fn login(&self, employee: &Employee) -> Option<String> {
        self.rules.login(employee).map(|login| fold(&login))
    }

    fn account(&self, employee: &Employee) -> Option<&Account> {
        let link = employee.memory.link.as_ref()?;
        self.accounts.iter().find(|account| account.id == *link)
    }

    fn candidates(&self, which: impl Fn(&Account) -> bool) -> Vec<Candidate> {
        let holder = |account: &Account| {
            self.people.iter().find(|p| p.memory.link.as_ref() == Some(&account.id)).map(|p| p.id.clone())
        };
        let found = self.accounts.iter().filter(|account| which(account));
        found.map(|account| Candidate { account: account.clone(), holder: holder(account) }).collect()
    }

    /// What is around a person.
    pub fn view(&self, me: &Employee) -> View {
        let login = self.login(me);
        let numbered = |account: &Account| {
            account.profile.get("employeeNumber").and_then(Value::as_str) == Some(me.id.as_str())
        };
        let rival = |other: &&Employee| other.id != me.id && login.is_some() && self.login(other) == login;
        let unlinked = me.memory.link.is_none();
        View {
            linked: self.account(me).cloned(),
            by_identity: self.candidates(|account| unlinked && numbered(account)),
            by_login: self.candidates(|account| login.as_deref() == Some(&fold(&account.login))),
            rivals: (self.people.iter().filter(rival))
                .map(|other| Rival {
                    employee: other.clone(),
                    linked_login: self.account(other).map(|account| account.login.clone()),
                })
                .collect(),
            mirror_loaded: self.mirror_loaded,
        }
    }

    /// What is decided about the person with this id.
    pub fn decision(&self, id: &str) -> Decision {
        let me = self.people.iter().find(|person| person.id == id).expect("a person of this world");
        self.rules.decide(me, &self.view(me), self.now)
    }

    /// The same as a line of words.
    pub fn decide(&self, id: &str) -> String {
        let decision = self.decision(id);
        let next = match &decision.next {
            Next::Rest => "rest".to_owned(),
            Next::Act(steps) => words(steps),
            Next::Look(Look::Id(id)) => format!("look at {id}"),
            Next::Look(Look::Login(login)) => format!("look for {login}"),
            Next::AwaitMirror => "await the mirror".to_owned(),
            Next::Block(block) => format!("blocked {}", block.code()),
        };
        match decision.account.filter(|_| decision.adopt) {
            Some(account) => format!("adopt {account}: {next}"),
            None => next,
        }
    }
}
