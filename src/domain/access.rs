//! What access a person should have right now, and until when that stays the answer.

mod policy;
mod trace;
mod why;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

pub use policy::{
    BeforeStart, DeactivateAt, Leaver, OnLeave, OnRevoke, Policy, ProvisionOn, StatusRule, span,
};
pub use trace::{Rule, Traced, Verdict};
pub use why::{Why, rests_on};

use super::block::Block;
use super::employee::{Cut, CutKind};
use super::event;
use super::facts::Facts;
use super::field;
use super::scope::Scope;
use super::zone::{self, Zones};

/// The state that a person's account should be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// None yet; one that exists is left alone.
    Absent,
    /// Created, not activated.
    Staged,
    /// In use.
    Active,
    /// Cut for now.
    Suspended,
    /// Cut.
    Deactivated,
    /// Not ours to create, change or cut.
    Unmanaged,
}

impl Access {
    /// Whether the person should have an account.
    #[must_use]
    pub fn is_wanted(self) -> bool {
        matches!(self, Access::Staged | Access::Active)
    }

    /// Whether the person's access is to be cut.
    #[must_use]
    pub fn is_cut(self) -> bool {
        matches!(self, Access::Suspended | Access::Deactivated)
    }

    /// As it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Access::Absent => "absent",
            Access::Staged => "staged",
            Access::Active => "active",
            Access::Suspended => "suspended",
            Access::Deactivated => "deactivated",
            Access::Unmanaged => "unmanaged",
        }
    }
}

/// What should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Desired {
    /// The state of the account.
    pub access: Access,
    /// The rule that says so.
    pub why: Why,
    /// The next instant at which the answer changes by itself; always later than `now`.
    pub until: Option<DateTime<Utc>>,
    /// Whether the person is in scope; unknown counts as yes, since nobody is excluded by a gap.
    pub in_scope: bool,
    /// When the current employment is to be provisioned.
    pub provision_at: Option<DateTime<Utc>>,
    /// The leave date that decided, if one did.
    pub leave_date: Option<NaiveDate>,
    /// Whether a revocation is in force, whatever rule decided.
    pub revoked: bool,
}

impl Desired {
    /// From when on this has been called for: the leave moment of a cut, the provision moment of an
    /// employment.
    #[must_use]
    pub fn called_for(&self) -> Option<DateTime<Utc>> {
        if self.access.is_cut() { self.why.since() } else { self.provision_at }
    }
}

/// The rules of access: policy, zones and scope.
#[derive(Clone, Debug)]
pub struct AccessRules {
    /// When and how to give and cut access.
    pub policy: Policy,
    /// Where people's days begin.
    pub zones: Zones,
    /// Whom this program manages.
    pub scope: Scope,
}

impl AccessRules {
    /// Decides, first rule that matches. `cut` is our own cut of the account, if it is in force, or what else the
    /// grace runs from.
    #[must_use]
    pub fn desired(&self, facts: &Facts, cut: Option<Cut>, now: DateTime<Utc>) -> Desired {
        let person = Person::read(self, facts, cut);
        let (access, why) = person.at(now);
        let until = person.boundaries(now).find(|later| {
            let (then, reason) = person.at(*later);
            then != access || reason != why
        });
        let in_scope = !matches!(person.scope, Ok(false));
        let dated = why.cut_by().filter(|_| why.is_dated());
        let leave_date = dated.and_then(|name| facts.date(name)).map(|(date, _)| date);
        Desired {
            access,
            why,
            until,
            in_scope,
            provision_at: person.provision_at,
            leave_date,
            revoked: person.is_revoked(now),
        }
    }
}

/// What the rules need of one person, every date already an instant.
struct Person<'a> {
    policy: &'a Policy,
    deleted: Option<DateTime<Utc>>,
    gone: Option<DateTime<Utc>>,
    leaves: Vec<Leave>,
    rehired: Option<DateTime<Utc>>,
    left_by_status: Option<DateTime<Utc>>,
    /// When access was revoked, and when a later employment ends that.
    revoked: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    scope: Result<bool, Block>,
    zone_unknown: Option<String>,
    start_at: Option<DateTime<Utc>>,
    provision_at: Option<DateTime<Utc>>,
    on_leave: bool,
    cut: Option<Cut>,
}

/// One leave date that is in force.
struct Leave {
    field: &'static str,
    from: DateTime<Utc>,
    ends: Ends,
}

