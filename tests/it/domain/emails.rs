//! One email, several people.

use okta_provisioner::domain::account::Status;
use okta_provisioner::domain::block::Block;
use okta_provisioner::domain::decide::Next;
use okta_provisioner::domain::employee::Employee;
use okta_provisioner::domain::event::Kind;
use okta_provisioner::domain::identity::View;
use serde_json::json;

use super::world::{World, world};
use crate::people::{account, employed, hire, leaver, linked, numbered, person};

const SMITH: &str = "smith@x.com";

fn shared(owner: &str) -> Next {
    Next::Block(Block::EmailShared { owner: owner.into() })
}

#[track_caller]
fn first(people: [Employee; 2], owner: &str, other: &str) {
    let [one, two] = people;
    for people in [[one.clone(), two.clone()], [two, one]] {
        let world = world(people, []);
        assert_eq!(world.decide(owner), "create active");
        assert_eq!(world.decision(other).next, shared(owner));
    }
}

#[test]
fn the_older_email_comes_first() {
    first([employed("1", SMITH, "01-01"), employed("2", SMITH, "01-02")], "1", "2");
    first([employed("1", SMITH, "01-02"), employed("2", "Smith@X.com", "01-01")], "2", "1");
    // Both at one instant: one of them, always the same.
    first([employed("1", SMITH, "01-01"), employed("2", SMITH, "01-01")], "1", "2");
}

#[test]
fn who_should_have_access_comes_before_the_older_email() {
    let later = person("1", &[("01-01", Kind::Hired, hire(SMITH, "09-01"))]);
    let two = || employed("2", SMITH, "05-01");
    for other in [leaver("1", SMITH), later] {
        let world = world([other, two()], []);
        assert_eq!((world.decide("1").as_str(), world.decide("2").as_str()), ("rest", "create active"));
    }
}

#[test]
fn the_holder_comes_before_everybody() {
    // The holder's email was changed away and back: it is the newer fact, and the account is theirs.
    let holder = linked(employed("2", SMITH, "05-01"), "00u2");
    let theirs = || numbered(account("00u2", SMITH, Status::Active), "2");
    let other = || employed("1", SMITH, "01-01");
    let both = world([other(), holder], [theirs()]);
    assert_eq!(both.decide("2"), "rest");
    assert_eq!(both.decide("1"), "blocked login_taken");
    // Also where the account itself is not seen, only that they hold it.
    let me = &both.people[0];
    let unseen = View { by_login: vec![], ..both.view(me) };
    assert_eq!(both.rules.decide(me, &unseen, both.now).next, shared("2"));
    // Even one who has left: Okta keeps the login of a deactivated user.
    let mut gone = theirs();
    gone.status = Status::Deprovisioned;
    let recycled = world([other(), linked(leaver("2", SMITH), "00u2")], [gone]);
    assert_eq!(recycled.decide("2"), "rest");
    assert_eq!(recycled.decide("1"), "blocked login_taken");
}

#[test]
fn two_smiths_and_one_recycled_address() {
    let old = || linked(leaver("1", SMITH), "00u1");
    let new = || employed("2", SMITH, "05-15");
    let mut renamed = numbered(account("00u1", "smith.old@x.com", Status::Active), "1");
    let mut smiths = world([old(), new()], [renamed.clone()]);
    assert_eq!((smiths.decide("1").as_str(), smiths.decide("2").as_str()), ("deactivate", "create active"));
    // The new one has the account already, by hand: the right one is cut all the same.
    smiths.accounts.push(account("00u2", SMITH, Status::Active));
    assert_eq!(smiths.decide("1"), "deactivate");
    assert_eq!(smiths.decide("2"), "adopt 00u2: update");
    // Nothing but the address tells them apart: nobody is cut by guess.
    renamed.login = SMITH.into();
    renamed.profile.remove("employeeNumber");
    let guess = world([leaver("1", SMITH), new()], [renamed]);
    assert_eq!(guess.decide("1"), "blocked whose_account");
    assert_eq!(guess.decide("2"), "adopt 00u1: update");
}

