//! `GET /api/v1/users`: search, filter and pages.

use serde_json::Value;

use super::directory::Directory;
use super::reply::{Refusal, Reply};
use super::request::Request;
use super::search::{Expression, Language};
use super::user::{Status, User};

/// Okta API: at most 200 users a page, which is also the default.
const PAGE: usize = 200;

/// One page, with the links to itself and, if there is more, to the next one.
pub(super) fn list(directory: &Directory, request: &Request, base: &str) -> Result<Reply, Refusal> {
    // Answering with users that were not asked for would be worse than not answering.
    if ["q", "sortBy", "sortOrder"].iter().any(|key| request.query(key).is_some()) {
        return Err(Refusal::new(501, "E0000060", "Unsupported operation."));
    }
    let wanted = wanted(directory, request)?;
    let limit = match request.query("limit").map(str::parse) {
        None => PAGE,
        Some(Ok(limit)) if limit > 0 => PAGE.min(limit),
        Some(_) => return Err(Refusal::new(400, "E0000029", "Invalid paging request.")),
    };
    let after = match request.query("after") {
        None => "",
        Some(cursor) => cursor
            .strip_prefix('2')
            .filter(|id| id.starts_with("00u"))
            .ok_or_else(|| Refusal::search("Invalid cursor."))?,
    };
    let matches = |user: &&User| match &wanted {
        Some(expression) => expression.matches(user),
        None => user.status != Status::Deprovisioned,
    };
    let mut found = directory.after(after).filter(matches);
    let page: Vec<&User> = found.by_ref().take(limit).collect();
    let more = found.next().is_some();

    let others: String = request
        .raw_query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("after=") && !pair.starts_with("limit="))
        .flat_map(|pair| ["&", pair])
        .collect();
    let link = |cursor: &str, relation: &str| {
        let after = if cursor.is_empty() { String::new() } else { format!("after=2{cursor}&") };
        format!("<{base}/api/v1/users?{after}limit={limit}{others}>; rel=\"{relation}\"")
    };
    let mut links = vec![link(after, "self")];
    if let Some(last) = page.last().filter(|_| more) {
        links.push(link(&last.id, "next"));
    }
    let body: Vec<Value> = page.iter().map(|user| user.shown(base, true)).collect();
    Ok(Reply { links, ..Reply::ok(Value::Array(body)) })
}

fn wanted(directory: &Directory, request: &Request) -> Result<Option<Expression>, Refusal> {
    let (text, language) = match (request.query("search"), request.query("filter")) {
        (None, None) => return Ok(None),
        (Some(text), None) => (text, Language::Search),
        (None, Some(text)) => (text, Language::Filter),
        (Some(_), Some(_)) => {
            let summary = "Bad request. Can't specify a search query and filter in the same request.";
            return Err(Refusal::new(400, "E0000033", summary));
        }
    };
    Expression::parse(text, language, &directory.schema).map(Some)
}
