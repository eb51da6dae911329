//! The whole decision about one person: access, then identity, then mapping, then plan.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::access::{Access, AccessRules, Desired, FRESH, Why};
use super::account::{Account, OktaId, Profile, Status};
use super::block::Block;
use super::condition::Condition;
use super::employee::{Doubt, Employee, Memory};
use super::facts::Tracked;
use super::field;
use super::guard::Guard;
use super::identity::{Identity, Located, Matching, View};
use super::mapping::{Mapping, Refusal};
use super::plan::{self, Aim, Step};
use super::protect::Protect;
use super::schema::Schema;

/// All that decisions depend on besides the person: the configuration, compiled.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Access: policy, zones, scope.
    pub access: AccessRules,
    /// Okta attribute ← HR field.
    pub mapping: Mapping,
    /// How accounts are matched with people.
    pub identity: Identity,
    /// Whether joiners get Okta's activation mail.
    pub send_email: bool,
    /// How much may be taken away in how little time.
    pub guard: Guard,
    /// Who is never cut.
    pub protect: Protect,
}

impl Rules {
    /// The same rules where the org's schema is this.
    #[must_use]
    pub fn under(&self, schema: &Schema) -> Self {
        Self { mapping: self.mapping.under(schema), ..self.clone() }
    }

    /// The fields worth keeping.
    #[must_use]
    pub fn tracked(&self) -> Tracked {
        let mut tracked = self.mapping.fields();
        tracked.extend(field::ACCESS.map(str::to_owned));
        tracked.insert(field::EMAIL.to_owned());
        tracked.extend(self.access.zones.field.clone());
        tracked.extend(self.guard.field.clone());
        tracked.extend(self.access.scope.condition.iter().flat_map(Condition::fields).cloned());
        // The event's subject is the id; storing it again could only contradict it.
        tracked.remove(field::ID);
        tracked
    }

    /// The Okta attributes that the mirror must hold.
    #[must_use]
    pub fn attributes(&self) -> BTreeSet<String> {
        let mut attributes = self.mapping.attributes();
        attributes.insert(self.identity.attribute.clone());
        attributes
    }

    /// What should be for a person.
    #[must_use]
    pub fn desired(&self, employee: &Employee, now: DateTime<Utc>) -> Desired {
        self.access.desired(&employee.facts, employee.memory.grace_from(), now)
    }

    /// The login that a person should have, as far as facts tell.
    #[must_use]
    pub fn login(&self, employee: &Employee) -> Option<String> {
        self.mapping.login(|name| employee.known(name))
    }

    /// Decides what is to be done for one person, now.
    #[must_use]
    pub fn decide(&self, employee: &Employee, view: &View, now: DateTime<Utc>) -> Decision {
        let desired = self.desired(employee, now);
        let login = self.login(employee);
        let mut found = Found { account: employee.memory.link.clone(), adopt: false, omitted: Vec::new() };
        let next = self.next(&desired, &mut found, employee, view, login.as_deref(), now);
        Decision { desired, account: found.account, adopt: found.adopt, omitted: found.omitted, next }
    }

    fn next(
        &self,
        desired: &Desired,
        found: &mut Found,
        employee: &Employee,
        view: &View,
        login: Option<&str>,
        now: DateTime<Utc>,
    ) -> Next {
        if let Some(creating) = &employee.memory.creating {
            return Next::Look(Look::Login(creating.login.clone()));
        }
        if let Why::Blocked(block) = &desired.why {
            return Next::Block(block.clone());
        }
        if !(desired.access.is_wanted() || desired.access.is_cut()) {
            return Next::Rest;
        }
        let linked = employee.memory.link.is_some();
        if desired.access.is_cut() && !desired.in_scope && !linked {
            return Next::Rest;
        }
        let Memory { missing_since, doubt, link, .. } = &employee.memory;
        if let (Some(_), Some(id)) = (missing_since, link) {
            // Nothing is sent to an account that may be gone.
            return Next::Look(Look::Id(id.clone()));
        }
        let matching =
            Matching { identity: &self.identity, access: &self.access, employee, desired, login, now };
        let account = match matching.locate(view) {
            Located::Linked(account) => Some(account),
            Located::Match(account) => {
                found.account = Some(account.id.clone());
                found.adopt = true;
                Some(account)
            }
            Located::None => None,
            Located::Unseen(id) => return Next::Look(Look::Id(id.clone())),
            Located::MirrorNeeded => return Next::AwaitMirror,
            Located::Blocked(block) => return Next::Block(block),
        };
        let next = self.steps(desired, found, employee, account, now).unwrap_or_else(Next::Block);
        match (doubt, link) {
            // Nothing is sent to an account of which we do not know what we did to it.
            (Some(doubt), Some(id)) if !settles(&next, doubt) => Next::Look(Look::Id(id.clone())),
            _ => next,
        }
    }

