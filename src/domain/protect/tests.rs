use chrono::DateTime;

use super::*;
use crate::domain::account::Status;

fn account(id: &str, login: &str) -> Account {
    Account {
        id: OktaId(id.into()),
        login: login.into(),
        status: Status::Active,
        created: DateTime::UNIX_EPOCH,
        status_changed: None,
        last_updated: DateTime::UNIX_EPOCH,
        profile: BTreeMap::new(),
        seen_at: DateTime::UNIX_EPOCH,
    }
}

fn ids(ids: &[&str]) -> BTreeSet<OktaId> {
    ids.iter().map(|id| OktaId((*id).into())).collect()
}

fn protect() -> Protect {
    Protect {
        employees: ["7".to_owned()].into(),
        logins: [fold("Chief.Étoile@example.com")].into(),
        groups: Vec::new(),
        roles: ["ORG_ADMIN".to_owned()].into(),
        keep_super_admins: 2,
    }
}

fn trusted() -> Trusted {
    Trusted {
        owner: Some(OktaId("00uowner".into())),
        groups: [("00gboard".to_owned(), ids(&["00umember"]))].into(),
        roles: [
            ("ORG_ADMIN".to_owned(), ids(&["00uadmin"])),
            ("SUPER_ADMIN".to_owned(), ids(&["00usuper", "00usecond"])),
        ]
        .into(),
        super_admins: ids(&["00usuper", "00usecond"]),
        ..Trusted::default()
    }
}

fn why(employee: &str, id: &str, login: &str) -> Option<String> {
    let account = account(id, login);
    protect().why(employee, Some(&account.id), Some(&account), &trusted())
}

#[test]
fn each_way_is_told_by_itself() {
    for (employee, id, login, expected) in [
        ("7", "00u1", "a@x.com", "listed by guard.protect_employees"),
        ("1", "00u1", "CHIEF.etoile@example.com", "listed by guard.protect_logins"),
        ("1", "00uowner", "a@x.com", "owner of the API token"),
        ("1", "00uadmin", "a@x.com", "role ORG_ADMIN"),
        ("1", "00umember", "a@x.com", "group 00gboard"),
        ("1", "00usuper", "a@x.com", "one of the last 2 super administrators"),
    ] {
        assert_eq!(why(employee, id, login).as_deref(), Some(expected));
    }
    assert_eq!(why("1", "00u1", "a@x.com"), None);
}

#[test]
fn a_super_administrator_may_go_while_enough_are_left() {
    let protect = Protect { keep_super_admins: 1, ..protect() };
    let account = account("00usuper", "a@x.com");
    assert_eq!(protect.why("1", Some(&account.id), Some(&account), &trusted()), None);
}

#[test]
fn somebody_without_an_account_is_protected_by_hrs_id_alone() {
    assert_eq!(protect().why("1", None, None, &trusted()), None);
    assert!(protect().why("7", None, None, &trusted()).is_some());
}
