//! From HR facts to the profile that Okta should hold.

mod coerce;
mod compile;
mod entry;
mod row;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use self::entry::Entry;
use super::account::Profile;
use super::attribute::{Limits, Rule};
use super::schema::Schema;

pub use self::compile::Problem;
pub use self::row::{Convert, On, Owner, Row};

/// What is known of one HR field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Known<'a> {
    /// HR has not said anything about it.
    Unknown,
    /// HR says that there is nothing.
    Null,
    /// HR says this.
    Value(&'a Value),
}

impl Known<'_> {
    /// A JSON null and a blank text are nothing.
    pub(super) fn settled(self) -> Self {
        match self {
            Known::Value(Value::Null) => Known::Null,
            Known::Value(Value::String(text)) if text.trim().is_empty() => Known::Null,
            known => known,
        }
    }
}

impl<'a> From<Option<&'a Value>> for Known<'a> {
    fn from(fact: Option<&'a Value>) -> Self {
        fact.map_or(Known::Unknown, |value| Known::Value(value).settled())
    }
}

/// The mapping, checked and compiled.
#[derive(Clone, Debug)]
pub struct Mapping {
    entries: Vec<Entry>,
    /// Attributes that the org requires and no row fills.
    unfilled: Vec<String>,
}

/// What the facts make of the profile.
#[derive(Clone, PartialEq, Default)]
pub struct Output {
    /// Attribute → value. Null clears the attribute, an attribute that is not here is left alone.
    pub profile: Profile,
    /// Attributes that are left alone because of a bad value: optional ones, and of somebody who has an
    /// account also those that only this org requires.
    pub omitted: Vec<Refusal>,
}

/// Attribute names only: profile values stay out of logs.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attributes: Vec<_> = self.profile.keys().collect();
        f.debug_struct("Output").field("attributes", &attributes).field("omitted", &self.omitted).finish()
    }
}

/// An attribute that gets no value from these facts, and why. It never shows the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{attribute}: {rule} ({source_field})")]
pub struct Refusal {
    /// The Okta attribute.
    pub attribute: String,
    /// What is wrong.
    pub rule: Rule,
    /// Where the value comes from: as [`Mapping::source`] says.
    pub source_field: String,
}

/// Required attributes have no good value: this person can be neither created nor updated (where only the
/// org requires them: not created) until HR sends other facts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Block(pub Vec<Refusal>);

impl Mapping {
    /// Takes the rows of the configuration, in their order, and the limits of Okta's attributes.
    ///
    /// # Errors
    /// Everything that is wrong with the rows, at once.
    pub fn compile(rows: &[Row], limits: &Limits) -> Result<Self, Vec<Problem>> {
        compile::entries(rows, limits).map(|entries| Mapping { entries, unfilled: Vec::new() })
    }

    /// The same mapping where the org's schema is this: values are checked against it, and attributes that
    /// it does not have, or lets nobody write, are left alone.
    #[must_use]
    pub fn under(&self, schema: &Schema) -> Self {
        let unfilled = schema
            .iter()
            .filter(|(name, attribute)| {
                attribute.is_needed()
                    && !attribute.is_read_only()
                    && !self.entries.iter().any(|entry| entry.okta == **name)
            })
            .map(|(name, _)| name.clone());
        Mapping {
            unfilled: unfilled.collect(),
            entries: self.entries.iter().map(|entry| entry.under(schema)).collect(),
        }
    }

    /// Whether values are checked in the same way as by another state of this mapping.
    #[must_use]
    pub fn checks_like(&self, other: &Self) -> bool {
        let checks = |entry: &Entry| (entry.okta.clone(), entry.on, entry.limit.clone(), entry.held.clone());
        self.unfilled == other.unfilled
            && self.entries.iter().map(checks).eq(other.entries.iter().map(checks))
    }

    /// What of the mapping does not fit the org's schema whatever HR sends: an attribute and why.
    #[must_use]
    pub fn misfits(&self) -> Vec<Refusal> {
        let held = self.entries.iter().filter_map(|entry| Some(entry.refuse(entry.held.clone()?)));
        held.chain(self.unfilled()).collect()
    }

    fn unfilled(&self) -> impl Iterator<Item = Refusal> {
        let refusal = |name: &String| Refusal {
            attribute: name.clone(),
            rule: Rule::Unmapped,
            source_field: "no row".to_owned(),
        };
        self.unfilled.iter().map(refusal)
    }

