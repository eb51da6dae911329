//! Whose account is whose: the HR id is the identity, the login is an attribute.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::access::{AccessRules, Desired, Why};
use super::account::{Account, OktaId, fold};
use super::block::Block;
use super::employee::Employee;
use super::field;

/// How accounts are matched with people.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The Okta attribute that holds the HR id.
    pub attribute: String,
    /// What to do with an account that holds something else there.
    pub foreign: Foreign,
}

/// What to do with an account that holds something else than our HR id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Foreign {
    /// Never take it over.
    Block,
    /// Take no notice of it.
    Adopt,
}

/// What the ledger knows around a person.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The linked account as the mirror has it.
    pub linked: Option<Account>,
    /// Accounts that hold the person's HR id.
    pub by_identity: Vec<Candidate>,
    /// Accounts with the login that the person should have.
    pub by_login: Vec<Candidate>,
    /// Other employees who should have the same login.
    pub rivals: Vec<Rival>,
    /// Whether the mirror of the directory has been loaded.
    pub mirror_loaded: bool,
}

/// An account that may be the person's.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The account.
    pub account: Account,
    /// The employee that it is linked to.
    pub holder: Option<String>,
}

/// Another employee with the same login.
#[derive(Clone, Debug)]
pub struct Rival {
    /// The employee.
    pub employee: Employee,
    /// The login of the account that is linked to the employee.
    pub linked_login: Option<String>,
}