    fn steps(
        &self,
        desired: &Desired,
        found: &mut Found,
        employee: &Employee,
        account: Option<&Account>,
        now: DateTime<Utc>,
    ) -> Result<Next, Block> {
        let mut profile = Profile::new();
        if desired.access.is_wanted() {
            let output =
                self.mapping.profile(|name| employee.known(name), account.is_none()).map_err(|bad| {
                    Block::Profile { problems: bad.0.iter().map(ToString::to_string).collect() }
                })?;
            found.omitted = output.omitted;
            profile = output.profile;
        }
        let aim = Aim {
            access: desired.access,
            profile: &profile,
            memory: &employee.memory,
            send_email: self.send_email,
            for_good: desired.why != Why::OnLeave,
        };
        let Some(account) = account else {
            let steps = plan::create(&aim);
            return Ok(if steps.is_empty() { Next::Rest } else { Next::Act(steps) });
        };
        if desired.access.is_wanted() && employee.memory.cut.is_some_and(|cut| account.seen_at < cut.at) {
            // A cut was begun and then called off: nobody has looked what became of it.
            return Ok(Next::Look(Look::Id(account.id.clone())));
        }
        if account.status == Status::Deprovisioned
            && desired.access == Access::Active
            && !may_reactivate(employee, account, desired)
        {
            return Err(Block::CutInOkta { account: account.id.clone() });
        }
        let steps = plan::plan(&aim, account);
        // Where nothing is to be done, it may be for a status that is long another one.
        let cut = matches!(account.status, Status::Suspended | Status::Deprovisioned);
        let suspends = desired.access == Access::Suspended && !(cut && steps.is_empty());
        if suspends && account.seen_at + FRESH < now {
            return Ok(Next::Look(Look::Id(account.id.clone())));
        }
        Ok(if steps.is_empty() { Next::Rest } else { Next::Act(steps) })
    }
}

/// So many looks may fail before a cut is made again without one.
const MOST_FAILED_LOOKS: u8 = 2;

/// Whether what comes next leaves the account the same whatever became of the doubtful step. An update says
/// what each attribute is to be, so another one of the same attributes needs no look. A deactivation is right
/// after anything, and where nobody can look a second one is better than access.
fn settles(next: &Next, doubt: &Doubt) -> bool {
    let Next::Act(steps) = next else { return false };
    match (steps.first(), &doubt.step) {
        (Some(Step::Deactivate), Step::Deactivate) => doubt.failed_looks >= MOST_FAILED_LOOKS,
        (Some(Step::Deactivate), _) => true,
        (Some(Step::Update { changes }), Step::Update { changes: before }) => {
            before.keys().all(|name| changes.contains_key(name))
        }
        _ => false,
    }
}

/// A deactivation is undone only if it was ours, if an operator says so, or if it came before the employment that is
/// now due.
fn may_reactivate(employee: &Employee, account: &Account, desired: &Desired) -> bool {
    let before = |at| account.status_changed.is_some_and(|changed| changed < at);
    let memory = &employee.memory;
    memory.deactivated()
        || memory.reactivate.as_ref() == Some(&account.id)
        || desired.provision_at.is_some_and(before)
}

/// What turns up on the way to a decision.
struct Found {
    account: Option<OktaId>,
    adopt: bool,
    omitted: Vec<Refusal>,
}

/// What is to be done for one person, and why.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What should be.
    pub desired: Desired,
    /// The person's account.
    pub account: Option<OktaId>,
    /// Whether that account is still to be linked.
    pub adopt: bool,
    /// Optional attributes that were left out, and why.
    pub omitted: Vec<Refusal>,
    /// What comes next.
    pub next: Next,
}

impl Decision {
    /// Of an account that is still to be linked, what it was found by: the identity attribute, or `login`.
    #[must_use]
    pub fn found_by<'a>(&self, view: &View, identity: &'a Identity) -> Option<&'a str> {
        let id = self.account.as_ref().filter(|_| self.adopt)?;
        let by_identity = view.by_identity.iter().any(|found| found.account.id == *id);
        Some(if by_identity { &identity.attribute } else { "login" })
    }
}

/// What comes next for a person.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Nothing, until facts or time change the answer.
    Rest,
    /// These calls.
    Act(Vec<Step>),
    /// Asking Okta first: we no longer know.
    Look(Look),
    /// Waiting until the mirror of the directory is there.
    AwaitMirror,
    /// Waiting for new facts or an operator.
    Block(Block),
}

/// What to ask Okta for.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// A known account.
    Id(OktaId),
    /// Whoever has the login that a create of ours tried.
    Login(String),
}
