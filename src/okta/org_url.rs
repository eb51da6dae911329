//! The address of an Okta org, in the one form that the API calls are built on.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;
use serde::Deserialize;

use crate::domain::loopback::is_loopback;

/// The address of an org, such as `https://acme.okta.com`: no path, no slash at the end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct OrgUrl {
    origin: String,
    loopback: bool,
}

/// Why a text is not the address of an org, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrgUrlError {
    /// Not an address at all.
    #[error("not the address of an Okta org: write it like https://acme.okta.com")]
    NotAnAddress,
    /// Neither http nor https.
    #[error("an Okta org is reached by https, not {0}: write it like https://acme.okta.com")]
    Scheme(String),
    /// http to another machine would send the token in the clear.
    #[error("http would send the API token in the clear: write {0} (http is for loopback addresses only)")]
    Clear(String),
    /// The address of the admin console.
    #[error("this is the address of the admin console, the API is elsewhere: write {0}")]
    AdminConsole(String),
    /// A name or password before the host.
    #[error("a name or password before the host is not used: write {0}")]
    UserInfo(String),
    /// More than scheme, host and port.
    #[error("only scheme and host belong here, the paths of the API are added: write {0}")]
    Path(String),
}

impl OrgUrl {
    /// Whether the org is on this machine, as the sandbox is.
    pub(super) fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// The address of an API path, such as `/api/v1/users`.
    pub(super) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

impl FromStr for OrgUrl {
    type Err = OrgUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&full).map_err(|_| OrgUrlError::NotAnAddress)?;
        if full.matches(":/").count() > 1
            || url.host_str().is_none_or(|host| host.contains(['{', '}', '<', '>']))
        {
            return Err(OrgUrlError::NotAnAddress);
        }
        let secure = match url.scheme() {
            "https" => true,
            "http" => false,
            other => return Err(OrgUrlError::Scheme(other.to_owned())),
        };
        let host = url.host_str().ok_or(OrgUrlError::NotAnAddress)?;
        let loopback = is_loopback(host);
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let scheme = if loopback { url.scheme() } else { "https" };
        let origin = match admin_console(host) {
            Some(org) => format!("{scheme}://{org}{port}"),
            None => format!("{scheme}://{host}{port}"),
        };
        if !url.username().is_empty() || url.password().is_some() {
            Err(OrgUrlError::UserInfo(origin))
        } else if admin_console(host).is_some() {
            Err(OrgUrlError::AdminConsole(origin))
        } else if !secure && !loopback {
            Err(OrgUrlError::Clear(origin))
        } else if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            Err(OrgUrlError::Path(origin))
        } else {
            Ok(Self { origin, loopback })
        }
    }
}

impl TryFrom<String> for OrgUrl {
    type Error = OrgUrlError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for OrgUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

/// The org's own host, if this one is its admin console's: `acme-admin.okta.com` → `acme.okta.com`.
fn admin_console(host: &str) -> Option<String> {
    let (label, domain) = host.split_once('.')?;
    let org = label.strip_suffix("-admin")?;
    let of_okta =
        ["okta.com", "oktapreview.com", "okta-emea.com", "okta-gov.com", "okta.mil", "trexcloud.com"];
    of_okta.contains(&domain).then(|| format!("{org}.{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_addresses_have_one_normal_form() {
        for (given, normal) in [
            ("https://acme.okta.com", "https://acme.okta.com"),
            ("https://acme.okta.com/", "https://acme.okta.com"),
            (" Acme.Okta.com ", "https://acme.okta.com"),
            ("https://login.acme.example:8443/", "https://login.acme.example:8443"),
            ("https://acme.okta.com:443", "https://acme.okta.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost:1/", "http://localhost:1"),
            ("http://[::1]:99", "http://[::1]:99"),
            ("https://acme-admin.example.com", "https://acme-admin.example.com"),
        ] {
            assert_eq!(given.parse::<OrgUrl>().map(|u| u.to_string()).as_deref(), Ok(normal), "{given}");
        }
    }

    #[test]
    fn bad_addresses_are_told_what_to_write() {
        for (given, told) in [
            ("https://acme.okta.com/admin", "write https://acme.okta.com"),
            ("acme.okta.com/api/v1", "write https://acme.okta.com"),
            ("https://acme.okta.com?x=1", "write https://acme.okta.com"),
            ("https://acme.okta.com#top", "write https://acme.okta.com"),
            ("https://acme-admin.okta.com/admin", "write https://acme.okta.com"),
            ("https://acme-admin.oktapreview.com", "write https://acme.oktapreview.com"),
            ("http://acme.okta.com", "write https://acme.okta.com"),
            ("http://127.0.0.1.evil.example", "write https://127.0.0.1.evil.example"),
            ("https://ann:hunter2@acme.okta.com", "write https://acme.okta.com"),
            ("ftp://acme.okta.com", "not ftp"),
            ("https://{yourOktaDomain}", "not the address"),
            ("", "not the address"),
            ("http:/acme", "not the address"),
        ] {
            let error = given.parse::<OrgUrl>().map(|u| u.to_string()).unwrap_err().to_string();
            assert!(error.contains(told), "{given}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
