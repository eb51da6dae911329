//! Our client and our double against Okta's own material. The names say "table" where one is printed.

mod catalogue;
mod recorded;
mod recording;
mod replayed;
mod requests;
mod schemas;

use serde_json::Value;

use super::support::reference::reference;

/// A file of another age would make every count below mean something else.
#[test]
fn the_material_is_what_the_tests_were_written_for() {
    if let Some(exchanges) = reference("OKTA_EXCHANGES") {
        assert_eq!(exchanges.lines().count(), 307);
    }
    if let Some(codes) = reference("OKTA_ERROR_CODES") {
        let codes: Value = serde_json::from_str(&codes).expect("JSON");
        assert_eq!(codes["errors"].as_array().expect("a list").len(), 251);
    }
}
