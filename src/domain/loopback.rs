//! Whether a host is this machine: the only one to which a credential may go without TLS.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Takes the host of an address, an IPv6 one in its brackets. A name counts only if it is `localhost`.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || bare.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
}
