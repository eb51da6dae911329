//! Before anybody is cut for a leave, HR is read once more: it tells nobody that a termination was deleted.

use chrono::TimeDelta;
use okta_provisioner::sandbox::Fault;
use serde_json::json;

use super::bob_news::{bobs, employed, hired};
use super::{clear_sessions, get, lifecycle, rules, story_of, usual};
use crate::support::world::{NONE, Setup, World};

/// Ann leaves on the 10th; it is ten to midnight.
async fn leaving(world: &mut World) -> String {
    let id = employed(world).await;
    world.bob().terminate("1", "2026-12-10", None);
    world.deliver().await;
    world.go_until("2026-12-10T12:30").await;
    world.go_until("2026-12-10T23:50").await;
    assert_eq!(world.calls(), NONE);
    world.bob_calls();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaver_is_read_once_and_cut() {
    bobs(async |world| {
        let id = leaving(world).await;
        world.until("2026-12-11").await;
        assert_eq!(world.bob_calls(), ["person 1"]);
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
        assert_eq!((world.count("employee.released"), world.count("hr.unverified")), (0, 0));
        // What Bob tells at midnight is only read.
        world.deliver().await;
        world.go(TimeDelta::hours(1)).await;
        assert_eq!(world.calls(), NONE);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_termination_that_was_deleted_is_seen_in_time() {
    bobs(async |world| {
        leaving(world).await;
        world.bob().cancel_termination("1");
        world.until("2026-12-11").await;
        assert_eq!((world.bob_calls(), world.calls()), (vec!["person 1".to_owned()], NONE.to_vec()));
        let entries = world.entries("1");
        let released = entries.iter().find(|entry| entry.code == "employee.released").expect("a release");
        assert_eq!(released.reason.as_deref(), Some("HR was read before the cut: employed"));
        assert!(released.fields.contains(&"internal.terminationDate".to_owned()), "{released:?}");
        assert_eq!(world.person("1").waiting, None);
        world.go(TimeDelta::days(2)).await;
        assert_eq!(
            (world.calls(), world.status("ann@example.com")),
            (NONE.to_vec(), "PROVISIONED".to_owned())
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_termination_that_was_moved_is_cut_on_the_new_day() {
    bobs(async |world| {
        let id = leaving(world).await;
        world.bob().move_termination("1", "2026-12-12", None);
        world.until("2026-12-11").await;
        assert_eq!((world.bob_calls(), world.calls()), (vec!["person 1".to_owned()], NONE.to_vec()));
        let entries = world.entries("1");
        let released = entries.iter().find(|entry| entry.code == "employee.released").expect("a release");
        assert!(
            released.reason.as_deref().is_some_and(|why| why.contains("2026-12-13T00:00:00")),
            "{released:?}"
        );
        world.go_until("2026-12-12T23:50").await;
        assert_eq!(world.calls(), NONE);
        world.bob_calls();
        world.until("2026-12-13").await;
        assert_eq!(world.bob_calls(), ["person 1"]);
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hr_that_cannot_be_read_keeps_access_for_a_quarter_of_an_hour() {
    bobs(async |world| {
        let id = leaving(world).await;
        world.bob().faults().down(true);
        world.until("2026-12-11").await;
        assert_eq!((world.calls(), world.person("1").waiting.as_deref()), (NONE.to_vec(), Some("hr")));
        world.pass(TimeDelta::minutes(14)).await;
        world.restart().await;
        assert_eq!((world.calls(), world.count("bob.retrying")), (NONE.to_vec(), 2), "said once a start");
        world.pass(TimeDelta::minutes(1)).await;
        assert_eq!(world.calls(), NONE, "another minute, as this daemon has not asked for Ann yet");
        world.pass(TimeDelta::minutes(1)).await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
        assert_eq!(world.count("hr.unverified"), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_that_okta_refused_is_verified_again() {
    bobs(async |world| {
        let id = leaving(world).await;
        world.sandbox.faults().fail_next_on(1, Fault::Status(403), "POST", "");
        world.until("2026-12-11").await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
        world.bob().cancel_termination("1");
        world.bob_calls();
        world.pass(TimeDelta::hours(1)).await;
        // What became of the first attempt is looked at.
        assert_eq!((world.bob_calls(), world.calls()), (vec!["person 1".to_owned()], vec![get(&id)]));
        assert_eq!(world.count("hr.unverified"), 0);
        assert!(world.count("employee.released") > 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_hr_cannot_be_read_is_told_once_however_often_okta_refuses() {
    bobs(async |world| {
        let id = leaving(world).await;
        world.bob().faults().down(true);
        world.sandbox.faults().fail_next_on(2, Fault::Status(403), "POST", "");
        world.until("2026-12-11").await;
        world.pass(TimeDelta::minutes(15)).await;
        world.pass(TimeDelta::hours(1)).await;
        world.pass(TimeDelta::hours(1)).await;
        assert_eq!(world.calls(), [0; 3].map(|_| lifecycle(&id, "deactivate")));
        assert_eq!(world.count("hr.unverified"), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn patience_does_not_run_out_while_nobody_runs() {
    for cancelled in [true, false] {
        bobs(async |world| {
            let id = leaving(world).await;
            world.bob().faults().down(true);
            world.until("2026-12-11").await;
            if cancelled {
                world.bob().cancel_termination("1");
                world.bob().faults().down(false);
            }
            world.bob_calls();
            world.kill().await;
            world.clock.advance(TimeDelta::hours(1));
            world.run().await;
            assert_eq!(world.calls(), NONE);
            assert_eq!(world.count("employee.released"), usize::from(cancelled));
            // Where HR is still away, nothing is waited for but that it has been tried.
            world.pass(TimeDelta::minutes(1)).await;
            let cut = if cancelled { NONE.to_vec() } else { vec![lifecycle(&id, "deactivate")] };
            assert_eq!((world.calls(), world.count("hr.unverified")), (cut, usize::from(!cancelled)));
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hr_that_comes_back_in_time_decides() {
    for cancelled in [false, true] {
        bobs(async |world| {
            let id = leaving(world).await;
            if cancelled {
                world.bob().cancel_termination("1");
            }
            world.bob().faults().down(true);
            world.until("2026-12-11").await;
            world.pass(TimeDelta::minutes(5)).await;
            world.bob().faults().down(false);
            assert_eq!(world.calls(), NONE);
            world.restart().await;
            world.pass(TimeDelta::minutes(1)).await;
            let calls = if cancelled { NONE.to_vec() } else { vec![lifecycle(&id, "deactivate")] };
            assert_eq!(world.calls(), calls);
            assert_eq!(world.count("employee.released"), usize::from(cancelled));
            world.pass(TimeDelta::minutes(30)).await;
            assert_eq!((world.calls(), world.count("hr.unverified")), (NONE.to_vec(), 0));
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_at_the_leave_moment_is_verified_before_okta_is_asked_anything() {
    let rules = rules(&json!({"leaver": "suspend_first"}));
    let setup = Setup { bob: true, rules, ..usual() };
    let tell = async |world: &mut World| {
        let id = leaving(world).await;
        world.sandbox.set_status(&id, "ACTIVE");
        world.until("2026-12-11").await;
        assert_eq!(world.bob_calls(), ["person 1"]);
        assert_eq!(world.calls(), [get(&id), lifecycle(&id, "suspend"), clear_sessions(&id)]);
        // HR takes it back while the grace lasts, and tells nobody.
        world.go_until("2026-12-17T23:50").await;
        world.bob().cancel_termination("1");
        world.bob_calls();
        world.until("2026-12-18").await;
        assert_eq!(world.bob_calls(), ["person 1"]);
        assert_eq!(world.calls(), [lifecycle(&id, "unsuspend")]);
    };
    story_of(setup, |_| {}, tell).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_does_not_wait_and_ends_when_the_termination_is_taken_back() {
    bobs(async |world| {
        let id = employed(world).await;
        world.sandbox.set_status(&id, "ACTIVE");
        // No read shows it yet.
        world.bob().read_lag(std::time::Duration::from_secs(20));
        world.bob().terminate_at_once("1", "2026-12-31", None);
        world.deliver().await;
        assert_eq!(world.calls(), [get(&id), lifecycle(&id, "suspend"), clear_sessions(&id)]);
        world.go(TimeDelta::minutes(2)).await;
        assert_eq!(world.calls(), NONE);
        world.bob().cancel_termination("1");
        world.go(TimeDelta::minutes(2)).await;
        assert_eq!((world.calls(), world.status("ann@example.com")), (NONE.to_vec(), "SUSPENDED".to_owned()));
        world.bob().change("1", json!({"root.surname": "King"}));
        world.deliver().await;
        world.go(TimeDelta::minutes(1)).await;
        let calls: Vec<String> = world.calls().into_iter().map(|(call, _)| call).collect();
        assert_eq!(calls, [lifecycle(&id, "unsuspend").0, format!("POST /api/v1/users/{id}")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_leavers_at_midnight_are_a_call_or_two() {
    let mut rules = rules(&json!({}));
    // All of a company on one day, which a limit would hold.
    rules.guard.cuts.share = 1.0;
    rules.guard.of_value.share = 1.0;
    let setup = Setup { rules, bob: true, ..usual() };
    story_of(
        setup,
        |_| {},
        async |world| {
            for n in 100..200 {
                world.hire(&n.to_string(), "2026-11-02", &hired(&format!("Person{n}")));
                world.bob().terminate(&n.to_string(), "2026-12-01", None);
            }
            for n in [120, 150] {
                world.bob().change(&n.to_string(), json!({"work.title": "Chef"}));
            }
            world.deliver().await;
            for _ in 0..5 {
                world.go(TimeDelta::minutes(2)).await;
            }
            world.go_until("2026-12-01T13:00").await;
            assert_eq!(world.users(), 100);
            world.go_until("2026-12-01T23:50").await;
            for n in [120, 150] {
                world.bob().cancel_termination(&n.to_string());
            }
            world.calls();
            world.bob_calls();
            world.until("2026-12-02").await;
            let calls = world.bob_calls();
            assert!(calls.len() <= 2 && calls.iter().all(|call| call.starts_with("people ")), "{calls:?}");
            let cut = world.calls();
            assert!(cut.iter().all(|(call, _)| call.ends_with("/lifecycle/deactivate")), "{cut:?}");
            assert_eq!((cut.len(), world.count("employee.released")), (98, 2));
        },
    )
    .await;
}
