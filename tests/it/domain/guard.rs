//! What takes something away, and how much is too much.

use chrono::TimeDelta;
use okta_provisioner::domain::access::{Access, Desired, Why};
use okta_provisioner::domain::account::{Account, Status};
use okta_provisioner::domain::employee::{Cut, CutKind, Memory};
use okta_provisioner::domain::event::Kind;
use okta_provisioner::domain::guard::{self, Bound, Effect, Guard, Limit};
use okta_provisioner::domain::plan::Step;
use serde_json::{Value, json};

use crate::people::{account, at, hire, last_day, now, person, profile_of, rules};

fn desired(access: Access, why: Why) -> Desired {
    let revoked = matches!(why, Why::Revoked(_));
    Desired { access, why, until: None, in_scope: true, provision_at: None, leave_date: None, revoked }
}

fn left() -> Desired {
    desired(Access::Deactivated, Why::Left("employee.lastDayOfWork", at("05-01")))
}

fn effect(step: &Step, desired: &Desired, account: &Account, memory: &Memory) -> Option<Effect> {
    Guard::default().claim(step, desired, account, memory).map(|claim| claim.effect)
}

#[test]
fn a_limit_is_a_count_or_a_share_whichever_is_more() {
    for (count, share, people, most) in [
        (10, 0.05, 0, 10),
        (10, 0.05, 199, 10),
        (10, 0.05, 1000, 50),
        (10, 0.05, 1019, 50),
        (0, 0.07, 100, 7),
        (0, 0.0, 1000, 0),
        (5, 0.5, 31, 15),
        (0, 1.0, 20_000, 20_000),
    ] {
        assert_eq!(Limit { count, share }.of(people), most, "{count} {share} {people}");
    }
}

#[test]
fn cuts_count_unless_we_have_made_them_already() {
    let revoked = desired(Access::Suspended, Why::Revoked(at("05-01")));
    let on_leave = desired(Access::Suspended, Why::OnLeave);
    let nothing = Memory::default();
    let suspended =
        Memory { cut: Some(Cut { kind: CutKind::Suspension, at: at("05-01") }), ..Memory::default() };
    let first_step = Memory { for_leave: true, ..suspended.clone() };
    let deleted = desired(Access::Deactivated, Why::Deleted(at("05-01")));
    for (step, desired, status, memory, expected) in [
        (Step::Deactivate, left(), Status::Active, &nothing, Some(Effect::Cut)),
        (Step::Deactivate, left(), Status::Staged, &nothing, Some(Effect::Cut)),
        (Step::Suspend, on_leave, Status::Active, &nothing, Some(Effect::Cut)),
        (Step::Suspend, revoked.clone(), Status::Active, &nothing, Some(Effect::Revocation)),
        (Step::Deactivate, revoked, Status::Provisioned, &nothing, Some(Effect::Revocation)),
        // The second step of a leave takes nothing that the first has not; who was suspended by hand is another case,
        // and who was given access again by hand loses it once more.
        (Step::Deactivate, left(), Status::Suspended, &first_step, None),
        // Suspended for something else, or to be out for something else.
        (Step::Deactivate, left(), Status::Suspended, &suspended, Some(Effect::Cut)),
        (Step::Deactivate, deleted, Status::Suspended, &first_step, Some(Effect::Cut)),
        (Step::Deactivate, left(), Status::Suspended, &nothing, Some(Effect::Cut)),
        (Step::Deactivate, left(), Status::Active, &first_step, Some(Effect::Cut)),
        (Step::ClearSessions, left(), Status::Suspended, &suspended, None),
        (Step::Activate { send_email: true }, left(), Status::Deprovisioned, &nothing, None),
        (Step::Unsuspend, left(), Status::Suspended, &suspended, None),
    ] {
        let account = account("00u1", "a@x.com", status);
        assert_eq!(effect(&step, &desired, &account, memory), expected, "{step:?} {status}");
    }
}