enum Ends {
    /// This employment.
    This,
    /// An earlier one: the person is out until this instant.
    Earlier(DateTime<Utc>),
    /// One that never began.
    Nothing,
}

impl<'a> Person<'a> {
    fn read(rules: &'a AccessRules, facts: &Facts, cut: Option<Cut>) -> Self {
        let policy = &rules.policy;
        let zone = rules.zones.of(facts);
        // A cut needs no known zone.
        let tz = zone.as_ref().copied().unwrap_or(rules.zones.default);
        let start = facts.date(field::START);
        let start_at = start.map(|(date, _)| zone::start_of_day(date, tz));
        let provision_at = start.map(|(date, _)| {
            let ahead = Days::new(u64::from(policy.days_before));
            zone::start_of_day(date.checked_sub_days(ahead).unwrap_or(date), tz)
        });
        let rehired = facts.marked(field::REHIRED);
        let left_by_status = facts.get(field::LIFECYCLE).and_then(|fact| {
            let status = fact.value.as_str()?.to_lowercase();
            let newest = start.map(|(_, said)| said).max(rehired);
            let counts =
                matches!(status.as_str(), "terminated" | "garden leave") && newest <= Some(fact.stamp.at);
            counts.then_some(fact.stamp.at)
        });
        let leaves: Vec<Leave> = field::LEAVES
            .into_iter()
            .filter_map(|field| {
                let (date, said) = facts.date(field)?;
                let from = policy.deactivate_at.on(date, tz);
                let ends = match start {
                    Some((first, start_said)) if date < first => {
                        if said > start_said || (said == start_said && left_by_status.is_some()) {
                            Ends::Nothing
                        } else {
                            Ends::Earlier(provision_at?)
                        }
                    }
                    _ if rehired > Some(said) => return None,
                    _ => Ends::This,
                };
                Some(Leave { field, from, ends })
            })
            .collect();
        let revoked = revoked(facts).filter(|at| rehired <= Some(*at));
        // A snapshot repeats the old start date; only a day that is itself later ends a revocation.
        let ends_revocation =
            |at| start_at.filter(|day| *day > at && start.is_some_and(|(_, said)| said > at));
        Self {
            policy,
            deleted: facts.marked(field::DELETED),
            gone: facts.marked(field::GONE),
            leaves,
            rehired,
            left_by_status,
            revoked: revoked.map(|at| (at, ends_revocation(at))),
            scope: rules.scope.covers(facts),
            zone_unknown: zone.err(),
            start_at,
            provision_at,
            on_leave: policy.is_leave(facts),
            cut,
        }
    }

    fn at(&self, now: DateTime<Utc>) -> (Access, Why) {
        Rule::ALL.into_iter().find_map(|rule| self.judge(rule, now)).unwrap_or_else(|| self.settled())
    }

    /// What a rule says, if it has anything to say.
    fn judge(&self, rule: Rule, now: DateTime<Utc>) -> Option<(Access, Why)> {
        let blocked = |block| Some((Access::Absent, Why::Blocked(block)));
        match rule {
            Rule::Deleted => self.deleted.map(|at| (Access::Deactivated, Why::Deleted(at))),
            Rule::Gone => self.gone.map(|at| (Access::Deactivated, Why::Gone(at))),
            Rule::Left => self.left(now).map(|why| (self.leaver(now), why)),
            Rule::Revoked => {
                let (at, _) = self.revoked.filter(|_| self.is_revoked(now))?;
                let access = match self.policy.on_revoke {
                    OnRevoke::Suspend => Access::Suspended,
                    OnRevoke::Deactivate => Access::Deactivated,
                };
                Some((access, Why::Revoked(at)))
            }
            Rule::Scope => match &self.scope {
                Ok(true) => None,
                Ok(false) => Some((Access::Unmanaged, Why::OutOfScope)),
                Err(block) => blocked(block.clone()),
            },
            Rule::NoShow => {
                // Nobody is made an account for an employment that will not begin, and nobody who works
                // until then loses one.
                let leave = self.leaves.iter().find(|leave| matches!(leave.ends, Ends::Nothing))?;
                Some((Access::Absent, Why::NoShow(leave.field, leave.from)))
            }
            Rule::StartKnown => {
                if self.start_at.is_none() {
                    return blocked(Block::NoStartDate);
                }
                blocked(Block::UnknownZone { field: self.zone_unknown.clone()? })
            }
            Rule::NotYet => {
                let waits = self.policy.provision_on == ProvisionOn::StartDate
                    && self.provision_at.is_some_and(|at| now < at);
                waits.then_some((Access::Absent, Why::NotYet))
            }
            Rule::BeforeStart => {
                let starts_later = self.start_at.is_some_and(|at| now < at) && !self.always_active();
                let access = match self.policy.before_start {
                    BeforeStart::Staged => Access::Staged,
                    BeforeStart::Active => self.settled().0,
                };
                starts_later.then_some((access, Why::BeforeStart))
            }
            Rule::OnLeave => {
                let suspended =
                    self.on_leave && self.policy.on_leave == OnLeave::Suspend && !self.always_active();
                suspended.then_some((Access::Suspended, Why::OnLeave))
            }
            Rule::Employed => Some(self.settled()),
        }
    }

