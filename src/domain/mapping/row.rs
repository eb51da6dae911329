//! A row of the mapping as the configuration has it.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::attribute::Kind;

/// One `[[mapping]]` row: an Okta attribute and exactly one of `bob`, `template` and `value`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The attribute's name in Okta, in its letter case.
    pub okta: String,
    /// The id of the Bob field that it takes, such as `work.title`.
    pub bob: Option<String>,
    /// A Jinja template over Bob field ids.
    pub template: Option<String>,
    /// A constant.
    pub value: Option<Value>,
    /// When it is written.
    #[serde(default)]
    pub on: On,
    /// Who has the last word about it once the account is there.
    #[serde(default)]
    pub owner: Owner,
    /// The attribute's data type.
    #[serde(default, rename = "type")]
    pub kind: Kind,
    /// What is made of the value on the way.
    pub convert: Option<Convert>,
}

/// When an attribute is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum On {
    /// Only when the user is created, not when an existing one is adopted.
    Create,
    /// Whenever it differs.
    #[default]
    Always,
}

/// Who has the last word about an attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// HR: what differs is put right.
    #[default]
    Hr,
    /// Okta: HR's value is the first one; later, what differs is told and left alone.
    Okta,
}

/// What is made of a value on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Convert {
    /// A country's English name or ISO 3166 code becomes its alpha-2 code.
    Country,
}
