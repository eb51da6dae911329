//! `GET /api/v1/users`: search, filter and pages.

use std::cmp::Reverse;

use serde_json::Value;

use super::directory::Directory;
use super::pages::{limit, links};
use super::reply::{Refusal, Reply};
use super::request::Request;
use super::search::{Expression, Language};
use super::user::{Status, User};

/// Okta API: at most 200 users a page, which is also the default.
const PAGE: usize = 200;

/// What is found by `q` comes in no pages, and ten at a time.
const FOUND: usize = 10;

/// One page, with the links to itself and, if there is more, to the next one.
pub(super) fn list(directory: &Directory, request: &Request, base: &str) -> Result<Reply, Refusal> {
    let wanted = wanted(directory, request)?;
    let q = request.query("q").map(str::to_lowercase);
    let limit = limit(request, if q.is_some() { FOUND } else { PAGE }, PAGE, directory.switches)?;
    let matches = |user: &&User| match (&wanted, &q) {
        (Some(expression), _) => expression.matches(*user),
        (None, Some(beginning)) => {
            let begins = |name| user.text(name).to_lowercase().starts_with(beginning.as_str());
            user.status != Status::Deprovisioned && ["firstName", "lastName", "email"].into_iter().any(begins)
        }
        (None, None) => user.status != Status::Deprovisioned,
    };
    let after = request.query("after").filter(|_| q.is_none()).unwrap_or_default();
    // Okta API: only a search is sorted.
    let sorting = request.query("sortBy").filter(|_| request.query("search").is_some());
    let (page, next) = if let Some(by) = sorting {
        let descending = request.query("sortOrder").is_some_and(|order| order.eq_ignore_ascii_case("desc"));
        sorted(directory.listed("").filter(matches).collect(), by, descending, after, limit)?
    } else {
        let id = match after {
            "" => "",
            cursor => cursor.strip_prefix('2').filter(|id| id.starts_with("00u")).ok_or_else(bad_cursor)?,
        };
        let mut found = directory.listed(id).filter(matches);
        let page: Vec<&User> = found.by_ref().take(limit).collect();
        let next = page.last().filter(|_| found.next().is_some()).map(|last| format!("2{}", last.id));
        (page, next)
    };
    // What is found by `q` has no links, as recorded.
    let url = format!("{base}/api/v1/users");
    let links = if q.is_none() { links(request, &url, after, limit, next.as_deref()) } else { Vec::new() };
    let body: Vec<Value> = page.iter().map(|user| user.shown(base, true)).collect();
    Ok(Reply { links, ..Reply::ok(Value::Array(body)) })
}

/// The page after the cursor of users that are sorted by an attribute, and the next cursor.
fn sorted<'a>(
    mut users: Vec<&'a User>,
    by: &str,
    descending: bool,
    after: &str,
    limit: usize,
) -> Result<(Vec<&'a User>, Option<String>), Refusal> {
    let begin: usize = match after {
        "" => 0,
        cursor => cursor.strip_prefix('3').and_then(|place| place.parse().ok()).ok_or_else(bad_cursor)?,
    };
    // They come by id, and stay so among equals.
    if descending {
        users.sort_by_cached_key(|user| Reverse(user.sort_key(by)));
    } else {
        users.sort_by_cached_key(|user| user.sort_key(by));
    }
    let next = (begin + limit < users.len()).then(|| format!("3{}", begin + limit));
    Ok((users.into_iter().skip(begin).take(limit).collect(), next))
}

fn bad_cursor() -> Refusal {
    Refusal::search("Invalid cursor.")
}

fn wanted(directory: &Directory, request: &Request) -> Result<Option<Expression>, Refusal> {
    let (text, language) = match (request.query("search"), request.query("filter")) {
        (None, None) => return Ok(None),
        (Some(text), None) => (text, Language::Search),
        (None, Some(text)) => (text, Language::Filter),
        (Some(_), Some(_)) => return Err(Refusal::search_and_filter()),
    };
    Expression::parse(text, language, &directory.schema).map(Some)
}
