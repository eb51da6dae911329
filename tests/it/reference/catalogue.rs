//! Okta's catalogue of error codes against the client's table.

use std::collections::BTreeMap;

use okta_provisioner::okta::Client;
use serde_json::{Value, json};

use crate::okta::calls::{CALLS, LEGEND, forgetful, letter, make};
use crate::support::reference::reference;
use crate::support::server::{Says, Server};

/// What the client says of a code that it has no verdict for.
const UNKNOWN: &str = "does not know";

/// What the calls make of this answer, and whether they know its code.
async fn judged(server: &Server, client: &Client, status: u16, code: &str) -> (String, bool) {
    let mut letters = String::new();
    let mut known = true;
    for call in CALLS {
        server.says(Says(status, vec![], json!({"errorCode": code, "errorCauses": []}).to_string()));
        let result = make(client, call).await;
        letters.push(letter(&result));
        known &= !result.is_err_and(|fault| fault.to_string().contains(UNKNOWN));
    }
    (letters, known)
}

#[tokio::test]
async fn every_code_of_the_catalogue_has_a_considered_verdict_a_table() {
    let Some(catalogue) = reference("OKTA_ERROR_CODES") else { return };
    let catalogue: Value = serde_json::from_str(&catalogue).expect("JSON");
    let server = Server::start([]).await;
    let client = forgetful(&server.origin);
    let (mut patterns, mut unknown) = (BTreeMap::<String, Vec<String>>::new(), Vec::new());
    for error in catalogue["errors"].as_array().expect("a list") {
        let code = error["errorCode"].as_str().expect("a code");
        let status =
            error["statusCode"].as_u64().and_then(|status| status.try_into().ok()).expect("a status");
        let (letters, known) = judged(&server, &client, status, code).await;
        if !known {
            unknown.push(code.to_owned());
        }
        patterns.entry(letters).or_default().push(code.trim_start_matches("E0000").to_owned());
    }
    let of_call = |at: usize, wanted: char| -> usize {
        patterns
            .iter()
            .filter(|(letters, _)| letters[at..].starts_with(wanted))
            .map(|(_, codes)| codes.len())
            .sum()
    };
    println!("{LEGEND}\n\n{:14} {:>4} {:>4} {:>4} {:>4} {:>4} {:>4}", "codes", 'B', 'H', 'R', 'L', 'M', 'N');
    for (at, call) in CALLS.into_iter().enumerate() {
        let counts = ['B', 'H', 'R', 'L', 'M', 'N'].map(|wanted| format!("{:>4}", of_call(at, wanted)));
        println!("{call:14} {}", counts.join(" "));
    }
    println!("\n{}", CALLS.join(", "));
    for (letters, codes) in &patterns {
        println!("{letters} {:>3}: {}", codes.len(), codes.join(" "));
    }
    assert_eq!(unknown, [""; 0], "codes without a considered verdict");
    assert_eq!(patterns.values().map(Vec::len).sum::<usize>(), 251);
    assert!(!judged(&server, &client, 400, "E0000999").await.1, "an unknown code is told from a known one");
}
