//! Small random worlds: whatever the tangle, no account has two owners and every cut is made.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use okta_provisioner::domain::account::{Account, OktaId, Status};
use okta_provisioner::domain::block::Block;
use okta_provisioner::domain::decide::{Decision, Look, Next};
use okta_provisioner::domain::employee::{Creating, Cut, CutKind, Employee};
use okta_provisioner::domain::event::Kind;
use okta_provisioner::domain::identity::Foreign;
use okta_provisioner::domain::plan::Step;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::world::{World, world};
use crate::people::{account, at, event, hire, last_day, now, numbered, person, rules};

/// What HR says of somebody, and so what should become of the access.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Story {
    Employed,
    Nameless,
    Unscoped,
    Later,
    LeavesLater,
    Unknown,
    Away,
    Left,
    NamelessLeft,
    Deleted,
    Revoked,
    NoShow,
}

const STORIES: [Story; 12] = [
    Story::Employed,
    Story::Nameless,
    Story::Unscoped,
    Story::Later,
    Story::LeavesLater,
    Story::Unknown,
    Story::Away,
    Story::Left,
    Story::NamelessLeft,
    Story::Deleted,
    Story::Revoked,
    Story::NoShow,
];

impl Story {
    /// By the rules 1 to 3.
    fn is_cut(self) -> bool {
        use Story::{Deleted, Left, NamelessLeft, NoShow, Revoked};
        matches!(self, Left | NamelessLeft | Deleted | Revoked | NoShow)
    }

    fn said(self, email: &str, said: &'static str) -> Vec<(&'static str, Kind, Value)> {
        let hired = |start| (said, Kind::Hired, hire(email, start));
        let and = |kind, fields| vec![hired("03-01"), ("05-01", kind, fields)];
        let nameless = json!({"root.surname": null});
        match self {
            Story::Employed => vec![hired("03-01")],
            Story::Nameless => and(Kind::Changed, nameless),
            Story::Unscoped => vec![(said, Kind::Hired, hire("ann@other.org", "03-01"))],
            Story::Later => vec![hired("09-01")],
            Story::LeavesLater => and(Kind::Terminated, last_day("12-31")),
            Story::Unknown => vec![(said, Kind::Changed, json!({"root.email": email}))],
            Story::Away => and(Kind::Changed, json!({"internal.lifecycleStatus": "parental leave"})),
            Story::Left => and(Kind::Terminated, last_day("05-02")),
            Story::NamelessLeft => {
                let mut fields = last_day("05-02");
                fields["root.surname"] = Value::Null;
                and(Kind::Terminated, fields)
            }
            Story::Deleted => and(Kind::Deleted, json!({})),
            Story::Revoked => and(Kind::AccessRevoked, json!({})),
            Story::NoShow => and(Kind::Terminated, last_day("02-28")),
        }
    }
}

const EMAILS: [&str; 3] = ["a@x.com", "A@x.com", "b@x.com"];
const STATUSES: [Status; 6] = [
    Status::Staged,
    Status::Provisioned,
    Status::Active,
    Status::LockedOut,
    Status::Suspended,
    Status::Deprovisioned,
];

prop_compose! {
    fn any_person()(
        story in prop::sample::select(&STORIES[..]),
        email in prop::sample::select(&EMAILS[..]),
        said in prop::sample::select(vec!["01-01", "01-02", "04-01"]),
        link in prop::option::of(0..3_usize),
        creating in prop::bool::weighted(0.1),
        cut in prop::option::of(any::<bool>()),
        owed in any::<bool>(),
    ) -> (Story, Option<usize>, Employee) {
        let mut employee = person("?", &story.said(email, said));
        let kind = |suspended| if suspended { CutKind::Suspension } else { CutKind::Deactivation };
        employee.memory.cut = cut.map(|suspended| Cut { kind: kind(suspended), at: at("05-20") });
        employee.memory.sessions_owed = owed;
        employee.memory.creating =
            creating.then(|| Creating { login: "tried@x.com".into(), at: now(), misses: 0 });
        (story, link, employee)
    }
}

prop_compose! {
    fn any_account()(
        login in prop::sample::select(&EMAILS[..]),
        status in prop::sample::select(&STATUSES[..]),
        number in prop::option::of(prop::sample::select(vec!["0", "1", "2", "P-77"])),
        created in prop::sample::select(vec!["02-01", "05-15"]),
        changed in prop::sample::select(vec!["02-10", "05-15"]),
        age in prop::sample::select(vec![0, 600]),
    ) -> Account {
        let mut account = account("?", login, status);
        account.created = at(created);
        account.status_changed = Some(at(changed));
        account.seen_at = now() - TimeDelta::seconds(age);
        match number {
            Some(number) => numbered(account, number),
            None => account,
        }
    }
}

