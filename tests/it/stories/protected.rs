//! People whom the daemon never cuts.

use okta_provisioner::domain::account::fold;
use okta_provisioner::domain::protect::Protect;
use okta_provisioner::ledger::Verb;
use okta_provisioner::sandbox::{Fault, Role, Sandbox, Token};
use serde_json::{Value, json};

use super::{lifecycle, person, profile, story_of, usual, with};
use crate::support::world::{NONE, Setup, TOKEN, World, event};

fn setup(protect: Protect) -> Setup {
    let mut setup = usual();
    setup.rules.protect = protect;
    setup
}

fn by_role() -> Protect {
    Protect { roles: ["SUPER_ADMIN".to_owned()].into(), ..Protect::default() }
}

/// HR's record of somebody who has worked here for a while.
async fn works(world: &mut World, id: &str, name: &str) {
    world.say(&event("hired", id, "2026-11-20", &person(name, "2026-11-01"))).await;
}

fn deleted(id: &str, at: &str) -> Value {
    event("deleted", id, at, &json!({}))
}

fn plant(org: &Sandbox, id: &str, name: &str) -> String {
    org.insert(profile(name, id), "ACTIVE")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_is_not_cut_before_the_role_is_taken_away() {
    let plant = |org: &Sandbox| {
        let ann = plant(org, "1", "Ann");
        org.set_role(&ann, "SUPER_ADMIN", true);
        plant(org, "2", "Ben");
    };
    story_of(setup(by_role()), plant, async |world| {
        let (ann, ben) = (world.id("ann@example.com"), world.id("ben@example.com"));
        works(world, "1", "Ann").await;
        works(world, "2", "Ben").await;
        world.calls();
        world.say_together(&[deleted("1", "2026-12-01"), deleted("2", "2026-12-01")]).await;
        assert_eq!(world.calls(), [lifecycle(&ben, "deactivate")]);
        assert_eq!((world.block("1"), &*world.status("ann@example.com")), (Some("protected"), "ACTIVE"));
        let held = world.entries("1").pop().expect("a decision");
        assert_eq!(held.code, "employee.held");
        assert!(held.reason.as_deref().is_some_and(|why| why.contains("role SUPER_ADMIN")), "{held:?}");

        // Neither a restart nor a look again lets her go.
        world.restart().await;
        world.ask(Verb::Retry, Some("1"), None).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("protected")));

        world.sandbox.set_role(&ann, "SUPER_ADMIN", false);
        world.ask(Verb::Retry, Some("1"), None).await;
        crate::support::soon("the cut", async {
            while world.status("ann@example.com") == "ACTIVE" {
                crate::support::breath().await;
            }
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_becomes_an_administrator_is_known_as_one_the_next_day() {
    let plant = |org: &Sandbox| drop(plant(org, "1", "Ann"));
    story_of(setup(by_role()), plant, async |world| {
        works(world, "1", "Ann").await;
        world.sandbox.set_role(&world.id("ann@example.com"), "SUPER_ADMIN", true);
        world.until("2026-12-02T00:30").await;
        world.trusted_since("2026-12-02").await;
        world.calls();
        world.say(&deleted("1", "2026-12-02")).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("protected")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_okta_does_not_say_now_holds_as_it_was_last_said() {
    let plant = |org: &Sandbox| {
        let ann = plant(org, "1", "Ann");
        org.set_role(&ann, "SUPER_ADMIN", true);
    };
    story_of(setup(by_role()), plant, async |world| {
        works(world, "1", "Ann").await;
        world.sandbox.faults().fail_next_on(1000, Fault::Status(500), "GET", "/api/v1/iam");
        world.restart().await;
        world.calls();
        world.say(&deleted("1", "2026-12-01")).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("protected")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_protected_by_hrs_id_and_by_their_login_in_okta() {
    let protect = Protect {
        employees: ["1".to_owned()].into(),
        logins: [fold("BEN@example.com")].into(),
        ..Protect::default()
    };
    let plant = |org: &Sandbox| {
        for (id, name) in [("1", "Ann"), ("2", "Ben"), ("3", "Cyd")] {
            plant(org, id, name);
        }
    };
    story_of(setup(protect), plant, async |world| {
        let all = [("1", "Ann"), ("2", "Ben"), ("3", "Cyd")];
        for (id, name) in all {
            works(world, id, name).await;
        }
        world.calls();
        world.say_together(&all.map(|(id, _)| deleted(id, "2026-12-01"))).await;
        assert_eq!(world.calls(), [lifecycle(&world.id("cyd@example.com"), "deactivate")]);
        assert_eq!([world.block("1"), world.block("2")], [Some("protected"); 2]);
        // Changes and a leave that HR takes back go on as ever.
        let back = with(&person("Ann", "2026-12-01"), &json!({"work.title": "Chef"}));
        world.say(&event("hired", "1", "2026-12-01T00:01", &back)).await;
        assert_eq!((world.calls().len(), world.block("1")), (1, None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_protects_all_of_its_members_by_name_or_id() {
    let plant = |org: &Sandbox| {
        let board = org.insert_group(json!({"name": "The \"Board\""}));
        let first = org.insert_group(json!({"name": "First aid"}));
        // More than a page of them.
        for number in 0..230 {
            let login = format!("member{number}@example.com");
            let id = org
                .insert(json!({"login": login, "email": login, "firstName": "M", "lastName": "M"}), "ACTIVE");
            org.set_member(&board, &id, true);
        }
        org.set_member(&board, &plant(org, "1", "Ann"), true);
        org.set_member(&first, &plant(org, "2", "Ben"), true);
        plant(org, "3", "Cyd");
    };
    // Ids grow: the groups are the org's second and third, after Everyone.
    let groups = vec!["The \"Board\"".to_owned(), "00g1000000000003sbx7".to_owned(), "Nobody's".to_owned()];
    story_of(setup(Protect { groups, ..Protect::default() }), plant, async |world| {
        let known: Value = serde_json::from_str(&world.meta("protected").await.expect("read")).expect("JSON");
        assert_eq!(known["groups"]["The \"Board\""].as_array().map(Vec::len), Some(231), "{known}");
        assert!(known["unread"][0].as_str().is_some_and(|text| text.contains("Nobody's")), "{known}");
        let all = [("1", "Ann"), ("2", "Ben"), ("3", "Cyd")];
        for (id, name) in all {
            works(world, id, name).await;
        }
        world.calls();
        world.say_together(&all.map(|(id, _)| deleted(id, "2026-12-01"))).await;
        assert_eq!(world.calls(), [lifecycle(&world.id("cyd@example.com"), "deactivate")]);
        assert_eq!([world.block("1"), world.block("2")], [Some("protected"); 2]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_does_not_cut_the_branch_that_it_sits_on() {
    let plant = |org: &Sandbox| {
        let admin = org.user_by_login("admin@sandbox.example").expect("the admin");
        org.set_profile(admin["id"].as_str().expect("an id"), json!({"employeeNumber": "1"}));
    };
    story_of(setup(Protect::default()), plant, async |world| {
        let fields = json!({"root.email": "admin@sandbox.example", "root.firstName": "Sandbox",
            "root.surname": "Admin", "work.startDate": "2026-11-01"});
        world.say(&event("hired", "1", "2026-11-20", &fields)).await;
        world.calls();
        world.say(&deleted("1", "2026-12-01")).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("protected")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_super_administrators_stay_though_they_all_leave_at_once() {
    let names = [("1", "Ann"), ("2", "Ben"), ("3", "Cyd"), ("4", "Dan")];
    let plant = |org: &Sandbox| {
        for (id, name) in names {
            let user = plant(org, id, name);
            org.set_role(&user, "SUPER_ADMIN", true);
        }
        // Who cannot log in is none of them.
        org.set_status(
            org.user_by_login("dan@example.com").expect("Dan")["id"].as_str().expect("an id"),
            "SUSPENDED",
        );
    };
    // With the token's owner there are four who can log in.
    let protect = Protect { keep_super_admins: 3, ..Protect::default() };
    story_of(setup(protect), plant, async |world| {
        for (id, name) in names {
            works(world, id, name).await;
        }
        // Only now does the mirror know who can log in.
        world.pass(chrono::TimeDelta::minutes(1)).await;
        world.ask(Verb::Retry, None, None).await;
        world.trusted_since("2026-12-01T00:01").await;
        world.calls();
        world.say_together(&[1, 2, 3].map(|id| deleted(&id.to_string(), "2026-12-01"))).await;
        let cut = world.calls();
        let held = ["1", "2", "3"].into_iter().filter(|id| world.block(id) == Some("protected")).count();
        assert_eq!((cut.len(), held), (1, 2), "{cut:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_roles_may_not_be_read_the_listed_are_protected_all_the_same() {
    let plant = |org: &Sandbox| {
        let denied = vec![("GET".to_owned(), "/api/v1/iam/assignees/users".to_owned())];
        org.set_token("another");
        org.add_token(Token { role: Role::Without(denied), ..Token::new(TOKEN) });
        let ann = plant(org, "1", "Ann");
        org.set_role(&ann, "SUPER_ADMIN", true);
        plant(org, "2", "Ben");
    };
    let protect = Protect { employees: ["2".to_owned()].into(), ..by_role() };
    story_of(setup(protect), plant, async |world| {
        let known: Value = serde_json::from_str(&world.meta("protected").await.expect("read")).expect("JSON");
        let unread = known["unread"][0].as_str().unwrap_or_default();
        assert!(unread.starts_with("admin roles: list administrators: Okta answered 403"), "{known}");
        works(world, "1", "Ann").await;
        works(world, "2", "Ben").await;
        world.calls();
        world.say_together(&[deleted("1", "2026-12-01"), deleted("2", "2026-12-01")]).await;
        assert_eq!(world.calls(), [lifecycle(&world.id("ann@example.com"), "deactivate")]);
        assert_eq!(world.block("2"), Some("protected"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_cut_before_the_members_of_a_newly_named_group_are_known() {
    let plant = |org: &Sandbox| {
        let board = org.insert_group(json!({"name": "Board"}));
        org.set_member(&board, &plant(org, "1", "Ann"), true);
    };
    story_of(setup(Protect::default()), plant, async |world| {
        works(world, "1", "Ann").await;
        world.set_rules(setup(Protect { groups: vec!["Board".into()], ..Protect::default() }).rules);
        world.sandbox.faults().fail_next_on(1, Fault::Status(500), "GET", "/api/v1/groups");
        world.restart().await;
        world.calls();
        world.say(&deleted("1", "2026-12-01")).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), None));
        world.pass(chrono::TimeDelta::minutes(1)).await;
        world.trusted_since("2026-12-01T00:01").await;
        world.pass(chrono::TimeDelta::minutes(1)).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("protected")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_read_at_the_start_is_read_soon() {
    let plant = |org: &Sandbox| drop(plant(org, "1", "Ann"));
    story_of(setup(by_role()), plant, async |world| {
        works(world, "1", "Ann").await;
        world.until("2026-12-01T06:00").await;
        world.sandbox.set_role(&world.id("ann@example.com"), "SUPER_ADMIN", true);
        world.sandbox.faults().fail_next_on(1, Fault::Status(500), "GET", "/api/v1/iam");
        world.restart().await;
        world.pass(chrono::TimeDelta::minutes(1)).await;
        world.trusted_since("2026-12-01T06:01").await;
        world.calls();
        world.say(&deleted("1", "2026-12-01T06:01")).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("protected")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn observing_only_tells_who_would_be_protected() {
    let plant = |org: &Sandbox| {
        org.set_role(&plant(org, "1", "Ann"), "SUPER_ADMIN", true);
    };
    story_of(Setup { apply: false, ..setup(by_role()) }, plant, async |world| {
        works(world, "1", "Ann").await;
        world.say(&deleted("1", "2026-12-01")).await;
        let told = world.entries("1").into_iter().filter(|entry| entry.code == "employee.held");
        let told: Vec<_> = told.map(|entry| (entry.observed, entry.reason)).collect();
        let [(true, Some(why))] = told.as_slice() else { panic!("{told:?}") };
        assert!(why.contains("role SUPER_ADMIN"), "{why}");
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), None));
        world.ask(Verb::Mode, None, Some("apply")).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("protected")));
    })
    .await;
}
