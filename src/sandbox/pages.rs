//! What all lists have in common: how long a page is, and the links to it and to the next.

use super::reply::Refusal;
use super::request::Request;
use super::switches::{Switch, Switches};

/// How many of a list are asked for, `default` if it is not said, and at most `most`.
pub(super) fn limit(
    request: &Request,
    default: usize,
    most: usize,
    switches: Switches,
) -> Result<usize, Refusal> {
    let clamped = switches.on(Switch::LimitClamped);
    match request.query("limit").map(str::parse) {
        None => Ok(default),
        Some(Ok(limit)) if limit > 0 && (clamped || limit <= most) => Ok(most.min(limit)),
        Some(_) => Err(Refusal::new(400, "E0000029", "Invalid paging request.")),
    }
}

/// The links of the page after the cursor `after` (the first: empty): to itself and, where there is more, to
/// the page after the cursor `next`. What else was asked for is in them as it was sent.
pub(super) fn links(
    request: &Request,
    url: &str,
    after: &str,
    limit: usize,
    next: Option<&str>,
) -> Vec<String> {
    let others: String = request
        .raw_query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("after=") && !pair.starts_with("limit="))
        .flat_map(|pair| ["&", pair])
        .collect();
    let link = |cursor: &str, relation: &str| {
        let after = if cursor.is_empty() { String::new() } else { format!("after={cursor}&") };
        format!("<{url}?{after}limit={limit}{others}>; rel=\"{relation}\"")
    };
    [Some(link(after, "self")), next.map(|cursor| link(cursor, "next"))].into_iter().flatten().collect()
}
