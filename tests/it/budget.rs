//! The whole rate budget and never more: simulated hours with more people due than calls allowed.

#[path = "budget/sim.rs"]
mod sim;
#[path = "budget/tally.rs"]
mod tally;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use okta_provisioner::sandbox::Fault;

use self::sim::{Person, Sim, hired, left, login, promoted};
use crate::people::now;
use crate::support::random::Random;

/// `rate_share` in the default configuration.
const SHARE: f64 = 0.8;
const LIMIT: u32 = 300;
/// Calls per window that are ours.
const OURS: u32 = 240;

/// People who are to join, wanted since before the beginning, in any order.
fn joiners(n: usize, random: &mut Random) -> Vec<Person> {
    let mut seconds: Vec<i64> = (0..).take(n).collect();
    random.shuffle(&mut seconds);
    let person = |(id, before): (usize, i64)| {
        let since = now() - TimeDelta::days(2) + TimeDelta::seconds(before);
        Person { id: id.to_string(), since, has_account: false }
    };
    seconds.into_iter().enumerate().map(person).collect()
}

/// People who have an account already.
fn members(ids: impl Iterator<Item = usize>) -> Vec<Person> {
    ids.map(|id| Person { id: id.to_string(), since: now() - TimeDelta::days(9), has_account: true })
        .collect()
}

fn seconds(n: i64) -> DateTime<Utc> {
    now() + TimeDelta::minutes(2) + TimeDelta::seconds(n)
}