fn renaming(accounts: &[(&str, &str)], people: impl IntoIterator<Item = Employee>) -> World {
    let accounts = accounts.iter().map(|(id, login)| account(id, login, Status::Active));
    world(people, accounts.collect::<Vec<_>>())
}

#[test]
fn a_rename_waits_for_a_login_that_is_another_ones() {
    let ann = || linked(employed("1", "ann@x.com", "05-01"), "00u1");
    let bob = |said| linked(employed("2", "ann@x.com", said), "00u2");
    let taken = renaming(&[("00u1", "old@x.com"), ("00u2", "ann@x.com")], [ann(), bob("01-01")]);
    assert_eq!(taken.decide("1"), "blocked login_taken");
    assert_eq!(taken.decide("2"), "update");
    let nobodys = renaming(&[("00u1", "old@x.com"), ("00u3", "ann@x.com")], [ann()]);
    assert_eq!(nobodys.decide("1"), "blocked login_taken");
    // Two are to be renamed onto it: the older email comes first.
    let both = [("00u1", "old@x.com"), ("00u2", "other@x.com")];
    assert_eq!(renaming(&both, [ann(), bob("01-01")]).decision("1").next, shared("2"));
    assert_eq!(renaming(&both, [ann(), bob("05-02")]).decide("1"), "update");
    // A cut renames nobody: it is not stopped.
    let gone = linked(leaver("1", "ann@x.com"), "00u1");
    let leaving = renaming(&[("00u1", "old@x.com"), ("00u2", "ann@x.com")], [gone, bob("01-01")]);
    assert_eq!(leaving.decide("1"), "deactivate");
}

#[test]
fn an_account_found_by_hr_id_is_not_renamed_onto_a_login_that_is_promised() {
    let people = || [employed("1", SMITH, "05-01"), employed("2", SMITH, "01-01")];
    let mine = numbered(account("00u1", "old@x.com", Status::Active), "1");
    let world = world(people(), [mine]);
    assert_eq!(world.decision("1").next, shared("2"));
    assert_eq!(world.decide("2"), "create active");
}

#[test]
fn a_deletion_is_held_while_a_current_employee_goes_on_with_the_email() {
    let deleted = |email| {
        let said = [("01-01", Kind::Hired, hire(email, "03-01")), ("05-01", Kind::Deleted, json!({}))];
        linked(person("1", &said), "00u1")
    };
    let mine = || numbered(account("00u1", SMITH, Status::Active), "1");
    let new = || employed("2", SMITH, "05-01");
    let held = world([deleted(SMITH), new()], [mine()]);
    assert_eq!(held.decision("1").next, Next::Block(Block::DeletionHeld { other: "2".into() }));
    // The account was given to the new file by hand, or the new file has one of its own.
    let mut old = deleted(SMITH);
    old.memory.link = None;
    let mut given = world([old, linked(new(), "00u1")], [mine()]);
    assert_eq!((given.decide("1").as_str(), given.decide("2").as_str()), ("blocked login_taken", "update"));
    given.accounts = vec![numbered(mine(), "2")];
    assert_eq!((given.decide("1").as_str(), given.decide("2").as_str()), ("rest", "rest"));
    let own = [mine(), account("00u2", "smith2@x.com", Status::Active)];
    assert_eq!(world([deleted(SMITH), linked(new(), "00u2")], own).decide("1"), "deactivate");
    // Nobody current has it.
    assert_eq!(world([deleted(SMITH)], [mine()]).decide("1"), "deactivate");
    assert_eq!(world([deleted(SMITH), leaver("2", SMITH)], [mine()]).decide("1"), "deactivate");
    assert_eq!(
        world([deleted(SMITH), employed("2", "b@x.com", "01-01")], [mine()]).decide("1"),
        "deactivate"
    );
    // It is about deletions: whoever has left by a date is cut.
    let world = world([linked(leaver("1", SMITH), "00u1"), new()], [mine()]);
    assert_eq!(world.decide("1"), "deactivate");
}
