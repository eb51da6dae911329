//! Bringing a deactivated account back, or leaving it as somebody left it.

use okta_provisioner::domain::account::{Account, Status};
use okta_provisioner::domain::employee::{Cut, CutKind, Employee};
use okta_provisioner::domain::event::Kind;
use serde_json::json;

use super::world::{World, world};
use crate::people::{account, at, employed, hire, last_day, leaver, linked, numbered, person};

fn cut(mut employee: Employee, kind: CutKind) -> Employee {
    employee.memory.cut = Some(Cut { kind, at: at("05-01") });
    employee
}

fn deactivated(on: Option<&str>) -> Account {
    let mut account = numbered(account("00u1", "ann@x.com", Status::Deprovisioned), "1");
    account.status_changed = on.map(at);
    account
}

#[test]
fn only_our_own_cut_or_one_before_this_employment_is_undone() {
    // Provisioned on March 1.
    let ann = || linked(employed("1", "ann@x.com", "01-01"), "00u1");
    for (employee, on, expected) in [
        (ann(), Some("04-01"), "blocked cut_in_okta"),
        (ann(), Some("02-28"), "activate with mail"),
        (ann(), Some("03-01"), "blocked cut_in_okta"),
        (ann(), None, "blocked cut_in_okta"),
        (cut(ann(), CutKind::Deactivation), Some("04-01"), "activate with mail"),
        (cut(ann(), CutKind::Deactivation), None, "activate with mail"),
        // We suspended; it was somebody else who deactivated.
        (cut(ann(), CutKind::Suspension), Some("04-01"), "blocked cut_in_okta"),
    ] {
        let memory = employee.memory.clone();
        assert_eq!(world([employee], [deactivated(on)]).decide("1"), expected, "{on:?}, {memory:?}");
    }
}

#[test]
fn a_change_does_not_undo_what_security_did() {
    let changed = ("05-15", Kind::Changed, json!({"work.title": "CTO"}));
    let said = [("01-01", Kind::Hired, hire("ann@x.com", "03-01")), changed];
    let ann = linked(person("1", &said), "00u1");
    assert_eq!(world([ann], [deactivated(Some("05-10"))]).decide("1"), "blocked cut_in_okta");
}

#[test]
fn a_rehire_activates_and_then_updates() {
    let said = [
        ("01-01", Kind::Hired, hire("ann@x.com", "03-01")),
        ("04-01", Kind::Terminated, last_day("04-30")),
        ("05-20", Kind::Rehired, json!({"work.startDate": "2026-06-01", "work.title": "CTO"})),
    ];
    let ann = || linked(person("1", &said), "00u1");
    for on in ["05-01", "05-31"] {
        let back = world([ann()], [deactivated(Some(on))]);
        assert_eq!(back.decide("1"), "activate with mail, update", "also if an admin cut before");
    }
    let mut quiet = world([ann()], [deactivated(Some("05-01"))]);
    quiet.rules.send_email = false;
    assert_eq!(quiet.decide("1"), "activate, update");
    let mut eve = world([ann()], [deactivated(Some("05-01"))]);
    eve.now = at("05-25");
    assert_eq!(eve.decide("1"), "rest");
}

#[test]
fn deactivated_accounts_are_adopted_too() {
    let mut by_login = deactivated(Some("02-10"));
    by_login.profile.remove("employeeNumber");
    for (found, expected) in [
        (deactivated(Some("02-10")), "adopt 00u1: activate with mail"),
        (by_login.clone(), "adopt 00u1: activate with mail, update"),
        (deactivated(Some("04-10")), "adopt 00u1: blocked cut_in_okta"),
    ] {
        assert_eq!(world([employed("1", "ann@x.com", "01-01")], [found]).decide("1"), expected);
    }
    for found in [deactivated(Some("02-10")), by_login] {
        assert_eq!(world([leaver("1", "ann@x.com")], [found]).decide("1"), "adopt 00u1: rest");
    }
}

#[test]
fn only_our_own_suspension_is_undone() {
    let ann = || linked(employed("1", "ann@x.com", "01-01"), "00u1");
    let suspended = || [numbered(account("00u1", "ann@x.com", Status::Suspended), "1")];
    let by = |employee| World::decide(&world([employee], suspended()), "1");
    assert_eq!(by(ann()), "rest");
    assert_eq!(by(cut(ann(), CutKind::Suspension)), "unsuspend");
}
