//! A look at what the service user may see.

use std::collections::{BTreeMap, BTreeSet};

use super::client::Client;
use super::fault::{Fault, Op};
use super::metadata::word;
use crate::domain::field;

/// People that are looked at: fields that none of these shows are shown by nobody.
const ENOUGH: usize = 200;

/// What the service user may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// How many people were looked at; 200 at most. With none, nothing is known of the fields.
    pub people: usize,
    /// The fields that none of them shows: the service user's permissions leave them out, or Bob does not have them.
    pub hidden: BTreeSet<String>,
    /// The fields that must hold a date and are shown in a form that is none, of somebody at least.
    pub odd: BTreeSet<String>,
    /// Those of the fields that Bob does not have; none where its metadata cannot be read.
    pub unknown: BTreeSet<String>,
    /// The sites that these people work at: the id of each, where Bob shows it, by the name.
    pub sites: BTreeMap<String, Option<String>>,
    /// How many searches Bob allows in a minute, if it says.
    pub limit: Option<u32>,
}

impl Client {
    /// Looks at some people as they are read, by one call besides those for the metadata.
    ///
    /// # Errors
    /// If there is no answer, or it is not a list of people.
    pub async fn probe(&self) -> Result<Probe, Fault> {
        let mut everybody = self.everybody().await?;
        let (unknown, sites) = (BTreeSet::new(), BTreeMap::new());
        let limit = self.inner.windows.shown(Op::Search);
        let (hidden, odd) = (self.inner.fields.clone(), BTreeSet::new());
        let mut probe = Probe { people: 0, hidden, odd, unknown, sites, limit };
        while probe.people < ENOUGH {
            let Some(reading) = everybody.next().await? else { break };
            probe.people += 1;
            probe.hidden.retain(|field| reading.omitted.contains(field));
            if let Some(site) = reading.fields.get(field::SITE).and_then(word) {
                probe.sites.insert(site, reading.fields.get(field::SITE_ID).and_then(word));
            }
        }
        probe.odd = self.inner.odd.all();
        probe.unknown = self.catalogue().await?.missing(&self.inner.fields);
        Ok(probe)
    }
}
