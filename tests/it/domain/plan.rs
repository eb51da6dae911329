//! The table of plans, cell by cell.

use okta_provisioner::domain::access::Access;
use okta_provisioner::domain::account::{Profile, Status};
use okta_provisioner::domain::employee::{Cut, CutKind, Memory};
use okta_provisioner::domain::plan::{self, Aim, Step};
use serde_json::json;

use super::words;
use crate::people::{account, at, profile_of};

/// For each status what leads to Staged, Active, Suspended and Deactivated. `~mail` takes the mail
/// switch, `if ours` a suspension of ours, `if owed` sessions still to be cleared, `if for good`
/// somebody who does not come back.
const TABLE: [(Status, [&str; 4]); 9] = [
    (Status::Staged, ["update", "update, activate~mail", "deactivate if for good", "deactivate"]),
    (Status::Provisioned, ["update", "update", "deactivate if for good", "deactivate"]),
    (Status::Recovery, ["update", "update", "deactivate if for good", "deactivate"]),
    (Status::PasswordExpired, ["update", "update", "deactivate if for good", "deactivate"]),
    (Status::LockedOut, ["update", "update", "deactivate if for good", "deactivate"]),
    (Status::Active, ["update", "update", "suspend, clear sessions", "deactivate"]),
    (Status::Suspended, ["", "unsuspend if ours, update", "clear sessions if owed", "deactivate"]),
    (Status::Deprovisioned, ["", "activate~mail, update", "", ""]),
    (Status::Unknown, ["update", "update", "deactivate if for good", "deactivate"]),
];

const COLUMNS: [Access; 4] = [Access::Staged, Access::Active, Access::Suspended, Access::Deactivated];

#[expect(clippy::struct_excessive_bools, reason = "four switches that are thrown independently")]
#[derive(Clone, Copy, Debug)]
struct Case {
    send_email: bool,
    ours: bool,
    owed: bool,
    for_good: bool,
}

fn cases() -> impl Iterator<Item = Case> {
    (0..16).map(|bits| Case {
        send_email: bits & 1 > 0,
        ours: bits & 2 > 0,
        owed: bits & 4 > 0,
        for_good: bits & 8 > 0,
    })
}

/// The words of a cell that hold in this case.
fn expected(cell: &str, case: Case) -> String {
    let mail = if case.send_email { " with mail" } else { "" };
    let words = cell.split(", ").filter_map(|word| match word.split_once(" if ") {
        Some((word, "ours")) => case.ours.then_some(word),
        Some((word, "owed")) => case.owed.then_some(word),
        Some((word, "for good")) => case.for_good.then_some(word),
        Some(other) => panic!("{other:?}"),
        None => Some(word),
    });
    words.map(|word| word.replace("~mail", mail)).collect::<Vec<_>>().join(", ")
}

fn memory(case: Case) -> Memory {
    let ours = Cut { kind: CutKind::Suspension, at: at("05-01") };
    Memory { cut: case.ours.then_some(ours), sessions_owed: case.owed, ..Memory::default() }
}

fn aim<'a>(access: Access, case: Case, memory: &'a Memory, profile: &'a Profile) -> Aim<'a> {
    Aim { access, profile, memory, send_email: case.send_email, for_good: case.for_good }
}

#[test]
fn every_status_leads_to_every_wish_by_the_table() {
    let profile = profile_of(&json!({"title": "CTO"}));
    for case in cases() {
        let memory = memory(case);
        for (status, row) in TABLE {
            let account = account("00u1", "a@x.com", status);
            for (access, cell) in COLUMNS.into_iter().zip(row) {
                let steps = plan::plan(&aim(access, case, &memory, &profile), &account);
                assert_eq!(words(&steps), expected(cell, case), "{status} → {access:?}, {case:?}");
            }
            for access in [Access::Absent, Access::Unmanaged] {
                assert_eq!(plan::plan(&aim(access, case, &memory, &profile), &account), [], "{status}");
            }
        }
    }
}

#[test]
fn a_missing_account_is_created_for_whoever_should_have_one() {
    let profile = profile_of(&json!({"login": "a@x.com", "title": null}));
    for case in cases() {
        let memory = memory(case);
        let create = |access| plan::create(&aim(access, case, &memory, &profile));
        assert_eq!(words(&create(Access::Staged)), "create staged");
        let active = if case.send_email { "create active" } else { "create staged, activate" };
        assert_eq!(words(&create(Access::Active)), active);
        for access in [Access::Absent, Access::Unmanaged, Access::Suspended, Access::Deactivated] {
            assert_eq!(create(access), []);
        }
        let Step::Create { profile, .. } = &create(Access::Active)[0] else { panic!("not a create") };
        assert_eq!(*profile, profile_of(&json!({"login": "a@x.com"})), "a null is nothing to create");
    }
}

#[test]
fn an_update_holds_the_changed_attributes_and_no_others() {
    let case = Case { send_email: true, ours: false, owed: false, for_good: true };
    let account = account("00u1", "a@x.com", Status::Active);
    for (wanted, unheeded, changes) in [
        (json!({"title": "Engineer", "firstName": "Ann"}), json!({}), None),
        (json!({"title": "CTO", "firstName": "Ann"}), json!({}), Some(json!({"title": "CTO"}))),
        (json!({"login": "b@x.com"}), json!({}), Some(json!({"login": "b@x.com"}))),
        (json!({"title": null}), json!({}), Some(json!({"title": null}))),
        (json!({"nickName": null}), json!({}), None),
        (json!({"nickName": "A"}), json!({}), Some(json!({"nickName": "A"}))),
        // Okta stored something else: not sent again, until HR says something else.
        (json!({"title": "CTO"}), json!({"title": "CTO"}), None),
        (json!({"title": "CEO"}), json!({"title": "CTO"}), Some(json!({"title": "CEO"}))),
        (json!({"title": "CTO", "nickName": "A"}), json!({"title": "CTO"}), Some(json!({"nickName": "A"}))),
        (json!({"title": null}), json!({"title": null}), None),
    ] {
        let memory = Memory { unheeded: profile_of(&unheeded), ..Memory::default() };
        let profile = profile_of(&wanted);
        let steps = plan::plan(&aim(Access::Active, case, &memory, &profile), &account);
        let changes = changes.map(|changes| Step::Update { changes: profile_of(&changes) });
        assert_eq!(steps, changes.into_iter().collect::<Vec<_>>(), "{wanted}, unheeded {unheeded}");
    }
}
