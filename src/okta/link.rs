//! Paging: the `Link` headers of a list, and the cursor to its next page.

use std::fmt;

use reqwest::Url;
use reqwest::header::{HeaderMap, LINK};

/// Where the next page of a list begins; opaque, and of use only with the org that gave it.
#[derive(Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The query of the next page's address. Only that is kept: the call goes to the org's own
    /// host, wherever the link points, and the token with it.
    pub(super) query: String,
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cursor(…)")
    }
}

/// The next page of the list at `path`, from headers of their own or joined by commas; `Err` if its link is
/// not one to that list.
pub(super) fn next(headers: &HeaderMap, path: &str) -> Result<Option<Cursor>, ()> {
    for header in headers.get_all(LINK) {
        let text = header.to_str().map_err(|_| ())?;
        for (target, parameters) in links(text) {
            if is_next(parameters) {
                return cursor(target, path).map(Some);
            }
        }
    }
    Ok(None)
}

/// What an address says of the next page of the list at `path`; `Err` if it is not one of that list.
pub(super) fn cursor(target: &str, path: &str) -> Result<Cursor, ()> {
    let url = Url::parse(target).map_err(|_| ())?;
    let same = url.path().trim_end_matches('/') == path;
    url.query().filter(|_| same).map(|query| Cursor { query: query.to_owned() }).ok_or(())
}

/// The links of one header: target, and parameters up to the next link. A target may hold commas.
fn links(mut text: &str) -> impl Iterator<Item = (&str, &str)> {
    std::iter::from_fn(move || {
        let (_, rest) = text.split_once('<')?;
        let (target, rest) = rest.split_once('>')?;
        let end = rest.find('<').unwrap_or(rest.len());
        let (parameters, rest) = rest.split_at(end);
        text = rest;
        Some((target, parameters))
    })
}

fn is_next(parameters: &str) -> bool {
    parameters.split([';', ',']).filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
        name.trim().eq_ignore_ascii_case("rel") && value.trim().trim_matches('"').eq_ignore_ascii_case("next")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next_of(values: &[&str]) -> Result<Option<String>, ()> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(LINK, value.parse().unwrap());
        }
        next(&headers, "/api/v1/users").map(|cursor| cursor.map(|cursor| cursor.query))
    }

    const SELF: &str = r#"<https://acme.okta.com/api/v1/users?limit=200>; rel="self""#;
    const NEXT: &str = r#"<https://acme.okta.com/api/v1/users?after=a,b%22&limit=200>; rel="next""#;

    #[test]
    fn both_forms_are_read() {
        let expected = Ok(Some("after=a,b%22&limit=200".to_owned()));
        assert_eq!(next_of(&[SELF, NEXT]), expected);
        assert_eq!(next_of(&[NEXT, SELF]), expected);
        assert_eq!(next_of(&[&format!("{SELF}, {NEXT}")]), expected);
        assert_eq!(next_of(&[&format!("{NEXT},{SELF}")]), expected);
        assert_eq!(next_of(&["<https://x/api/v1/users?after=a,b%22&limit=200>;rel=next"]), expected);
    }

    #[test]
    fn a_list_ends_without_a_next_link() {
        assert_eq!(next_of(&[]), Ok(None));
        assert_eq!(next_of(&[SELF]), Ok(None));
        assert_eq!(next_of(&["", "nonsense; rel=next"]), Ok(None));
    }

    #[test]
    fn a_link_to_something_else_is_refused() {
        for link in [
            "<https://acme.okta.com/evil?after=1>",
            "<https://acme.okta.com/api/v1/users>",
            "</api/v1/users?after=1>",
        ] {
            assert_eq!(next_of(&[&format!("{link}; rel=\"next\"")]), Err(()), "{link}");
        }
    }
}