/// The account of a person.
#[derive(Clone, Debug, PartialEq)]
pub enum Located<'a> {
    /// Linked already.
    Linked(&'a Account),
    /// Linked, but the mirror does not have it.
    Unseen(&'a OktaId),
    /// Theirs, and to be linked.
    Match(&'a Account),
    /// There is none.
    None,
    /// Cannot be told before the mirror is loaded.
    MirrorNeeded,
    /// Cannot be told without somebody's help.
    Blocked(Block),
}

/// What matching needs to know besides the view.
pub struct Matching<'a> {
    /// How accounts are matched.
    pub identity: &'a Identity,
    /// To judge the other claimants of a login.
    pub access: &'a AccessRules,
    /// The person.
    pub employee: &'a Employee,
    /// What the person's account should be.
    pub desired: &'a Desired,
    /// The login that the person should have, if it can be told.
    pub login: Option<&'a str>,
    /// Now.
    pub now: DateTime<Utc>,
}

impl<'a> Matching<'a> {
    /// Finds the person's account.
    #[must_use]
    pub fn locate(&self, view: &'a View) -> Located<'a> {
        if let Some(block) = self.held_deletion(view) {
            return Located::Blocked(block);
        }
        if let Some(id) = &self.employee.memory.link {
            return match &view.linked {
                None => Located::Unseen(id),
                Some(account) => match self.collision(view, account) {
                    Some(block) => Located::Blocked(block),
                    None => Located::Linked(account),
                },
            };
        }
        if !view.mirror_loaded {
            return Located::MirrorNeeded;
        }
        match self.by_identity(view) {
            Located::None => self.by_login(view),
            found => found,
        }
    }

    fn by_identity(&self, view: &'a View) -> Located<'a> {
        match view.by_identity.as_slice() {
            [] => Located::None,
            [one] => {
                if let Some(holder) = &one.holder {
                    return Located::Blocked(taken(&one.account, Some(holder)));
                }
                // Somebody who should have access must get the right account; a leaver's is
                // certain by the HR id alone.
                let others = || view.by_login.iter().filter(|c| c.account.id != one.account.id);
                if self.desired.access.is_wanted() && others().next().is_some() {
                    return Located::Blocked(several([one].into_iter().chain(others())));
                }
                match self.collision(view, &one.account) {
                    Some(block) => Located::Blocked(block),
                    None => Located::Match(&one.account),
                }
            }
            all => Located::Blocked(several(all)),
        }
    }

    fn by_login(&self, view: &'a View) -> Located<'a> {
        let wanted = self.desired.access.is_wanted();
        let owner = wanted.then(|| self.first_claimant(view)).flatten();
        let candidate = match view.by_login.as_slice() {
            [] => return owner.map_or(Located::None, |owner| Located::Blocked(Block::EmailShared { owner })),
            [one] => one,
            all => return Located::Blocked(several(all)),
        };
        let account = &candidate.account;
        match &candidate.holder {
            // Another person's account: nothing of the leaver's is left to cut.
            Some(_) if !wanted => return Located::None,
            Some(holder) => return Located::Blocked(taken(account, Some(holder))),
            None => {}
        }
        if wanted {
            return match owner {
                _ if self.is_foreign(account) => Located::Blocked(taken(account, None)),
                Some(owner) => Located::Blocked(Block::EmailShared { owner }),
                None => Located::Match(account),
            };
        }
        let before = self.desired.why.since().is_some_and(|since| account.created < since);
        if before && view.rivals.is_empty() && !self.is_foreign(account) {
            Located::Match(account)
        } else {
            Located::Blocked(Block::WhoseAccount { account: account.id.clone() })
        }
    }

    /// Somebody whose account is to be renamed onto a login that somebody else has or comes first for.
    fn collision(&self, view: &View, account: &Account) -> Option<Block> {
        let login = self.login.filter(|_| self.desired.access.is_wanted())?;
        if fold(login) == fold(&account.login) {
            return None;
        }
        if let Some(other) = view.by_login.iter().find(|c| c.account.id != account.id) {
            return Some(taken(&other.account, other.holder.as_ref()));
        }
        self.first_claimant(view).map(|owner| Block::EmailShared { owner })
    }

    /// Whether the account says that it is another person's.
    fn is_foreign(&self, account: &Account) -> bool {
        let says = account.profile.get(&self.identity.attribute);
        self.identity.foreign == Foreign::Block
            && says.is_some_and(|value| !value.is_null() && !self.is_ours(value))
    }

    fn is_ours(&self, value: &Value) -> bool {
        value.as_str().is_some_and(|id| id == self.employee.id)
    }

    /// Who, if anybody, comes before this person for the login: the holder of the linked account,
    /// else who should have access, else the older email.
    fn first_claimant(&self, view: &View) -> Option<String> {
        let login = fold(self.login?);
        let rank = |employee: &Employee, linked_login: Option<&str>| {
            let holds = linked_login.is_some_and(|linked| fold(linked) == login);
            let desired = self.access.desired(&employee.facts, employee.memory.cut, self.now);
            let email = employee.facts.get(field::EMAIL).map(|fact| fact.stamp.at);
            (!holds, !desired.access.is_wanted(), email.is_none(), email, employee.id.clone())
        };
        let own = view.linked.as_ref().map(|account| account.login.as_str());
        let mine = rank(self.employee, own);
        let theirs =
            view.rivals.iter().map(|rival| rank(&rival.employee, rival.linked_login.as_deref())).min()?;
        (theirs < mine).then_some(theirs.4)
    }

    /// A deleted file is no reason to cut somebody who goes on under another file.
    fn held_deletion(&self, view: &View) -> Option<Block> {
        if !matches!(self.desired.why, Why::Deleted(_) | Why::Gone(_)) {
            return None;
        }
        let current = |rival: &&Rival| {
            let employee = &rival.employee;
            let desired = self.access.desired(&employee.facts, employee.memory.cut, self.now);
            desired.access.is_wanted() && employee.memory.link.is_none()
        };
        view.rivals.iter().find(current).map(|rival| Block::DeletionHeld { other: rival.employee.id.clone() })
    }
}

fn taken(account: &Account, holder: Option<&String>) -> Block {
    Block::LoginTaken { account: account.id.clone(), holder: holder.cloned() }
}

fn several<'a>(candidates: impl IntoIterator<Item = &'a Candidate>) -> Block {
    let accounts = candidates.into_iter().map(|candidate| candidate.account.id.clone()).collect();
    Block::SeveralAccounts { accounts }
}