/// Per mille, rounded down.
fn share(part: u32, whole: u32) -> f64 {
    f64::from(part * 1000 / whole.max(1)) / 10.0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulated_hour_table() {
    const LEAVERS: usize = 400;
    let mut random = Random::seeded("a simulated hour");
    let mut people = joiners(20_000, &mut random);
    people.extend(members(20_000..20_000 + LEAVERS));
    let sim = Sim::start(LIMIT, SHARE, &people).await;
    let mut agenda: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for id in 20_000..20_000 + LEAVERS {
        agenda.entry(seconds(random.between(1, 3500))).or_default().push(id.to_string());
    }
    // Who left when there was budget, and who when there was none.
    let arrivals = std::sync::Mutex::new(Vec::new());
    sim.run(seconds(3560), agenda, async |id| {
        let at = sim.clock.now();
        let left_over = sim.tally().open("users", at).1.ours < OURS;
        arrivals.lock().expect("a lock").push((id.clone(), at, left_over));
        sim.merge(vec![left(&id, at)]).await;
    })
    .await;

    let tally = sim.take_tally();
    let full = tally.full("users");
    let least = full.iter().map(|window| window.ours).min().unwrap_or_default();
    println!("20,000 people due, limit {LIMIT} a minute, rate_share {SHARE}: {OURS} calls a window are ours");
    println!("| window | calls | of ours |\n|---|---|---|");
    for (number, window) in full.iter().enumerate().filter(|(number, _)| number % 10 == 0) {
        println!("| {number} | {} | {} % |", window.ours, share(window.ours, OURS));
    }
    println!("{} full windows, the least used {} %; 429s: {}", full.len(), share(least, OURS), tally.refused);
    let (mut prompt, mut waited, mut slowest) = (0, 0, 0.0_f64);
    for (id, at, left_over) in arrivals.into_inner().expect("a lock") {
        let account = sim.sandbox.user_by_login(&login(&id)).expect("an account");
        let call =
            format!("POST /api/v1/users/{}/lifecycle/deactivate ", account["id"].as_str().expect("an id"));
        let done =
            tally.done.iter().find(|(_, done)| *done == call).map(|(done, _)| (*done - at).as_seconds_f64());
        let done = done.unwrap_or_else(|| panic!("{id} still has access"));
        if left_over {
            assert!(done <= 2.0, "a leaver waited for {done} s while there was budget");
            (prompt, slowest) = (prompt + 1, slowest.max(done));
        } else {
            assert!(done <= 5.0, "a leaver waited for {done} s for the next window");
            waited += 1;
        }
    }
    println!(
        "leavers: {prompt} while budget was left, the slowest done in {slowest} s; {waited} waited for the next window"
    );
    assert_eq!(tally.refused, 0, "a call met the limit");
    assert!(full.len() >= 56, "{} windows", full.len());
    for window in full {
        assert!(window.ours <= OURS && window.ours * 100 >= OURS * 98, "{window:?}");
    }
    // Oldest first: at each instant those whose place by age it was, but for a lane's worth.
    let since: BTreeMap<_, _> = people.iter().map(|person| (login(&person.id), person.since)).collect();
    let of = |call: &str| call.split(' ').nth(2).and_then(|login| since.get(login));
    let created: Vec<_> =
        tally.done.iter().filter_map(|(at, call)| of(call).map(|since| (*at, *since))).collect();
    let mut by_age: Vec<_> = created.iter().map(|(_, since)| *since).collect();
    by_age.sort_unstable();
    let (mut begins, mut furthest) = (0, 0);
    for together in created.chunk_by(|one, other| one.0 == other.0) {
        let ends = begins + together.len();
        for (_, since) in together {
            let place = by_age.partition_point(|other| other < since);
            furthest = furthest.max(begins.saturating_sub(place)).max((place + 1).saturating_sub(ends));
        }
        begins = ends;
    }
    println!("{} created; the furthest from the instant that was its by age: {furthest}", created.len());
    assert!(furthest <= 16, "the oldest first");
    sim.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_another_client_table() {
    let mut random = Random::seeded("beside another client");
    // All of the limit, as otherwise our share is what binds.
    let sim = Sim::start(LIMIT, 1.0, &joiners(5_000, &mut random)).await;
    // Now and then answers of ours come late, and overtake each other.
    let mut agenda: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for _ in 0..300 {
        agenda.entry(seconds(random.between(0, 15 * 61))).or_default().push(());
    }
    let paces: Vec<u32> = (0..15).map(|_| u32::try_from(random.between(30, 170)).expect("few")).collect();
    let late = Fault::Delay(std::time::Duration::from_millis(1));
    let minutes = sim.run(seconds(15 * 61 - 1), agenda, async |()| {
        sim.sandbox.faults().fail_next_on(1, late, "POST", "/api/v1/users?");
    });
    tokio::select! {
        () = minutes => {}
        () = sim.keep_pace("users", &paces) => {}
    }
    let tally = sim.take_tally();
    let full = tally.full("users");
    println!("limit {LIMIT}, rate_share 1, a second client that takes about half, now less, now more:");
    println!("| window | ours | others | used |\n|---|---|---|---|");
    for (number, window) in full.iter().enumerate() {
        let used = share(window.ours + window.others, LIMIT);
        println!("| {number} | {} | {} | {used} % |", window.ours, window.others);
    }
    let used: u32 = full.iter().map(|window| window.ours + window.others).sum();
    let quota = LIMIT * u32::try_from(full.len()).expect("few");
    let refused = share(tally.refused, tally.calls);
    println!(
        "429s of ours: {} of {} calls ({refused} %); used {} %",
        tally.refused,
        tally.calls,
        share(used, quota)
    );
    assert!(full.len() >= 13, "{} windows", full.len());
    // How the two overtake each other is the machine's business: the end of a window is met once, seldom twice.
    let windows = u32::try_from(full.len()).expect("few");
    assert!(tally.refused <= 2 * windows && used * 100 >= quota * 95);
    sim.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn joiners_and_changes_do_not_wait_for_each_other_table() {
    let mut random = Random::seeded("joiners and changes");
    let mut people = joiners(5_000, &mut random);
    people.extend(members(5_000..8_000));
    let sim = Sim::start(LIMIT, SHARE, &people).await;
    sim.merge((5_000..8_000).map(|id| promoted(&id.to_string(), seconds(0))).collect()).await;
    sim.run(seconds(8 * 61), BTreeMap::<_, Vec<()>>::new(), async |()| {}).await;
    let tally = sim.take_tally();
    println!("5,000 joiners and 3,000 changes due:\n| bucket | full windows | least used |\n|---|---|---|");
    for bucket in ["users", "update"] {
        let full = tally.full(bucket);
        let least = full.iter().map(|window| window.ours).min().unwrap_or_default();
        println!("| {bucket} | {} | {} % |", full.len(), share(least, OURS));
        assert!(full.len() >= 7 && least * 100 >= OURS * 98, "{bucket}: {full:?}");
        assert!(full.iter().all(|window| window.ours <= OURS), "{bucket}: {full:?}");
    }
    assert_eq!(tally.refused, 0);
    sim.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repairs_are_not_kept_out_by_joiners_without_end() {
    const PER_MINUTE: usize = 60;
    let sim = Sim::start(60, SHARE, &[]).await;
    // More join than can be served, for ever; the mirror is listed anew in the sixtieth minute.
    let minute = |n: i64| now() + TimeDelta::minutes(n);
    sim.clock.advance(minute(55) - sim.clock.now());
    let mut agenda: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (number, id) in (0..30 * PER_MINUTE).enumerate() {
        let since = minute(55) + TimeDelta::seconds(i64::try_from(number).expect("small"));
        agenda.entry(since).or_default().push(Person { id: id.to_string(), since, has_account: false });
    }
    sim.run(minute(90), agenda, async |person| sim.merge(vec![hired(&person)]).await).await;
    let tally = sim.take_tally();
    let listed = tally
        .done
        .iter()
        .position(|(at, call)| *at >= minute(60) && call.starts_with("GET /api/v1/users?search"));
    let listed = listed.expect("the mirror is listed");
    let before = |id: usize| {
        tally.done[..listed].iter().any(|(_, call)| call.ends_with(&format!(" {}", login(&id.to_string()))))
    };
    // Whoever joins twenty minutes later or more comes after it.
    assert!(!before(26 * PER_MINUTE), "listed at {}", tally.done[listed].0);
    assert_eq!(tally.refused, 0);
    sim.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_clock_that_is_set() {
    for (set, most_refused) in [(-3600, 0), (3600, 8), (-20, 0), (20, 8)] {
        let sim = Sim::start(LIMIT, SHARE, &joiners(600, &mut Random(1))).await;
        sim.quiet().await;
        assert_eq!(sim.tally().calls, 216, "a tenth is kept");
        sim.clock.advance(TimeDelta::seconds(set));
        sim.ahead.fetch_sub(set, std::sync::atomic::Ordering::Relaxed);
        // Two windows, and the longest wait.
        for _ in 0..(60 + 60 + 90) {
            sim.clock.advance(TimeDelta::seconds(1));
            sim.quiet().await;
        }
        let tally = sim.take_tally();
        println!("set by {set} s: {} calls, {} of them refused", tally.calls, tally.refused);
        assert!(tally.refused <= most_refused);
        assert_eq!(sim.sandbox.users().len(), 601, "and the token's owner");
        sim.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_at_once_passes_and_its_reset_is_ignored() {
    let sim = Sim::start(LIMIT, SHARE, &[]).await;
    sim.sandbox.faults().fail_next_on(30, Fault::ConcurrencyLimit, "POST", "/api/v1/users?");
    let people = joiners(150, &mut Random(1));
    sim.merge(people.iter().map(hired).collect()).await;
    sim.quiet().await;
    assert!(sim.engine.okta.slots_free() < 8);
    // Its reset lies two minutes ahead.
    sim.run(seconds(50), BTreeMap::<_, Vec<()>>::new(), async |()| {}).await;
    assert_eq!(sim.tally().refused, 30);
    assert!(sim.tally().full("users").is_empty());
    assert_eq!(sim.sandbox.users().len(), 151, "and the token's owner");
    assert!(sim.engine.okta.slots_free() >= 5, "grown back from one by 100 good answers");
    sim.end().await;
}
