//! The recorded exchanges, asked of the sandbox again: is it like Okta?

use std::collections::BTreeMap;

mod known;
mod made_up;
mod shape;
mod stage;

use known::KNOWN;
use stage::Stage;

use super::recording::Recording;

#[derive(Default)]
struct Row {
    recorded: usize,
    asked: usize,
    same: usize,
}

/// Each recording meets a sandbox of its own, which is in the state that it implies.
#[tokio::test]
async fn the_table_of_recorded_exchanges_that_the_sandbox_answers_alike() {
    let Some(recordings) = Recording::all() else { return };
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut not_asked: BTreeMap<&str, usize> = BTreeMap::new();
    let mut explained: Vec<Vec<Vec<String>>> =
        KNOWN.iter().map(|known| vec![Vec::new(); known.differences.len()]).collect();
    let mut unknown = Vec::new();
    for recording in recordings {
        let row = rows.entry(recording.endpoint()).or_default();
        row.recorded += 1;
        if let Some(reason) = recording.not_asked() {
            *not_asked.entry(reason).or_default() += 1;
            continue;
        }
        row.asked += 1;
        let stage = Stage::set(&recording, &http).await;
        let differences = shape::differences(&recording, &stage.ask(&recording).await);
        row.same += usize::from(differences.is_empty());
        for difference in differences {
            let found = KNOWN.iter().enumerate().find_map(|(number, known)| {
                known.position(&recording, &difference).map(|place| (number, place))
            });
            match found {
                Some((number, place)) => {
                    explained[number][place].push(format!("{}: {difference}", recording.id));
                }
                None => unknown.push(format!("{} {}: {difference}", recording.id, recording.endpoint())),
            }
        }
    }

    println!("{:<66} {:>8} {:>6} {:>5} {:>9}", "endpoint", "recorded", "asked", "same", "different");
    for (endpoint, row) in rows.iter().filter(|(_, row)| row.asked > 0) {
        let Row { recorded, asked, same } = row;
        println!("{endpoint:<66} {recorded:>8} {asked:>6} {same:>5} {:>9}", asked - same);
    }
    let sum = |part: fn(&Row) -> usize| rows.values().map(part).sum::<usize>();
    let (asked, same) = (sum(|row| row.asked), sum(|row| row.same));
    let left = not_asked.values().sum::<usize>();
    println!(
        "\n{} recorded: {asked} asked, {same} same, {} different; {left} not asked:",
        asked + left,
        asked - same
    );
    for (reason, count) in &not_asked {
        println!("{count:>5}  {reason}");
    }
    println!("\nevery difference, with its reason:");
    let mut idle = Vec::new();
    for (known, found) in KNOWN.iter().zip(&explained) {
        println!("  {}", known.reason);
        for (beginning, differences) in known.differences.iter().zip(found) {
            if differences.is_empty() {
                idle.push(format!("{beginning}: {}", known.reason));
            }
            for difference in differences {
                println!("    {difference}");
            }
        }
    }
    assert!(unknown.is_empty(), "differences that nobody has explained:\n{}", unknown.join("\n"));
    assert!(idle.is_empty(), "explained, and no longer there:\n{}", idle.join("\n"));
}
