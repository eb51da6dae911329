//! Plans against a model of Okta: they are never refused, they arrive, and then they are empty.

use okta_provisioner::domain::access::Access;
use okta_provisioner::domain::account::{Account, Profile, Status};
use okta_provisioner::domain::employee::{Cut, CutKind, Memory};
use okta_provisioner::domain::plan::{self, Aim, Step};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::people::{account, at};

const LIVE: [Status; 7] = [
    Status::Staged,
    Status::Provisioned,
    Status::Recovery,
    Status::PasswordExpired,
    Status::LockedOut,
    Status::Active,
    Status::Suspended,
];

/// One user of an org, changed as Okta changes it.
#[derive(Clone, Debug)]
struct Okta {
    user: Option<Account>,
    /// A user with a password is in use as soon as it is activated.
    password: bool,
    /// What a user becomes that is no longer suspended.
    resumed: Status,
    sessions: bool,
}

impl Okta {
    /// Makes a call, or says that Okta refuses it.
    fn call(&mut self, step: &Step) -> Result<(), String> {
        if let Step::Create { profile, activate } = step {
            return self.create(profile, *activate);
        }
        let activated = if self.password { Status::Active } else { Status::Provisioned };
        let Some(user) = &mut self.user else { return Err(format!("{step:?} of nobody")) };
        let refused = Err(format!("{step:?} of {}", user.status));
        match (step, user.status) {
            (Step::Update { .. }, Status::Deprovisioned) => return refused,
            (Step::Update { changes }, _) => {
                user.profile.extend(changes.clone());
                user.profile.retain(|_, value| !value.is_null());
            }
            (Step::Activate { .. }, Status::Staged | Status::Deprovisioned) => user.status = activated,
            (Step::Suspend, Status::Active) => user.status = Status::Suspended,
            (Step::Unsuspend, Status::Suspended) => user.status = self.resumed,
            (Step::Deactivate, status) if status != Status::Deprovisioned => {
                user.status = Status::Deprovisioned;
                self.sessions = false;
                self.password = false;
            }
            (Step::ClearSessions, _) => self.sessions = false,
            _ => return refused,
        }
        Ok(())
    }

    fn create(&mut self, profile: &Profile, activate: bool) -> Result<(), String> {
        if self.user.is_some() || profile.values().any(Value::is_null) {
            return Err("create".into());
        }
        let status = if activate { Status::Provisioned } else { Status::Staged };
        self.user = Some(Account { profile: profile.clone(), ..account("00u1", "a@x.com", status) });
        self.password = false;
        Ok(())
    }
}

/// What is written down before and after a call.
fn remember(memory: &mut Memory, step: &Step, made: bool) {
    let cut = |kind| Some(Cut { kind, at: at("05-01") });
    match (step, made) {
        (Step::Suspend, false) => {
            memory.cut = cut(CutKind::Suspension);
            memory.sessions_owed = true;
        }
        (Step::Deactivate, false) => memory.cut = cut(CutKind::Deactivation),
        (Step::ClearSessions | Step::Deactivate, true) => memory.sessions_owed = false,
        (Step::Activate { .. } | Step::Unsuspend, true) => memory.cut = None,
        _ => {}
    }
}

/// Whether nobody can use the account.
fn is_off(status: Status) -> bool {
    matches!(status, Status::Suspended | Status::Deprovisioned)
}

/// Whether a user is as it was wanted to be, given what it was.
fn arrived(aim: &Aim, before: &Okta, ours: bool, after: &Okta) -> bool {
    let was = before.user.as_ref().map(|user| user.status);
    let Some(user) = &after.user else { return !aim.access.is_wanted() };
    let profile = aim.profile.iter().all(|(name, value)| match value {
        Value::Null => !user.profile.contains_key(name),
        value => user.profile.get(name) == Some(value),
    });
    let in_use = user.status != Status::Staged && !is_off(user.status);
    let left_alone = match (aim.access, was) {
        (Access::Absent | Access::Unmanaged, _) => true,
        (Access::Suspended, Some(Status::Active)) => false,
        // Suspended or cut already, or away for a while and not to be suspended now.
        (Access::Suspended, Some(status)) => is_off(status) || !aim.for_good,
        // Nothing is brought to life for somebody who starts later.
        (Access::Staged, Some(status)) => is_off(status),
        _ => false,
    };
    match aim.access {
        _ if left_alone => Some(user.status) == was,
        Access::Absent | Access::Unmanaged => false,
        Access::Suspended if was == Some(Status::Active) => {
            user.status == Status::Suspended && !after.sessions
        }
        Access::Suspended | Access::Deactivated => user.status == Status::Deprovisioned,
        Access::Staged => user.status == was.unwrap_or(Status::Staged) && profile,
        Access::Active if was == Some(Status::Suspended) && !ours => {
            user.status == Status::Suspended && profile
        }
        Access::Active => in_use && profile,
    }
}

/// As the engine does it: the first call of the plan, then another plan.
fn settle(okta: &mut Okta, aim: &Aim, memory: &mut Memory) -> Result<u32, String> {
    for calls in 0..4 {
        let aim = Aim { memory, ..*aim };
        let steps = match &okta.user {
            None => plan::create(&aim),
            Some(user) => plan::plan(&aim, user),
        };
        let Some(step) = steps.into_iter().next() else { return Ok(calls) };
        remember(memory, &step, false);
        okta.call(&step)?;
        remember(memory, &step, true);
    }
    Err("no end".into())
}

fn any_profile() -> impl Strategy<Value = Profile> {
    let value = prop::sample::select(vec![json!("a"), json!("b"), json!(7), Value::Null]);
    prop::collection::btree_map(prop::sample::select(vec!["title", "city", "badge"]), value, 0..3)
        .prop_map(|map| map.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn any_access() -> impl Strategy<Value = Access> {
    prop::sample::select(vec![
        Access::Absent,
        Access::Staged,
        Access::Active,
        Access::Suspended,
        Access::Deactivated,
        Access::Unmanaged,
    ])
}

prop_compose! {
    fn any_okta()(
        status in prop::option::weighted(0.9, prop::sample::select([&LIVE[..], &[Status::Deprovisioned]].concat())),
        profile in any_profile(),
        password in any::<bool>(),
        resumed in prop::sample::select(vec![Status::Active, Status::PasswordExpired]),
    ) -> Okta {
        let user = status.map(|status| {
            let mut user = account("00u1", "a@x.com", status);
            user.profile.extend(profile);
            user.profile.retain(|_, value| !value.is_null());
            user
        });
        Okta { user, password, resumed, sessions: true }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn plans_arrive_and_end(
        okta in any_okta(),
        wishes in prop::collection::vec((any_access(), any_profile(), any::<bool>()), 1..5),
        send_email in any::<bool>(),
    ) {
        let mut okta = okta;
        let mut memory = Memory::default();
        for (access, profile, for_good) in wishes {
            let before = okta.clone();
            okta.sessions = true;
            let ours = memory.suspended().is_some();
            let idle = Memory::default();
            let aim = Aim { access, profile: &profile, memory: &idle, send_email, for_good };
            let calls = settle(&mut okta, &aim, &mut memory);
            let bound = 2 + u32::from(before.user.is_none());
            prop_assert!(calls.as_ref().is_ok_and(|calls| *calls <= bound), "{access:?} from {before:?}: {calls:?}");
            prop_assert!(arrived(&aim, &before, ours, &okta), "{access:?} from {before:?} to {okta:?}");
            prop_assert_eq!(settle(&mut okta, &aim, &mut memory), Ok(0));
        }
    }
}