#[test]
fn a_change_counts_if_it_replaces_much_or_the_name() {
    let held = json!({
        "login": "a@x.com", "email": "a@x.com", "firstName": "Ann", "lastName": "Lee", "title": "Cook",
        "city": "Oslo", "department": "Kitchen",
    });
    let account = Account { profile: profile_of(&held), ..account("00u1", "a@x.com", Status::Active) };
    let employed = desired(Access::Active, Why::Employed);
    let changed = |changes: &Value| {
        let step = Step::Update { changes: profile_of(changes) };
        effect(&step, &employed, &account, &Memory::default())
    };
    for (changes, expected) in [
        (json!({"title": "Chef"}), None),
        (json!({"title": "Chef", "department": "Bar"}), None),
        (json!({"title": null, "department": null}), None),
        (json!({"title": "Chef", "department": "Bar", "city": null}), Some(Effect::Rewrite)),
        // Filling what was empty takes nothing away.
        (json!({"nickName": "A", "state": "N", "zipCode": "1", "manager": "B"}), None),
        (json!({"lastName": "Ray"}), Some(Effect::Rewrite)),
        (json!({"email": "b@x.com"}), Some(Effect::Rewrite)),
        (json!({"login": "b@x.com", "email": "b@x.com", "lastName": "Ray"}), Some(Effect::Rename)),
        // Okta takes these for the same.
        (json!({"login": "A@x.com", "email": "A@X.com"}), None),
    ] {
        assert_eq!(changed(&changes), expected, "{changes}");
    }
}

#[test]
fn a_word_is_about_one_wish_and_tells_no_value() {
    let guard = Guard::default();
    let nothing = Memory::default();
    let account = account("00u1", "a@x.com", Status::Active);
    let wish = |step: &Step, desired: &Desired| guard.claim(step, desired, &account, &nothing).unwrap().wish;
    let on = |date: &str, desired: Desired| Desired { leave_date: date.parse().ok(), ..desired };
    let gone = |desired: &Desired| wish(&Step::Deactivate, desired);
    assert_ne!(gone(&on("2026-05-01", left())), gone(&on("2026-05-02", left())));
    // The hour at which a day begins can be set otherwise.
    let later = desired(Access::Deactivated, Why::Left("employee.lastDayOfWork", at("05-01T18:00")));
    assert_eq!(gone(&on("2026-05-01", left())), gone(&on("2026-05-01", later)));
    assert_ne!(gone(&left()), gone(&Desired { revoked: true, ..left() }));
    // That HR says a thing again is no other wish.
    let revoked = |at| desired(Access::Suspended, Why::Revoked(at));
    assert_eq!(wish(&Step::Suspend, &revoked(at("05-01"))), wish(&Step::Suspend, &revoked(now())));
    let update = |name: &str| Step::Update { changes: profile_of(&json!({"lastName": name})) };
    let employed = desired(Access::Active, Why::Employed);
    assert_ne!(wish(&update("Ray"), &employed), wish(&update("Roy"), &employed));
    assert!(!wish(&update("Castellan"), &employed).contains("Castellan"));
    // Only what makes it too much: a title says nothing of a name.
    let with_title = Step::Update { changes: profile_of(&json!({"lastName": "Ray", "title": "Chef"})) };
    assert_eq!(wish(&update("Ray"), &employed), wish(&with_title, &employed));
}

#[test]
fn a_leaver_whose_access_is_revoked_is_judged_as_revoked() {
    let said = |events: &[_]| rules().desired(&person("1", events), now());
    let hired = ("01-01", Kind::Hired, hire("a@x.com", "03-01"));
    let leaves = ("04-01", Kind::Terminated, last_day("04-30"));
    let revoked = ("05-20", Kind::AccessRevoked, json!({}));
    let (left, both) = (said(&[hired.clone(), leaves.clone()]), said(&[hired.clone(), leaves, revoked]));
    assert_eq!((left.access, &left.why), (both.access, &both.why), "the rule is the same");
    assert_eq!((guard::cut(&left).effect, guard::cut(&both).effect), (Effect::Cut, Effect::Revocation));
    assert_eq!(guard::cut(&left).wish, "left by employee.lastDayOfWork 2026-04-30");
    assert_eq!(guard::cut(&both).wish, "left by employee.lastDayOfWork 2026-04-30, and access revoked");
}

#[test]
fn a_change_to_an_account_that_nobody_has_used_takes_nothing() {
    let account = Account {
        profile: profile_of(&json!({"login": "a@x.com"})),
        ..account("00u1", "a@x.com", Status::Staged)
    };
    let rename = Step::Update { changes: profile_of(&json!({"login": "b@x.com"})) };
    let employed = desired(Access::Active, Why::Employed);
    assert_eq!(effect(&rename, &employed, &account, &Memory::default()), None);
}

#[test]
fn a_bound_says_what_it_is() {
    let bound = Bound {
        effect: Effect::Cut,
        most: 15,
        within: TimeDelta::days(30).num_seconds(),
        field: Some("work.department".into()),
    };
    assert_eq!(
        bound.to_string(),
        "more than 15 deactivations and suspensions within 30days of people with one work.department"
    );
}
