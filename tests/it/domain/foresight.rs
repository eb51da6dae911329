//! The decisions of days to come.

use chrono::TimeDelta;
use okta_provisioner::domain::access::{BeforeStart, Leaver};
use okta_provisioner::domain::account::Status;
use okta_provisioner::domain::decide::{Next, Rules};
use okta_provisioner::domain::employee::Employee;
use okta_provisioner::domain::event::Kind;
use okta_provisioner::domain::identity::View;
use serde_json::json;

use crate::people::{account, at, hire, last_day, leaver, now, numbered, person, rules};

/// When what is done, by the facts and the account of now.
fn foreseen(rules: &Rules, employee: &Employee, view: &View) -> Vec<(String, String)> {
    let until = now() + TimeDelta::days(365);
    let seen = rules.foresee(employee.clone(), view.clone(), now(), until);
    let told = seen.iter().filter(|seen| seen.decision.next != Next::Rest).map(|seen| {
        let what = match &seen.decision.next {
            Next::Block(block) => format!("blocked {}", block.code()),
            _ => seen.words().join(", "),
        };
        (seen.at.format("%m-%d").to_string(), what)
    });
    told.collect()
}

fn is(told: &[(&str, &str)]) -> Vec<(String, String)> {
    told.iter().map(|(at, what)| ((*at).to_owned(), (*what).to_owned())).collect()
}

fn linked(employee: &mut Employee, status: Status) -> View {
    let account = numbered(account("00u1", "ann@x.com", status), "1");
    employee.memory.link = Some(account.id.clone());
    View { linked: Some(account), ..View::default() }
}

#[test]
fn a_joiner_is_created_activated_and_cut_each_in_its_time() {
    let mut rules = rules();
    rules.access.policy.days_before = 5;
    let ann = person(
        "1",
        &[("05-01", Kind::Hired, hire("ann@x.com", "07-01")), ("05-02", Kind::Terminated, last_day("09-30"))],
    );
    let staged = is(&[("06-26", "create"), ("07-01", "activate"), ("10-01", "deactivate")]);
    assert_eq!(foreseen(&rules, &ann, &View::default()), staged);
    rules.access.policy.before_start = BeforeStart::Active;
    let active = is(&[("06-26", "create, activate"), ("10-01", "deactivate")]);
    assert_eq!(foreseen(&rules, &ann, &View::default()), active);
}

#[test]
fn a_leaver_is_suspended_and_after_the_grace_deactivated_and_back_on_the_new_first_day() {
    let mut rules = rules();
    rules.access.policy.leaver = Leaver::SuspendFirst;
    let mut ann = person(
        "1",
        &[("01-01", Kind::Hired, hire("ann@x.com", "03-01")), ("05-02", Kind::Terminated, last_day("06-30"))],
    );
    for status in [Status::Active, Status::Provisioned] {
        let view = linked(&mut ann, status);
        let two = is(&[("07-01", "suspend, clear sessions"), ("07-08", "deactivate")]);
        assert_eq!(foreseen(&rules, &ann, &view), two, "{status}");
    }
    // Whoever has suspended them: the grace runs from the day on which that is found.
    let suspended = linked(&mut ann, Status::Suspended);
    assert_eq!(foreseen(&rules, &ann, &suspended), is(&[("07-08", "deactivate")]));
    let locked = linked(&mut ann, Status::LockedOut);
    let one = is(&[("07-01", "deactivate")]);
    assert_eq!(foreseen(&rules, &ann, &locked), one, "who cannot be suspended");

    let rehired = ("05-03", Kind::Rehired, json!({"work.startDate": "2026-08-01"}));
    let mut back = person(
        "1",
        &[
            ("01-01", Kind::Hired, hire("ann@x.com", "03-01")),
            ("05-02", Kind::Terminated, last_day("06-30")),
            rehired,
        ],
    );
    let view = linked(&mut back, Status::Active);
    let told = is(&[("07-01", "suspend, clear sessions"), ("07-08", "deactivate"), ("08-01", "reactivate")]);
    assert_eq!(foreseen(&rules, &back, &view), told);
}

#[test]
fn what_is_done_today_goes_by_the_status_of_today() {
    let mut rules = rules();
    rules.access.policy.leaver = Leaver::SuspendFirst;
    let mut ann = leaver("1", "ann@x.com");
    let active = linked(&mut ann, Status::Active);
    let two = is(&[("06-01", "suspend, clear sessions"), ("06-08", "deactivate")]);
    assert_eq!(foreseen(&rules, &ann, &active), two);
    // Who has never logged in cannot be suspended.
    let provisioned = linked(&mut ann, Status::Provisioned);
    assert_eq!(foreseen(&rules, &ann, &provisioned), is(&[("06-01", "deactivate")]));
}

#[test]
fn what_is_blocked_on_the_day_is_told_as_that() {
    let mut nameless = hire("ann@x.com", "07-01");
    nameless["root.surname"] = json!(null);
    let ann = person("1", &[("05-01", Kind::Hired, nameless)]);
    assert_eq!(foreseen(&rules(), &ann, &View::default()), is(&[("07-01", "blocked bad_profile")]));
    // Cut in Okta since, and not by us: a new title does not give access back, on that day neither.
    let mut bea = person("1", &[("05-01", Kind::Hired, hire("ann@x.com", "07-01"))]);
    let mut view = linked(&mut bea, Status::Deprovisioned);
    view.linked.as_mut().unwrap().status_changed = Some(at("07-15"));
    assert_eq!(foreseen(&rules(), &bea, &view), is(&[("07-01", "blocked cut_in_okta")]));
}
