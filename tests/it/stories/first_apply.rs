//! The first run on a company that has worked without this program for years.

use okta_provisioner::domain::guard::Guard;
use okta_provisioner::engine::clock::Stopwatch;
use okta_provisioner::ledger::Verb;
use okta_provisioner::sandbox::Sandbox;
use serde_json::{Value, json};

use super::{person, profile, story_of, usual, with};
use crate::support::world::{NONE, Setup, World, event};

const PEOPLE: usize = 1000;
/// Five in a hundred.
const LIMIT: usize = 50;
/// Whose title has changed since, whom HR calls otherwise than Okta, and who has left.
const RETITLED: usize = 500;
const RENAMED: usize = 160;
const GONE: usize = 70;

fn name(n: usize) -> String {
    format!("P{n}")
}

fn is_gone(n: usize) -> bool {
    (RETITLED + RENAMED..RETITLED + RENAMED + GONE).contains(&n)
}

/// Every other account does not have HR's number yet, but for those of the leavers: whose an account without one is
/// cannot be told of somebody who has left.
fn plant(sandbox: &Sandbox) {
    for n in 0..PEOPLE {
        let number = if n % 2 == 0 || is_gone(n) { json!(n.to_string()) } else { Value::Null };
        let department = format!("D{}", n % 20);
        let more = json!({"employeeNumber": number, "department": department});
        sandbox.insert(with(&profile(&name(n), ""), &more), "ACTIVE");
    }
}

/// What HR says of everybody.
fn everybody() -> Vec<Value> {
    let known = |n: usize| {
        let department = json!({"work.department": format!("D{}", n % 20)});
        let known = with(&person(&name(n), "2020-11-01"), &department);
        match n {
            n if n < RETITLED => with(&known, &json!({"work.title": "Chef"})),
            n if n < RETITLED + RENAMED => with(&known, &json!({"root.surname": "Moss"})),
            n if is_gone(n) => with(&known, &json!({"employee.lastDayOfWork": "2026-11-20"})),
            _ => known,
        }
    };
    (0..PEOPLE).map(|n| event("hired", &n.to_string(), "2026-11-20", &known(n))).collect()
}

fn setup(apply: bool) -> Setup {
    Setup { limit: 1_000_000, apply, ..usual() }
}

/// How many have another name in Okta by now, how many another title, how many are out.
fn figures(world: &World) -> [usize; 3] {
    let users = world.sandbox.users();
    let count = |fits: &dyn Fn(&Value) -> bool| users.iter().filter(|user| fits(user)).count();
    [
        count(&|user| user["profile"]["lastName"] == "Moss"),
        count(&|user| user["profile"]["title"] == "Chef"),
        count(&|user| user["status"] == "DEPROVISIONED"),
    ]
}

/// One word lets everybody through, and nothing is left to do.
async fn all_are_let_through(world: &mut World) {
    let held = world.held().await;
    assert!(held.iter().all(|(_, why)| why == "over_limit"), "{held:?}");
    let outcome = world.approve(&["--all", "--why", "HR is right"], held.len()).await;
    assert_eq!(outcome["decided"].as_array().map(Vec::len), Some(held.len()));
    assert_eq!(figures(world), [RENAMED, RETITLED, GONE]);
    assert_eq!(world.held().await, []);
    let numbered = |user: &Value| user["profile"]["employeeNumber"].is_string();
    let numbered = world.sandbox.users().iter().filter(|user| numbered(user)).count();
    assert_eq!(
        (numbered, world.users()),
        (PEOPLE, PEOPLE),
        "everybody is known by the number, and nobody new"
    );
    world.calls();
    world.say_together(&everybody()).await;
    assert_eq!(world.calls(), NONE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_people_are_observed_and_then_all_but_what_the_limits_hold_is_done() {
    story_of(setup(false), plant, async |world| {
        let watch = Stopwatch::start();
        world.say_together(&everybody()).await;
        println!("observed: after {:?}", watch.elapsed());
        assert_eq!(world.calls(), NONE);
        // While few accounts are known to be anybody's, the share is of few people: no fewer are announced.
        let announced = world.count("employee.held");
        println!("would be held: {announced}");
        assert!(announced >= RENAMED + GONE - 2 * LIMIT, "{announced}");
        world.until("2026-12-02").await;
        let watch = Stopwatch::start();
        world.ask(Verb::Mode, None, Some("apply")).await;
        println!("applied: after {:?}", watch.elapsed());
        assert_eq!(figures(world), [LIMIT, RETITLED, LIMIT]);
        assert_eq!(world.held().await.len(), RENAMED + GONE - 2 * LIMIT);
        let watch = Stopwatch::start();
        all_are_let_through(world).await;
        println!("let through: after {:?}", watch.elapsed());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_people_at_once_are_held_to_the_limits_as_well() {
    story_of(setup(true), plant, async |world| {
        world.say_together(&everybody()).await;
        let [renamed, retitled, gone] = figures(world);
        println!("{renamed} renamed, {gone} gone");
        // The share is of those whose account is known, few as yet.
        let least = usize::try_from(Guard::default().cuts.count).expect("few");
        assert!((least..=LIMIT).contains(&renamed) && (least..=LIMIT).contains(&gone), "{renamed}, {gone}");
        assert_eq!(retitled, RETITLED);
        assert_eq!(world.held().await.len(), RENAMED - renamed + GONE - gone);
        all_are_let_through(world).await;
    })
    .await;
}
