//! A company of 20,000 people in both systems: the daemon's first start at real limits, by a simulated clock for
//! the calls and the minutes, and as a process of its own for the memory.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use okta_provisioner::sandbox::{Bob, Sandbox};
use serde_json::json;

use crate::stories::{profile, rules, with};
use crate::support::two::{Two, hired};
use crate::support::world::{NONE, Setup};

const PEOPLE: usize = 20_000;

/// Everybody is in both systems, and both agree.
pub fn plant(bob: &Bob, okta: &Sandbox) {
    for number in 0..PEOPLE {
        let name = format!("P{number}");
        let id = bob.insert("2026-01-05", hired(&name));
        let profile = with(&profile(&name, &id), &json!({"displayName": format!("{name} Lee")}));
        okta.insert(profile, "ACTIVE");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_a_first_connection_that_agrees() {
    let setup = Setup {
        rules: rules(&json!({})),
        at: "2026-12-01",
        limit: 600,
        apply: true,
        bob: false,
        http: false,
    };
    let mut two = Two::new(setup, plant).await;
    let began = two.clock.now();
    two.run().await;
    let minutes = adopted(&two, began).await;
    let bob = two.bob.take_calls();
    let okta = two.sandbox.take_calls();
    let (reads, writes): (Vec<_>, Vec<_>) = okta.iter().partition(|call| call.method == "GET");
    let refused = bob.iter().chain(&okta).filter(|call| call.status == 429).count();
    println!("people in both systems          {PEOPLE}");
    println!("calls to Bob                    {}", bob.len());
    println!("reads of Okta                   {}", reads.len());
    println!("writes to Okta                  {}", writes.len());
    println!("answers of 429                  {refused}");
    println!("simulated minutes               {minutes:.1}");
    let outcome = two.outcome();
    assert_eq!((outcome.people, outcome.joined), (PEOPLE, PEOPLE));
    assert!(bob.len() <= 10 && reads.len() <= 110, "{} {}", bob.len(), reads.len());
    assert_eq!((writes.len(), refused), (0, 0));
    // The day after there is nothing new.
    two.until("2026-12-01T04:00").await;
    assert_eq!((two.news(), two.okta_calls()), ([0; 4], NONE.to_vec()));
    // All of Okta once more, and it agrees.
    two.sandbox.take_calls();
    let compared = two.reconcile().await;
    let calls = two.sandbox.take_calls();
    println!("calls of a comparison           {}", calls.len());
    assert_eq!((compared.accounts, compared.people, compared.found.len()), (PEOPLE + 1, 20_000, 0));
    assert!(calls.len() <= 103 && calls.iter().all(|call| call.method == "GET"), "{}", calls.len());
    two.end().await;
}

/// Lets time pass until everybody is linked; how many minutes it took.
async fn adopted(two: &Two, began: DateTime<Utc>) -> f64 {
    let linked = async {
        while two.decided("active") < 20_000 {
            // The budget of the first list is for half of each minute's calls: somebody waits for its end.
            if let Some(next) = two.clock.next_awaited()
                && next - began < TimeDelta::minutes(30)
                && next > two.clock.now()
            {
                two.clock.advance(next - two.clock.now());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(10), linked).await.expect("everybody is linked");
    (two.clock.now() - began).as_seconds_f64() / 60.0
}
