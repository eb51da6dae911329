//! Nothing about a person stops a cut, and nothing but the rules makes one.

use chrono::TimeDelta;
use okta_provisioner::domain::access::{Access, Leaver, OnRevoke};
use okta_provisioner::domain::account::{Account, OktaId, Status};
use okta_provisioner::domain::block::Block;
use okta_provisioner::domain::condition::Condition;
use okta_provisioner::domain::drift::{self, compare};
use okta_provisioner::domain::employee::{Cut, CutKind, Employee};
use okta_provisioner::domain::event::Kind;
use okta_provisioner::domain::guard::Effect;
use serde_json::{Value, json};

use super::world::world;
use crate::people::{account, at, employed, hire, last_day, leaver, linked, now, numbered, person};

fn staff(status: Status) -> Account {
    numbered(account("00u1", "ann@x.com", status), "1")
}

fn ann(said: &[(&str, Kind, Value)]) -> Employee {
    linked(person("1", said), "00u1")
}

#[test]
fn a_leaver_about_whom_everything_else_is_wrong_is_cut() {
    let gone = || ("05-01", Kind::Terminated, last_day("05-10"));
    let mut no_name = hire("ann@x.com", "03-01");
    no_name["root.firstName"] = json!(null);
    let mut emoji = hire("ann@x.com", "03-01");
    emoji["root.surname"] = json!("🦀");
    let mut zone = hire("ann@x.com", "03-01");
    zone["work.zone"] = json!("Mars/Olympus");
    for (fields, alive) in [
        (no_name, "blocked bad_profile"),
        (emoji, "blocked bad_profile"),
        (hire("no email at all", "03-01"), "rest"),
        (json!({"root.email": null, "work.startDate": "2026-03-01"}), "blocked bad_profile"),
        (zone, "blocked unknown_zone"),
        (json!({"root.email": "ann@x.com"}), "blocked no_start_date"),
        (json!({}), "blocked no_start_date"),
        (hire("ann@other.org", "03-01"), "rest"),
    ] {
        let told = || ("01-01", Kind::Changed, fields.clone());
        assert_eq!(world([ann(&[told()])], [staff(Status::Active)]).decide("1"), alive, "{fields}");
        let leaving = ann(&[told(), gone()]);
        assert_eq!(world([leaving], [staff(Status::Active)]).decide("1"), "deactivate", "{fields}");
        let deleted = ann(&[told(), ("05-01", Kind::Deleted, json!({}))]);
        assert_eq!(world([deleted], [staff(Status::Active)]).decide("1"), "deactivate", "{fields}");
        let revoked = ann(&[told(), ("05-01", Kind::AccessRevoked, json!({}))]);
        assert_eq!(world([revoked], [staff(Status::Active)]).decide("1"), "suspend, clear sessions");
    }
}

#[test]
fn a_scope_that_cannot_be_decided_blocks_and_does_not_exclude() {
    let condition = || Some(Condition::compile("work.site == 'London'").unwrap());
    let mut alive = world([ann(&[("01-01", Kind::Hired, hire("ann@x.com", "03-01"))])], []);
    alive.rules.access.scope.condition = condition();
    assert_eq!(alive.decide("1"), "blocked scope_unknown");
    let mut gone = world([linked(leaver("1", "ann@x.com"), "00u1")], [staff(Status::Active)]);
    gone.rules.access.scope.condition = condition();
    assert_eq!(gone.decide("1"), "deactivate");
    let mut unlinked = world([leaver("1", "ann@x.com")], [staff(Status::Active)]);
    unlinked.rules.access.scope.condition = condition();
    assert_eq!(unlinked.decide("1"), "adopt 00u1: deactivate");
}

#[test]
fn outside_the_scope_only_a_linked_account_is_cut_and_only_by_the_rules() {
    let outside = "ann@other.org";
    let account = || [numbered(account("00u1", outside, Status::Active), "1")];
    assert_eq!(world([linked(employed("1", outside, "01-01"), "00u1")], account()).decide("1"), "rest");
    assert_eq!(world([linked(leaver("1", outside), "00u1")], account()).decide("1"), "deactivate");
    assert_eq!(world([leaver("1", outside)], account()).decide("1"), "rest");
    let mut suspended = account();
    suspended[0].status = Status::Suspended;
    let mut back = linked(employed("1", outside, "01-01"), "00u1");
    back.memory.cut = Some(Cut { kind: CutKind::Suspension, at: at("05-01") });
    assert_eq!(world([back], suspended).decide("1"), "rest", "nobody is reactivated either");
}

#[test]
fn a_moved_start_or_a_missing_fact_cuts_nobody() {
    for said in [
        vec![("01-01", Kind::Hired, hire("ann@x.com", "09-01"))],
        vec![
            ("01-01", Kind::Hired, hire("ann@x.com", "03-01")),
            ("05-01", Kind::Changed, json!({"work.startDate": "2026-08-01"})),
        ],
    ] {
        assert_eq!(world([ann(&said)], [staff(Status::Active)]).decide("1"), "rest");
    }
    let cleared = [
        ("01-01", Kind::Hired, hire("ann@x.com", "03-01")),
        ("05-01", Kind::Snapshot, json!({"root.email": "ann@x.com"})),
    ];
    assert_eq!(world([ann(&cleared)], [staff(Status::Active)]).decide("1"), "blocked no_start_date");
}

