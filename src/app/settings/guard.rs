//! Section `guard`: how much may be taken away before a person must say so, and from whom nothing.

use chrono::TimeDelta;
use serde::Deserialize;

use crate::domain::access::span;
use crate::domain::account::fold;
use crate::domain::field;
use crate::domain::guard::{Guard, Limit};
use crate::domain::protect::Protect;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    #[serde(deserialize_with = "span")]
    window: TimeDelta,
    cuts_count: u32,
    cuts_share: f64,
    revocations_count: u32,
    revocations_share: f64,
    renames_count: u32,
    renames_share: f64,
    rewrites_count: u32,
    rewrites_share: f64,
    rewrite_attributes: usize,
    field: String,
    #[serde(deserialize_with = "span")]
    field_window: TimeDelta,
    field_count: u32,
    field_share: f64,
    protect_employees: Vec<String>,
    protect_logins: Vec<String>,
    protect_groups: Vec<String>,
    protect_roles: Vec<String>,
    keep_super_admins: usize,
}

impl Section {
    /// Who is never cut.
    pub fn protect(&self, problems: &mut Vec<String>) -> Protect {
        let lists = [
            ("protect_employees", &self.protect_employees),
            ("protect_logins", &self.protect_logins),
            ("protect_groups", &self.protect_groups),
            ("protect_roles", &self.protect_roles),
        ];
        for (key, list) in lists {
            if list.iter().any(|entry| entry.trim().is_empty()) {
                problems.push(format!("guard.{key} has an empty entry"));
            }
        }
        for role in &self.protect_roles {
            if !role.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') {
                problems
                    .push(format!("guard.protect_roles: `{role}` is no type of a role, such as SUPER_ADMIN"));
            }
        }
        let trimmed = |list: &[String]| list.iter().map(|entry| entry.trim().to_owned()).collect::<Vec<_>>();
        Protect {
            employees: trimmed(&self.protect_employees).into_iter().collect(),
            logins: self.protect_logins.iter().map(|login| fold(login)).collect(),
            groups: trimmed(&self.protect_groups),
            roles: self.protect_roles.iter().cloned().collect(),
            keep_super_admins: self.keep_super_admins,
        }
    }

    /// The limits, or what is wrong with them.
    pub fn compile(self, problems: &mut Vec<String>) -> Guard {
        let mut limit = |name: &str, count, share| {
            if !(0.0..=1.0).contains(&share) {
                problems.push(format!("guard.{name}_share must be from 0 to 1, not {share}"));
            }
            Limit { count, share }
        };
        let guard = Guard {
            window: self.window,
            cuts: limit("cuts", self.cuts_count, self.cuts_share),
            revocations: limit("revocations", self.revocations_count, self.revocations_share),
            renames: limit("renames", self.renames_count, self.renames_share),
            rewrites: limit("rewrites", self.rewrites_count, self.rewrites_share),
            rewrite_attributes: self.rewrite_attributes,
            of_value: limit("field", self.field_count, self.field_share),
            field: Some(self.field.trim().to_owned()).filter(|name| !name.is_empty()),
            field_window: self.field_window,
        };
        for (key, span) in [("window", guard.window), ("field_window", guard.field_window)] {
            if span <= TimeDelta::zero() || span > TimeDelta::days(366) {
                problems.push(format!("guard.{key} must be longer than nothing and at most a year"));
            }
        }
        if guard.rewrite_attributes == 0 {
            problems.push("guard.rewrite_attributes must be at least 1".into());
        }
        if let Some(name) = &guard.field
            && (name == field::ID || name.starts_with('@') || name.contains(['"', '\\']))
        {
            problems.push(format!("guard.field: `{name}` is no field that people have in common"));
        }
        guard
    }
}
