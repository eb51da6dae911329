//! Another mapping beside the one in force: whose attributes would change, and who would wait.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::account::{Account, Profile, Status};
use super::decide::{Next, Rules};
use super::employee::Employee;
use super::foresight::Foreseen;
use super::guard::Effect;
use super::identity::View;
use super::plan::Step;

/// What another mapping would do, by employee ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Remap {
    /// How many people were looked at.
    pub people: u64,
    /// By attribute: whose accounts would change in it.
    pub attributes: BTreeMap<String, Changed>,
    /// Who would be blocked and is not, and why.
    pub blocked: BTreeMap<String, String>,
    /// Who would be blocked no longer.
    pub released: BTreeSet<String>,
    /// Fields that were not kept until now: unknown of everybody until HR is read, or sends them.
    pub unknown_fields: BTreeSet<String>,
    /// Attributes that would not be written any more.
    pub left: BTreeSet<String>,
    /// What would be taken away that is limited: `rename`, `rewrite`.
    pub taken: BTreeMap<&'static str, Taken>,
    /// How many accounts are in use, of which limits are shares.
    #[serde(skip)]
    accounts: u32,
}

/// Something that is limited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// From whom.
    pub people: BTreeSet<String>,
    /// How many may go in one window; the others are held for an operator.
    pub limit: u32,
    /// How many would be held if nothing else were taken meanwhile.
    pub held: u64,
}

/// Whose accounts would change in one attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Where it is empty now.
    pub set: BTreeSet<String>,
    /// Where it has another value.
    pub changed: BTreeSet<String>,
    /// Where it has a value and would have none.
    pub cleared: BTreeSet<String>,
    /// Where nobody has seen yet what Okta has: it would be written if that differs.
    pub unseen: BTreeSet<String>,
}

/// Two sets of rules that differ in the mapping only.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'a> {
    /// Those in force.
    pub old: &'a Rules,
    /// Those that may be.
    pub new: &'a Rules,
    /// The attributes that the mirror of the directory holds.
    pub mirrored: &'a BTreeSet<String>,
}

impl Comparison<'_> {
    /// What of the difference concerns nobody in particular.
    #[must_use]
    pub fn begin(&self) -> Remap {
        let difference =
            |one: BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect();
        Remap {
            unknown_fields: difference(self.new.tracked(), &self.old.tracked()),
            left: difference(self.old.mapping.attributes(), &self.new.mapping.attributes()),
            ..Remap::default()
        }
    }

    /// Adds one person, by what would be done now. `old` is their view under the old rules and `new` under the new.
    pub fn add(&self, remap: &mut Remap, employee: &Employee, old: &View, new: &View, now: DateTime<Utc>) {
        remap.people += 1;
        let decide = |rules: &Rules, view: &View| {
            rules.foresee(employee.clone(), view.clone(), now, now).into_iter().next()
        };
        let (Some(before), Some(after)) = (decide(self.old, old), decide(self.new, new)) else { return };
        match (&before.decision.next, &after.decision.next) {
            (Next::Block(_), Next::Block(_)) => {}
            (_, Next::Block(block)) => {
                remap.blocked.insert(employee.id.clone(), block.to_string());
            }
            (Next::Block(_), _) => {
                remap.released.insert(employee.id.clone());
            }
            _ => {}
        }
        let live = |account: &Account| !matches!(account.status, Status::Suspended | Status::Deprovisioned);
        remap.accounts += u32::from(new.linked.as_ref().is_some_and(live));
        let claims =
            |seen: &Foreseen, rules: &Rules| seen.claim(rules).filter(|claim| !claim.effect.is_cut());
        if let Some(claim) =
            claims(&after, self.new).filter(|claim| claims(&before, self.old).as_ref() != Some(claim))
        {
            remap.taken.entry(claim.effect.as_str()).or_default().people.insert(employee.id.clone());
        }
        let pending = changes(&before).cloned().unwrap_or_default();
        let candidates = new.by_identity.iter().chain(&new.by_login).map(|found| &found.account);
        let mut accounts = new.linked.iter().chain(candidates);
        let Some(account) = accounts.find(|account| Some(&account.id) == after.decision.account.as_ref())
        else {
            return;
        };
        for (name, value) in changes(&after).into_iter().flatten() {
            if pending.get(name) == Some(value) {
                continue;
            }
            let changed = remap.attributes.entry(name.clone()).or_default();
            let kind = match (account.profile.get(name), value) {
                (None, _) if !self.mirrored.contains(name) => &mut changed.unseen,
                (None, _) => &mut changed.set,
                (Some(_), Value::Null) => &mut changed.cleared,
                (Some(_), _) => &mut changed.changed,
            };
            kind.insert(employee.id.clone());
        }
    }

    /// Everybody has been added: what the limits say.
    pub fn end(&self, remap: &mut Remap) {
        for effect in Effect::ALL {
            let Some(taken) = remap.taken.get_mut(effect.as_str()) else { continue };
            let limit = self.new.guard.limit(effect);
            taken.limit = limit.of(remap.accounts);
            // A share of all is no limit.
            let most = if limit.share >= 1.0 { u64::MAX } else { taken.limit.into() };
            taken.held = (taken.people.len() as u64).saturating_sub(most);
        }
    }
}

/// The attributes that a decision writes to an account that is there.
fn changes(seen: &Foreseen) -> Option<&Profile> {
    let Next::Act(steps) = &seen.decision.next else { return None };
    steps.iter().find_map(|step| match step {
        Step::Update { changes } => Some(changes),
        _ => None,
    })
}