#[test]
fn a_step_towards_suspended_needs_a_status_seen_within_the_last_minute() {
    let revoked = || {
        let said =
            [("01-01", Kind::Hired, hire("ann@x.com", "03-01")), ("05-01", Kind::AccessRevoked, json!({}))];
        ann(&said)
    };
    let away = || {
        let away = json!({"internal.lifecycleStatus": "Parental leave", "internal.status": "Inactive"});
        ann(&[("01-01", Kind::Hired, hire("ann@x.com", "03-01")), ("05-01", Kind::Changed, away)])
    };
    for (employee, status, fresh, stale) in [
        (revoked(), Status::Active, "suspend, clear sessions", "look at 00u1"),
        (revoked(), Status::Provisioned, "deactivate", "look at 00u1"),
        (revoked(), Status::Staged, "deactivate", "look at 00u1"),
        (revoked(), Status::Suspended, "rest", "rest"),
        (revoked(), Status::Deprovisioned, "rest", "rest"),
        (away(), Status::Active, "suspend, clear sessions", "look at 00u1"),
        // What the mirror has may be long past: the joiner has logged in since.
        (away(), Status::Provisioned, "rest", "look at 00u1"),
        (away(), Status::Staged, "rest", "look at 00u1"),
        (away(), Status::LockedOut, "rest", "look at 00u1"),
        (away(), Status::Suspended, "rest", "rest"),
        (away(), Status::Deprovisioned, "rest", "rest"),
    ] {
        for (age, expected) in [(0, fresh), (60, fresh), (61, stale)] {
            let mut seen = staff(status);
            seen.seen_at = now() - TimeDelta::seconds(age);
            let why = format!("{status} seen {age} s ago");
            assert_eq!(world([employee.clone()], [seen]).decide("1"), expected, "{why}");
        }
    }
    // Deactivating needs none.
    let mut old = staff(Status::Provisioned);
    old.seen_at = at("02-01");
    assert_eq!(world([linked(leaver("1", "ann@x.com"), "00u1")], [old]).decide("1"), "deactivate");
}

#[test]
fn sessions_are_owed_until_okta_has_ended_them() {
    let said =
        [("01-01", Kind::Hired, hire("ann@x.com", "03-01")), ("05-01", Kind::AccessRevoked, json!({}))];
    let mut revoked = ann(&said);
    revoked.memory.sessions_owed = true;
    assert_eq!(world([revoked.clone()], [staff(Status::Suspended)]).decide("1"), "clear sessions");
    let mut world = world([revoked], [staff(Status::Suspended)]);
    world.rules.access.policy.on_revoke = OnRevoke::Deactivate;
    assert_eq!(world.decide("1"), "deactivate");
}

#[test]
fn a_leaver_is_suspended_first_and_then_deactivated_though_the_first_try_failed() {
    let decide = |cut: Option<(CutKind, &str)>, status| {
        let mut gone = linked(leaver("1", "ann@x.com"), "00u1");
        gone.memory.for_leave = true;
        gone.memory.cut = cut.map(|(kind, on)| Cut { kind, at: at(on) });
        let mut world = world([gone], [staff(status)]);
        world.rules.access.policy.leaver = Leaver::SuspendFirst;
        (world.decide("1"), world.decision("1").desired.access)
    };
    let told = |words: &str, access| (words.to_owned(), access);
    let suspended = |on| Some((CutKind::Suspension, on));
    let begun = Some((CutKind::Deactivation, "06-01"));
    assert_eq!(decide(None, Status::Active), told("suspend, clear sessions", Access::Suspended));
    assert_eq!(decide(None, Status::Provisioned), told("deactivate", Access::Suspended));
    assert_eq!(decide(suspended("05-26"), Status::Suspended), told("rest", Access::Suspended));
    assert_eq!(decide(suspended("05-25"), Status::Suspended), told("deactivate", Access::Deactivated));
    // The wish was written down, and the call failed.
    assert_eq!(decide(begun, Status::Suspended), told("deactivate", Access::Deactivated));
    assert_eq!(decide(begun, Status::Deprovisioned), told("rest", Access::Deactivated));
}

#[test]
fn whose_cut_an_operator_has_refused_is_no_drift() {
    let world = world([linked(leaver("1", "ann@x.com"), "00u1")], [staff(Status::Active)]);
    let found = |block: Option<Block>| {
        let me = &world.people[0];
        let found = compare(&world.rules, me, &world.view(me), block.as_ref(), world.now);
        found.into_iter().map(|finding| (finding.kind, finding.repairable)).collect::<Vec<_>>()
    };
    let refused = |effect| Some(Block::Rejected { effect, batch: 3 });
    assert_eq!(found(None), [(drift::Kind::LeaverActive, true)]);
    assert_eq!(
        found(Some(Block::WhoseAccount { account: OktaId("00u1".into()) })),
        [(drift::Kind::LeaverActive, false)]
    );
    assert_eq!(found(refused(Effect::Cut)), []);
    assert_eq!(
        found(refused(Effect::Rename)),
        [(drift::Kind::LeaverActive, false)],
        "of a cut nobody has said no"
    );
}
