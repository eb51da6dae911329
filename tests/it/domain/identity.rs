//! Which account is whose.

use okta_provisioner::domain::account::{OktaId, Status};
use okta_provisioner::domain::block::Block;
use okta_provisioner::domain::decide::Next;
use okta_provisioner::domain::event::Kind;
use okta_provisioner::domain::identity::Foreign;
use serde_json::json;

use super::world::world;
use crate::people::{account, at, employed, hire, last_day, leaver, linked, numbered, person};

const ACTIVE: Status = Status::Active;

#[test]
fn the_hr_id_decides_first_and_then_the_login() {
    let ann = || employed("1", "ann@x.com", "01-01");
    for (accounts, expected) in [
        (vec![], "create active"),
        (vec![numbered(account("00u1", "ann@x.com", ACTIVE), "1")], "adopt 00u1: rest"),
        // The login is an attribute: it follows the work email.
        (vec![numbered(account("00u1", "old@x.com", ACTIVE), "1")], "adopt 00u1: update"),
        (vec![account("00u1", "ann@x.com", ACTIVE)], "adopt 00u1: update"),
        (vec![account("00u1", "Änn@X.com", ACTIVE)], "adopt 00u1: update"),
        (vec![account("00u1", "anna@x.com", ACTIVE)], "create active"),
        (vec![account("00u1", "ann@x.com", Status::Staged)], "adopt 00u1: update, activate with mail"),
    ] {
        assert_eq!(world([ann()], accounts.clone()).decide("1"), expected, "{accounts:?}");
    }
}

#[test]
fn several_accounts_are_for_a_person_to_sort_out() {
    let number = |id: &str| numbered(account(id, &format!("{id}@x.com"), ACTIVE), "1");
    let login = |id: &str| account(id, "ann@x.com", ACTIVE);
    for (accounts, named) in [
        (vec![number("00u1"), number("00u2")], vec!["00u1", "00u2"]),
        (vec![login("00u1"), login("00u2")], vec!["00u1", "00u2"]),
        (vec![number("00u1"), login("00u2")], vec!["00u1", "00u2"]),
        (vec![number("00u1"), login("00u2"), login("00u3")], vec!["00u1", "00u2", "00u3"]),
    ] {
        let decision = world([employed("1", "ann@x.com", "01-01")], accounts).decision("1");
        let accounts = named.into_iter().map(|id| OktaId(id.into())).collect();
        assert_eq!(decision.next, Next::Block(Block::SeveralAccounts { accounts }));
        assert!(!decision.adopt);
    }
    // One that has the HR id is the leaver's for certain, whoever has the login now.
    let each = [number("00u1"), login("00u2")];
    assert_eq!(world([leaver("1", "ann@x.com")], each).decide("1"), "adopt 00u1: deactivate");
    let two = [number("00u1"), number("00u2")];
    assert_eq!(world([leaver("1", "ann@x.com")], two).decide("1"), "blocked several_accounts");
}

#[test]
fn nobody_takes_over_an_account_that_is_another_ones() {
    let ann = || employed("1", "ann@x.com", "01-01");
    let holder = || linked(employed("2", "bob@x.com", "01-01"), "00u1");
    let taken = |holder: Option<&str>| {
        let (account, holder) = (OktaId("00u1".into()), holder.map(str::to_owned));
        Next::Block(Block::LoginTaken { account, holder })
    };
    let by_login = world([ann(), holder()], [account("00u1", "ann@x.com", ACTIVE)]);
    assert_eq!(by_login.decision("1").next, taken(Some("2")));
    let by_number = world([ann(), holder()], [numbered(account("00u1", "bob@x.com", ACTIVE), "1")]);
    assert_eq!(by_number.decision("1").next, taken(Some("2")));
    let mut foreign = world([ann()], [numbered(account("00u1", "ann@x.com", ACTIVE), "P-77")]);
    assert_eq!(foreign.decision("1").next, taken(None));
    foreign.rules.identity.foreign = Foreign::Adopt;
    assert_eq!(foreign.decide("1"), "adopt 00u1: update");
    // Adopting says nothing about an account that is linked to somebody else.
    foreign.people.push(holder());
    assert_eq!(foreign.decision("1").next, taken(Some("2")));
}

