//! One request as the routes want it: path in parts, query and body decoded.

use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::Value;

use super::reply::Refusal;

const RECORDED: [&str; 11] = [
    "accept",
    "accept-encoding",
    "authorization",
    "content-length",
    "content-type",
    "host",
    "if-match",
    "prefer",
    "transfer-encoding",
    "user-agent",
    "x-okta-user-agent-extended",
];

/// What came in.
pub(super) struct Request {
    pub(super) method: String,
    /// Path and query as sent.
    pub(super) target: String,
    /// The decoded parts of the path.
    pub(super) path: Vec<String>,
    pub(super) raw_query: String,
    query: Vec<(String, String)>,
    /// `None` when the body is no JSON; null when there is none.
    pub(super) body: Option<Value>,
    /// The text of a body that is no JSON, for the record.
    pub(super) raw_body: String,
    pub(super) authorization: String,
    headers: HeaderMap,
    /// Where the request line itself names the host.
    authority: Option<String>,
    /// A method that needs a body came without even saying that it has none.
    pub(super) lacks_length: bool,
}

impl Request {
    pub(super) fn new(head: &Parts, body: &[u8]) -> Self {
        let parsed = if body.is_empty() { Some(Value::Null) } else { serde_json::from_slice(body).ok() };
        let has = |name| head.headers.contains_key(name);
        Self {
            method: head.method.to_string(),
            target: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            path: head.uri.path().split('/').filter(|part| !part.is_empty()).map(decode).collect(),
            raw_query: head.uri.query().unwrap_or_default().to_owned(),
            query: Query::try_from_uri(&head.uri).map(|Query(pairs)| pairs).unwrap_or_default(),
            raw_body: if parsed.is_none() {
                String::from_utf8_lossy(body).into_owned()
            } else {
                String::new()
            },
            body: parsed,
            authorization: head
                .headers
                .get(header::AUTHORIZATION)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
            headers: head.headers.clone(),
            authority: head.uri.authority().map(ToString::to_string),
            lacks_length: matches!(head.method, Method::POST | Method::PUT)
                && !has(header::CONTENT_LENGTH)
                && !has(header::TRANSFER_ENCODING),
        }
    }

    /// The text of a header; none also where it is no ASCII.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn has(&self, header: &str) -> bool {
        self.headers.contains_key(header)
    }

    /// The host that was called, as the caller names it; empty if it does not.
    pub(super) fn host(&self) -> &str {
        self.authority.as_deref().or_else(|| self.header("host")).unwrap_or_default()
    }

    /// The headers that matter, for the record: no secret is among them.
    pub(super) fn recorded_headers(&self) -> Vec<(String, String)> {
        let shown = |(name, value): (&HeaderName, &HeaderValue)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let value = if name == header::AUTHORIZATION { scheme(&value) } else { &value };
            (name.as_str().to_owned(), value.to_owned())
        };
        self.headers.iter().filter(|(name, _)| RECORDED.contains(&name.as_str())).map(shown).collect()
    }

    /// The body for the record, without passwords and answers; of one that is no JSON only its text.
    pub(super) fn recorded_body(&self) -> Value {
        let Some(body) = &self.body else { return Value::String(self.raw_body.clone()) };
        let mut body = body.clone();
        blank(&mut body, false);
        body
    }

    pub(super) fn query(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// A boolean of the query, in any case, as Okta reads them; what is neither is refused.
    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, Refusal> {
        let Some(given) = self.query(key) else { return Ok(None) };
        let is = |value: &str| given.eq_ignore_ascii_case(value);
        if !is("true") && !is("false") {
            return Err(Refusal::invalid(key, vec![format!("{key}: it is true or false")]));
        }
        Ok(Some(is("true")))
    }
}

/// `SSWS` or `Bearer`; a secret without a scheme before it is not shown.
fn scheme(authorization: &str) -> &str {
    let known = ["SSWS", "Bearer", "DPoP", "Basic"];
    known.into_iter().find(|scheme| authorization.starts_with(scheme)).unwrap_or_default()
}

/// Blanks what lies below the name of a secret. A profile has none, whatever its attributes are called.
fn blank(value: &mut Value, secret: bool) {
    const SECRETS: [&str; 4] = ["password", "oldPassword", "newPassword", "answer"];
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut().filter(|(name, _)| *name != "profile") {
                blank(value, secret || SECRETS.contains(&name.as_str()));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| blank(item, secret)),
        Value::String(text) if secret => text.clear(),
        _ => {}
    }
}

/// Percent-decoding; what is not well encoded stays as it is.
fn decode(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = (*first == b'%')
            .then(|| tail.get(..2).and_then(|digits| str::from_utf8(digits).ok()))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(hex.unwrap_or(*first));
        rest = if hex.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn paths_are_decoded() {
        for (sent, meant) in
            [("ann%40x.com", "ann@x.com"), ("a+b@x.com", "a+b@x.com"), ("zo%C3%AB", "zoë"), ("50%", "50%")]
        {
            assert_eq!(decode(sent), meant);
        }
    }
}