    fn is_revoked(&self, now: DateTime<Utc>) -> bool {
        self.revoked.is_some_and(|(_, until)| until.is_none_or(|until| now < until))
    }

    fn always_active(&self) -> bool {
        self.policy.status == StatusRule::AlwaysActive
    }

    /// Of whom no rule says anything else.
    fn settled(&self) -> (Access, Why) {
        let access = match self.policy.status {
            StatusRule::AlwaysInactive => Access::Staged,
            StatusRule::HrStatus | StatusRule::AlwaysActive => Access::Active,
        };
        (access, Why::Employed)
    }

    fn left(&self, now: DateTime<Utc>) -> Option<Why> {
        let says = |leave: &Leave| match leave.ends {
            Ends::Nothing if leave.from <= now => Some((leave.from, Why::NoShow(leave.field, leave.from))),
            Ends::Earlier(until) if leave.from <= now && now < until => {
                Some((leave.from, Why::Between(leave.field, leave.from)))
            }
            Ends::This if leave.from <= now => Some((leave.from, Why::Left(leave.field, leave.from))),
            _ => None,
        };
        if let Some((_, why)) = self.leaves.iter().filter_map(says).min_by_key(|(from, _)| *from) {
            return Some(why);
        }
        // Dates alone decide where there are any that still count.
        let decided = self.leaves.iter().any(|leave| match leave.ends {
            Ends::Earlier(until) => now < until,
            _ => true,
        });
        self.left_by_status.filter(|_| !decided).map(Why::LeftByStatus)
    }

    fn leaver(&self, now: DateTime<Utc>) -> Access {
        let suspended = match self.policy.leaver {
            Leaver::Deactivate => false,
            Leaver::SuspendFirst => match self.cut {
                // What was begun is brought to its end, though it be the second attempt.
                Some(Cut { kind: CutKind::Deactivation, .. }) => false,
                Some(_) => self.grace_ends().is_some_and(|end| now < end),
                None => true,
            },
        };
        if suspended { Access::Suspended } else { Access::Deactivated }
    }

    /// When a suspension of ours has lasted for the grace.
    fn grace_ends(&self) -> Option<DateTime<Utc>> {
        self.cut.filter(|cut| cut.kind == CutKind::Suspension).map(|cut| cut.at + self.policy.grace)
    }

    /// Every later instant at which a rule can start to say something else, soonest first.
    fn boundaries(&self, now: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
        let leaves = self.leaves.iter().flat_map(|leave| match leave.ends {
            Ends::Earlier(until) => [Some(leave.from), Some(until)],
            _ => [Some(leave.from), None],
        });
        let revoked = self.revoked.and_then(|(_, until)| until);
        let mut all: Vec<_> = leaves
            .chain([self.start_at, self.provision_at, self.grace_ends(), revoked])
            .flatten()
            .filter(|at| *at > now)
            .collect();
        all.sort_unstable();
        all.into_iter()
    }
}

/// When access was revoked, unless HR has taken that back: Bob has no event for it, but what it revoked in
/// the course of a termination is over once a read shows nothing of the termination any more.
fn revoked(facts: &Facts) -> Option<DateTime<Utc>> {
    let fact = facts.get(field::REVOKED).filter(|fact| fact.value == true)?;
    let back = facts.get(field::LEAVING).is_some_and(|read| read.stamp.at >= fact.stamp.at);
    (fact.stamp.source != event::BOB || !back).then_some(fact.stamp.at)
}

/// How old a status may be when a suspension is decided on it.
pub const FRESH: TimeDelta = TimeDelta::seconds(60);

#[cfg(test)]
mod tests;
