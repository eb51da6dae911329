//! Headers: what the operation declares, and what Okta asks of every request.

use okta_provisioner::sandbox::Call;
use serde_json::Value;

use super::{Checked, Operation, query};

/// Headers that only some operations know.
const CONDITIONS: [&str; 2] = ["if-match", "prefer"];

pub fn check(operation: &Operation<'_>, call: &Call, checked: &mut Checked) {
    let declared = operation.parameters("header");
    for (name, value) in &call.headers {
        let parameter = declared
            .iter()
            .find(|parameter| parameter["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case(name)));
        match parameter {
            Some(parameter) => query::one(operation, parameter, "header", value, checked),
            None if CONDITIONS.contains(&name.as_str()) => {
                checked.wrong.push(format!("header {name}: unknown"));
            }
            None => {}
        }
    }
    let mut must = |is: bool, what: &str| {
        if !is {
            checked.wrong.push(format!("header {what}"));
        }
    };
    must(call.header("accept") == Some("application/json"), "accept: not application/json");
    must(
        schemes(operation).contains(&call.header("authorization").unwrap_or_default()),
        "authorization: no scheme of the operation",
    );
    must(
        call.header("user-agent").is_some_and(|agent| agent.starts_with("okta-provisioner/")),
        "user-agent: not our name",
    );
    must(call.header("transfer-encoding").is_none(), "transfer-encoding: the length is not said");
    let length = call.header("content-length").map(str::parse::<usize>);
    if call.body.is_null() {
        let empty = if call.method == "POST" || call.method == "PUT" {
            length == Some(Ok(0))
        } else {
            !matches!(length, Some(Ok(1..)))
        };
        must(empty, "content-length: not 0, and there is no body");
        must(call.header("content-type").is_none(), "content-type: there is no body");
    } else {
        must(matches!(length, Some(Ok(1..))), "content-length: missing");
    }
}

/// How the `Authorization` header may begin.
fn schemes<'b>(operation: &Operation<'b>) -> Vec<&'b str> {
    let ways = operation.own.get("security").and_then(Value::as_array);
    let names = ways.into_iter().flatten().filter_map(|way| way.as_object()?.keys().next());
    names
        .map(|name| match name.as_str() {
            "apiToken" => "SSWS",
            "oauth2" => "Bearer",
            other => panic!("an unknown way to authorise: {other}"),
        })
        .collect()
}
