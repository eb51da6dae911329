//! The address of Bob's API, in the one form that the calls are built on.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;
use serde::Deserialize;

use crate::domain::loopback::is_loopback;

/// Where the API is, such as `https://api.hibob.com/v1`: no slash at the end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BaseUrl {
    text: String,
    loopback: bool,
}

/// Why a text is not the address of Bob's API, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not an address at all.
    #[error("not the address of Bob's API: write it like https://api.hibob.com/v1")]
    NotAnAddress,
    /// Neither http nor https.
    #[error("Bob's API is reached by https, not {0}: write it like https://api.hibob.com/v1")]
    Scheme(String),
    /// http to another machine would send the token in the clear.
    #[error("http would send the token in the clear: write {0} (http is for loopback addresses only)")]
    Clear(String),
    /// A name or password before the host, a query, or a fragment.
    #[error("only scheme, host and path belong here: write {0}")]
    Extra(String),
    /// A host of Bob's with another path than the API's.
    #[error("Bob's API is at /v1: write {0}")]
    Path(String),
}

impl BaseUrl {
    /// Whether it is on this machine, as the sandbox is.
    pub(super) fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// The address below it that these segments lead to; each is escaped.
    pub(super) fn join(&self, segments: &[&str]) -> String {
        let mut text = self.text.clone();
        for segment in segments {
            text.push('/');
            text.extend(segment.bytes().map(|byte| match byte {
                b if b.is_ascii_alphanumeric() || b"-_~".contains(&b) => char::from(b).to_string(),
                b => format!("%{b:02X}"),
            }));
        }
        text
    }
}

impl FromStr for BaseUrl {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&full).map_err(|_| AddressError::NotAnAddress)?;
        let host = url.host_str().ok_or(AddressError::NotAnAddress)?;
        let loopback = is_loopback(host);
        let scheme = match url.scheme() {
            scheme @ ("http" | "https") if loopback => scheme,
            "http" | "https" => "https",
            other => return Err(AddressError::Scheme(other.to_owned())),
        };
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let path = url.path().trim_end_matches('/');
        let of_bob = host == "hibob.com" || host.ends_with(".hibob.com");
        let expected = if of_bob { "/v1" } else { path };
        let text = format!("{scheme}://{host}{port}{expected}");
        if !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some()
        {
            Err(AddressError::Extra(text))
        } else if url.scheme() != scheme {
            Err(AddressError::Clear(text))
        } else if path != expected {
            Err(AddressError::Path(text))
        } else {
            Ok(Self { text, loopback })
        }
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_addresses_have_one_normal_form() {
        for (given, normal) in [
            ("https://api.hibob.com/v1", "https://api.hibob.com/v1"),
            (" Api.HiBob.com/v1/ ", "https://api.hibob.com/v1"),
            ("https://api.sandbox.hibob.com/v1", "https://api.sandbox.hibob.com/v1"),
            ("https://gateway.acme.example:8443/bob", "https://gateway.acme.example:8443/bob"),
            ("http://127.0.0.1:8081/v1", "http://127.0.0.1:8081/v1"),
            ("http://[::1]:99", "http://[::1]:99"),
        ] {
            assert_eq!(given.parse::<BaseUrl>().map(|u| u.to_string()).as_deref(), Ok(normal), "{given}");
        }
    }

    #[test]
    fn bad_addresses_are_told_what_to_write() {
        for (given, told) in [
            ("https://api.hibob.com", "write https://api.hibob.com/v1"),
            ("https://api.hibob.com/v1/people", "write https://api.hibob.com/v1"),
            ("http://api.hibob.com/v1", "write https://api.hibob.com/v1"),
            ("http://127.0.0.1.evil.example/v1", "write https://127.0.0.1.evil.example/v1"),
            ("https://svc:hunter2@api.hibob.com/v1", "write https://api.hibob.com/v1"),
            ("https://api.hibob.com/v1?x=1", "write https://api.hibob.com/v1"),
            ("ftp://api.hibob.com/v1", "not ftp"),
            ("", "not the address"),
        ] {
            let error = given.parse::<BaseUrl>().map(|u| u.to_string()).unwrap_err().to_string();
            assert!(error.contains(told), "{given}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn what_is_put_into_a_path_stays_in_its_place() {
        let base: BaseUrl = "http://127.0.0.1:1/v1".parse().unwrap();
        assert_eq!(base.join(&["people", "3332"]), "http://127.0.0.1:1/v1/people/3332");
        assert_eq!(
            base.join(&["people", "a/../b?c#d é"]),
            "http://127.0.0.1:1/v1/people/a%2F%2E%2E%2Fb%3Fc%23d%20%C3%A9"
        );
    }
}