    /// The ids of the Bob fields it reads.
    #[must_use]
    pub fn fields(&self) -> BTreeSet<String> {
        self.entries.iter().flat_map(Entry::fields).map(ToOwned::to_owned).collect()
    }

    /// The Okta attributes it writes.
    #[must_use]
    pub fn attributes(&self) -> BTreeSet<String> {
        self.entries.iter().map(|entry| entry.okta.clone()).collect()
    }

    /// Where an attribute's value comes from: the Bob fields, or `a constant`. `None` if it is not mapped.
    #[must_use]
    pub fn source(&self, attribute: &str) -> Option<&str> {
        self.entries.iter().find(|entry| entry.okta == attribute).map(|entry| entry.label.as_str())
    }

    /// The Bob fields that an attribute is made of.
    pub fn reads(&self, attribute: &str) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(move |entry| entry.okta == attribute).flat_map(Entry::fields)
    }

    /// The login that these facts call for; a bad one is none.
    #[must_use]
    pub fn login<'a>(&self, lookup: impl Fn(&str) -> Known<'a>) -> Option<String> {
        let entry = self.entries.iter().find(|entry| entry.okta == "login")?;
        match entry.value(&lookup) {
            Ok(Some(Value::String(login))) => Some(login),
            _ => None,
        }
    }

    /// What HR says of the attributes that are Okta's own: for comparing only. A bad value is none.
    #[must_use]
    pub fn owned_by_okta<'a>(&self, lookup: impl Fn(&str) -> Known<'a>) -> Profile {
        let entries = self.entries.iter().filter(|entry| entry.owner == Owner::Okta && entry.held.is_none());
        let value = |entry: &Entry| Some((entry.okta.clone(), entry.value(&lookup).ok().flatten()?));
        entries.filter_map(value).collect()
    }

    /// What the profile should be by these facts. `creating` also gives the attributes that are
    /// written at creation only, and leaves nulls out.
    ///
    /// # Errors
    /// All required attributes that are unknown, null or bad.
    pub fn profile<'a>(&self, lookup: impl Fn(&str) -> Known<'a>, creating: bool) -> Result<Output, Block> {
        let mut output = Output::default();
        let mut causes = Vec::new();
        for entry in &self.entries {
            match entry.made(&lookup, creating) {
                Made::NotNow | Made::Unknown | Made::Omitted { tell: false, .. } => {}
                Made::Value(Value::Null) if creating => {}
                Made::Value(value) => drop(output.profile.insert(entry.okta.clone(), value)),
                Made::Blocks(rule) => causes.push(entry.refuse(rule)),
                Made::Omitted { rule, .. } => output.omitted.push(entry.refuse(rule)),
            }
        }
        if creating {
            causes.extend(self.unfilled());
        }
        if causes.is_empty() { Ok(output) } else { Err(Block(causes)) }
    }
}

/// What one row of the mapping makes of a person's facts.
#[derive(Clone, Debug, PartialEq)]
pub struct Traced {
    /// The Okta attribute.
    pub attribute: String,
    /// The Bob fields that it reads; none for a constant.
    pub fields: Vec<String>,
    /// What came of it.
    pub made: Made,
}

/// What a row makes of facts.
#[derive(Clone, Debug, PartialEq)]
pub enum Made {
    /// It is written at creation only, and the account is there.
    NotNow,
    /// HR has not told: the attribute is left alone.
    Unknown,
    /// This; null clears the attribute.
    Value(Value),
    /// Nothing can be done for the person without it.
    Blocks(Rule),
    /// It is left out, which is told of each person unless it is so of everybody.
    Omitted {
        /// What is wrong.
        rule: Rule,
        /// Whether that is the person's own trouble.
        tell: bool,
    },
}

impl Mapping {
    /// The way to what [`Mapping::profile`] says: every row in its order.
    #[must_use]
    pub fn trace<'a>(&self, lookup: impl Fn(&str) -> Known<'a>, creating: bool) -> Vec<Traced> {
        let traced = |entry: &Entry| Traced {
            attribute: entry.okta.clone(),
            fields: entry.fields().into_iter().map(str::to_owned).collect(),
            made: entry.made(&lookup, creating),
        };
        self.entries.iter().map(traced).collect()
    }
}

#[cfg(test)]
mod tests;
