//! The decision as a whole: what is done first, what is waited for, what is left alone.

use okta_provisioner::domain::account::Status;
use okta_provisioner::domain::block::Block;
use okta_provisioner::domain::decide::Next;
use okta_provisioner::domain::employee::{Creating, Employee};
use okta_provisioner::domain::event::Kind;
use okta_provisioner::domain::plan::Step;
use serde_json::{Value, json};

use super::world::world;
use crate::people::{account, at, employed, hire, leaver, linked, numbered, person, profile_of};

fn creating(mut employee: Employee, login: &str) -> Employee {
    employee.memory.creating = Some(Creating { login: login.into(), at: at("06-01"), misses: 1 });
    employee
}

#[test]
fn a_create_of_unknown_outcome_comes_before_everything() {
    let named = [numbered(account("00u9", "new@x.com", Status::Active), "1")];
    for employee in [
        employed("1", "new@x.com", "01-01"),
        leaver("1", "new@x.com"),
        person("1", &[]),
        linked(employed("1", "new@x.com", "01-01"), "00u9"),
        employed("1", "new@other.org", "01-01"),
    ] {
        // By the login that was tried, whatever it is to be now.
        let world = world([creating(employee, "tried@x.com")], named.clone());
        assert_eq!(world.decide("1"), "look for tried@x.com");
    }
}

#[test]
fn a_hire_is_created_with_the_whole_profile() {
    let decision = world([employed("1", "ann@x.com", "01-01")], []).decision("1");
    let profile = json!({
        "login": "ann@x.com", "email": "ann@x.com", "firstName": "Ann", "lastName": "Lee",
        "title": "Engineer", "employeeNumber": "1", "userType": "staff",
    });
    let create = Step::Create { profile: profile_of(&profile), activate: true };
    assert_eq!(decision.next, Next::Act(vec![create]));
    let mut early = world([person("1", &[("01-01", Kind::Hired, hire("ann@x.com", "06-08"))])], []);
    early.rules.access.policy.days_before = 7;
    assert_eq!(early.decide("1"), "create staged");
    early.rules.access.policy.days_before = 6;
    assert_eq!(early.decide("1"), "rest");
}

#[test]
fn a_change_sends_what_changed_and_an_adoption_nothing_that_is_for_creation_only() {
    let change = |fields: Value| {
        let said = [("01-01", Kind::Hired, hire("ann@x.com", "03-01")), ("05-01", Kind::Changed, fields)];
        let account = numbered(account("00u1", "ann@x.com", Status::Active), "1");
        let linked = world([linked(person("1", &said), "00u1")], [account.clone()]).decision("1").next;
        let adopted = world([person("1", &said)], [account]).decision("1").next;
        assert_eq!(linked, adopted);
        linked
    };
    let update = |changes: &Value| Next::Act(vec![Step::Update { changes: profile_of(changes) }]);
    assert_eq!(change(json!({"work.title": "CTO"})), update(&json!({"title": "CTO"})));
    assert_eq!(change(json!({"work.title": null})), update(&json!({"title": null})));
    assert_eq!(
        change(json!({"root.email": "lee@x.com"})),
        update(&json!({"login": "lee@x.com", "email": "lee@x.com"}))
    );
    assert_eq!(change(json!({"work.title": "Engineer"})), Next::Rest);
}

#[test]
fn a_bad_required_value_blocks_and_a_bad_optional_one_is_left_out() {
    let with = |name: &str, value: &str| {
        let mut fields = hire("ann@x.com", "03-01");
        fields[name] = json!(value);
        world([person("1", &[("01-01", Kind::Hired, fields)])], []).decision("1")
    };
    let Next::Block(Block::Profile { problems }) = with("root.surname", &"x".repeat(51)).next else {
        panic!("not blocked")
    };
    assert!(problems.len() == 1 && problems[0].contains("lastName") && problems[0].contains("root.surname"));
    assert!(!problems[0].contains("xxx"), "a value: {problems:?}");
    let decision = with("work.title", "chief 🦀");
    let omitted: Vec<_> = decision.omitted.iter().map(|refusal| refusal.attribute.as_str()).collect();
    assert_eq!(omitted, ["title"]);
    let Next::Act(steps) = decision.next else { panic!("not created") };
    assert!(matches!(&steps[..], [Step::Create { profile, .. }] if !profile.contains_key("title")));
}

#[test]
fn what_is_decided_holds_until_a_rule_says_otherwise() {
    let leaving = [
        ("01-01", Kind::Hired, hire("ann@x.com", "03-01")),
        ("05-01", Kind::Terminated, crate::people::last_day("06-05")),
    ];
    let ann = linked(person("1", &leaving), "00u1");
    let mut world = world([ann], [numbered(account("00u1", "ann@x.com", Status::Active), "1")]);
    let decision = world.decision("1");
    assert_eq!((decision.next, decision.desired.until), (Next::Rest, Some(at("06-06"))));
    world.now = at("06-06");
    assert_eq!(world.decide("1"), "deactivate");
}