prop_compose! {
    fn any_world()(
        people in prop::collection::vec(any_person(), 1..=3),
        accounts in prop::collection::vec(any_account(), 0..=3),
        loaded in prop::bool::weighted(0.9),
        adopt in any::<bool>(),
    ) -> (World, Vec<Story>) {
        let id = |at: usize| OktaId(format!("00u{at}"));
        let mut taken = BTreeSet::new();
        let mut stories = Vec::new();
        let people: Vec<Employee> = people.into_iter().enumerate().map(|(at, (story, link, told))| {
            stories.push(story);
            let mut memory = told.memory;
            // A link to an account that is not there is one that the mirror has yet to see.
            memory.link = link.filter(|link| taken.insert(*link)).map(id);
            Employee::new(&at.to_string(), told.facts, memory)
        }).collect();
        let numbered = accounts.into_iter().enumerate().map(|(at, account)| Account { id: id(at), ..account });
        let mut world = world(people, numbered.collect::<Vec<_>>());
        world.mirror_loaded = loaded;
        world.rules.identity.foreign = if adopt { Foreign::Adopt } else { Foreign::Block };
        (world, stories)
    }
}

fn is_cut(next: &Next) -> bool {
    matches!(next, Next::Act(steps) if steps.first().is_some_and(Step::is_cut))
}

/// The login that the calls give to an account.
fn claimed(next: &Next) -> Option<String> {
    let Next::Act(steps) = next else { return None };
    let login = |step: &Step| match step {
        Step::Create { profile, .. } | Step::Update { changes: profile } => profile.get("login").cloned(),
        _ => None,
    };
    steps.iter().find_map(login).and_then(|login| Some(login.as_str()?.to_lowercase()))
}

/// What one decision may say, given what HR did.
fn judge(world: &World, story: Story, me: &Employee, decision: &Decision) -> Result<(), TestCaseError> {
    let next = &decision.next;
    let away = story == Story::Away && matches!(next, Next::Act(steps) if steps[0] != Step::Deactivate);
    prop_assert!(!is_cut(next) || story.is_cut() || away, "cut for nothing: {next:?}");
    if me.memory.creating.is_some() {
        prop_assert_eq!(next, &Next::Look(Look::Login("tried@x.com".into())));
        return Ok(());
    }
    if matches!(story, Story::Unscoped | Story::Later | Story::Unknown) {
        prop_assert!(matches!(next, Next::Rest | Next::Block(_)) && !decision.adopt, "{next:?}");
    }
    let Some(link) = &me.memory.link else { return Ok(()) };
    prop_assert_eq!(decision.account.as_ref(), Some(link));
    if story.is_cut() {
        let status = world.accounts.iter().find(|account| account.id == *link).map(|found| found.status);
        let done = match status {
            None => matches!(next, Next::Look(Look::Id(id)) if id == link),
            Some(Status::Deprovisioned) => *next == Next::Rest,
            Some(Status::Suspended) if story == Story::Revoked => {
                matches!(next, Next::Rest | Next::Look(_)) || is_cut(next)
            }
            Some(_) => is_cut(next) || (story == Story::Revoked && matches!(next, Next::Look(_))),
        };
        let held = story == Story::Deleted && matches!(next, Next::Block(Block::DeletionHeld { .. }));
        prop_assert!(done || held, "{story:?} linked to {status:?}: {next:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_account_has_two_owners_and_every_cut_is_made((world, stories) in any_world()) {
        let mut world = world;
        let decisions: Vec<_> = world.people.iter().map(|person| world.decision(&person.id)).collect();
        for ((decision, story), me) in decisions.iter().zip(&stories).zip(&world.people) {
            judge(&world, *story, me, decision)?;
        }
        // All at once, as many turns run at the same time. Who adopts foreign accounts has two ways to
        // one account; there the ledger's unique link decides.
        if world.rules.identity.foreign == Foreign::Block {
            let mut owners = BTreeSet::new();
            for account in decisions.iter().filter_map(|decision| decision.account.as_ref()) {
                prop_assert!(owners.insert(account), "two owners of {account}");
            }
            // Okta knows each login once; a mirror that lags may not.
            let known: BTreeSet<_> = world.accounts.iter().map(|account| account.login.to_lowercase()).collect();
            let lags = known.len() < world.accounts.len();
            let mut logins = BTreeSet::new();
            for login in decisions.iter().filter_map(|decision| claimed(&decision.next)) {
                prop_assert!(logins.insert(login.clone()) || lags, "{login} is given twice");
            }
        }
        // One after the other.
        for at in 0..world.people.len() {
            let decision = world.decision(&at.to_string());
            if decision.adopt {
                prop_assert!(!world.people.iter().any(|p| p.memory.link == decision.account));
                world.people[at].memory.link = decision.account;
            }
        }
    }
}

#[test]
fn the_stories_are_what_they_say() {
    for story in STORIES {
        let tracked = rules().tracked();
        let mut facts = okta_provisioner::domain::facts::Facts::default();
        for (day, kind, fields) in story.said("a@x.com", "01-01") {
            facts.merge(&event("1", day, kind, &fields), &tracked);
        }
        let access = rules().access.desired(&facts, None, now()).access;
        assert_eq!(access.is_cut(), story.is_cut() || story == Story::Away, "{story:?}: {access:?}");
    }
}
