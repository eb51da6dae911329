//! The client of the tests that run it against the sandbox.

use std::collections::BTreeSet;
use std::time::Duration;

use okta_provisioner::okta::Options;
use okta_provisioner::sandbox::Clock;

/// All of each limit, eight calls at once, ten seconds for each.
pub fn options(org: &str, token: &str, attributes: BTreeSet<String>, now: Clock) -> Options {
    Options {
        org_url: org.parse().expect("a URL"),
        token: token.into(),
        attributes,
        rate_share: 1.0,
        max_in_flight: 8,
        timeout: Duration::from_secs(10),
        now,
    }
}