#[test]
fn a_leaver_known_by_login_only_is_cut_if_the_account_is_certainly_theirs() {
    let gone = || leaver("1", "ann@x.com");
    let found = || account("00u1", "ann@x.com", ACTIVE);
    assert_eq!(world([gone()], []).decide("1"), "rest");
    assert_eq!(world([gone()], [found()]).decide("1"), "adopt 00u1: deactivate");
    // Since the leave moment, the login may have been given to somebody else.
    let mut later = found();
    later.created = at("05-01");
    assert_eq!(world([gone()], [later.clone()]).decide("1"), "blocked whose_account");
    later.created = at("04-30T23:59");
    assert_eq!(world([gone()], [later]).decide("1"), "adopt 00u1: deactivate");
    // Somebody else has that email, whatever has become of them.
    for other in [employed("2", "ann@x.com", "01-01"), leaver("2", "ann@x.com")] {
        assert_eq!(world([gone(), other], [found()]).decide("1"), "blocked whose_account");
    }
    assert_eq!(world([gone()], [numbered(found(), "P-77")]).decide("1"), "blocked whose_account");
    // An account that is linked to another is that one's: nothing of the leaver's is left.
    let holder = linked(employed("2", "ann@x.com", "01-01"), "00u1");
    assert_eq!(world([gone(), holder], [found()]).decide("1"), "rest");
}

#[test]
fn every_kind_of_leaver_is_found_by_login() {
    let found = || account("00u1", "ann@x.com", ACTIVE);
    let hired = || ("01-01", Kind::Hired, hire("ann@x.com", "03-01"));
    let none = || json!({});
    for (said, expected) in [
        (("05-01", Kind::Deleted, none()), "adopt 00u1: deactivate"),
        (("05-01", Kind::AccessRevoked, none()), "adopt 00u1: suspend, clear sessions"),
        // A no-show, whose account somebody made in good time.
        (("02-05", Kind::Terminated, last_day("02-15")), "adopt 00u1: deactivate"),
        (
            ("05-01", Kind::Changed, json!({"internal.lifecycleStatus": "Terminated"})),
            "adopt 00u1: deactivate",
        ),
    ] {
        let gone = person("1", &[hired(), said.clone()]);
        assert_eq!(world([gone], [found()]).decide("1"), expected, "{said:?}");
    }
}

#[test]
fn whoever_is_not_to_have_an_account_is_not_matched_either() {
    let accounts = || [numbered(account("00u1", "ann@x.com", ACTIVE), "1")];
    let tomorrow = person("1", &[("01-01", Kind::Hired, hire("ann@x.com", "06-02"))]);
    let decision = world([tomorrow], accounts()).decision("1");
    assert_eq!((decision.next, decision.account), (Next::Rest, None));
    assert_eq!(world([employed("1", "ann@other.org", "01-01")], accounts()).decide("1"), "rest");
}

#[test]
fn only_the_linked_go_on_before_the_mirror_is_loaded() {
    let loading = |employee, accounts: Vec<_>| {
        let world = super::world::World { mirror_loaded: false, ..world([employee], accounts) };
        world.decide("1")
    };
    let staff = || numbered(account("00u1", "ann@x.com", ACTIVE), "1");
    let ann = || employed("1", "ann@x.com", "01-01");
    assert_eq!(loading(ann(), vec![]), "await the mirror");
    assert_eq!(loading(ann(), vec![account("00u1", "ann@x.com", ACTIVE)]), "await the mirror");
    assert_eq!(loading(leaver("1", "ann@x.com"), vec![]), "await the mirror");
    assert_eq!(loading(linked(ann(), "00u1"), vec![staff()]), "rest");
    assert_eq!(loading(linked(leaver("1", "ann@x.com"), "00u1"), vec![staff()]), "deactivate");
    assert_eq!(loading(linked(leaver("1", "ann@x.com"), "00u1"), vec![]), "look at 00u1");
    let tomorrow = person("1", &[("01-01", Kind::Hired, hire("ann@x.com", "06-02"))]);
    assert_eq!(loading(tomorrow, vec![]), "rest");
}

#[test]
fn a_link_outlives_login_number_and_email() {
    let mut moved = numbered(account("00u1", "old@x.com", ACTIVE), "P-77");
    moved.profile.insert("email".into(), "old@x.com".into());
    let ann = linked(employed("1", "ann@x.com", "01-01"), "00u1");
    assert_eq!(world([ann.clone()], [moved.clone()]).decide("1"), "update");
    assert_eq!(world([ann], []).decide("1"), "look at 00u1");
    assert_eq!(world([linked(leaver("1", "ann@x.com"), "00u1")], [moved]).decide("1"), "deactivate");
}
