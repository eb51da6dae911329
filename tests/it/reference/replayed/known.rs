//! The differences that are known, each with its reason. One that is not here fails the test, and so does one
//! that is here and no longer occurs.

use super::super::recording::Recording;

/// Some differences of some recordings, and why they are none of the sandbox's.
pub struct Known {
    /// Ids; of all recordings where there are none.
    ids: &'static [&'static str],
    /// Only recordings of earlier years.
    before: u32,
    /// How the differences begin; one with a `*` in it, which stands for anything, is whole.
    pub differences: &'static [&'static str],
    pub reason: &'static str,
}

impl Known {
    /// Which of its differences this one is.
    pub fn position(&self, recording: &Recording, difference: &str) -> Option<usize> {
        let concerned = self.ids.is_empty() || self.ids.contains(&recording.id.as_str());
        if !concerned || recording.year() >= self.before {
            return None;
        }
        self.differences.iter().position(|known| match known.split_once('*') {
            None => difference.starts_with(known),
            Some((begins, ends)) => difference.starts_with(begins) && difference.ends_with(ends),
        })
    }
}

const EVERY_YEAR: u32 = u32::MAX;

pub const KNOWN: [Known; 20] = [
    Known {
        ids: &["x00295", "x00296"],
        before: EVERY_YEAR,
        differences: &["has $[].profile."],
        reason: "the recording was made anonymous: nothing is left of the profiles",
    },
    Known {
        ids: &["x00145", "x00295", "x00296", "x00297", "x00299"],
        before: EVERY_YEAR,
        differences: &["$.id is id, recorded text", "$[].id is id, recorded text"],
        reason: "the recording was made anonymous: other ids, of no form",
    },
    Known {
        ids: &["x00295"],
        before: EVERY_YEAR,
        differences: &["$[].passwordChanged is time, recorded null"],
        reason: "PROVISIONED with a password that was never set, a recovery question and the links of who is \
                 ACTIVE: a state that the sandbox cannot show",
    },
    Known {
        ids: &["x00303"],
        before: EVERY_YEAR,
        differences: &[
            "$[].activated is time, recorded null",
            "$[].id is id, recorded text",
            "$[].type.id is id, recorded text",
        ],
        reason: "made up, not recorded: its ids say FAKE, and all its dates are one",
    },
    Known {
        ids: &["x00299"],
        before: EVERY_YEAR,
        differences: &["has $[]._links"],
        reason: "the recording was made anonymous: the links are gone",
    },
    Known {
        ids: &["x00298"],
        before: EVERY_YEAR,
        differences: &["lacks $[]"],
        reason: "the recording was made anonymous: nothing of this user begins with what was asked for",
    },
    Known {
        ids: &["x00309", "x00310", "x00421"],
        before: EVERY_YEAR,
        differences: &["links to {\"next\", \"self\"}, recorded {\"next\"}"],
        reason: "the recorder kept the last of two headers with the same name",
    },
    Known {
        ids: &[],
        before: 2017,
        differences: &[
            "has $.type",
            "has $[].type",
            "has $._links.type",
            "has $._links.schema",
            "has $.credentials.emails",
            "has $[].credentials.emails",
            "has $._links.reactivate",
        ],
        reason: "2016: users had no type, no list of emails, and no link to be activated again",
    },
    Known {
        ids: &[],
        before: 2017,
        differences: &["lacks $[]._links."],
        reason: "2016: users in lists had all their links, not only the one to themselves",
    },
    Known {
        ids: &[],
        before: 2017,
        differences: &["no x-rate-limit-"],
        reason: "2016: a call with a bad token was counted, and told so; in 2020 it was not",
    },
    Known {
        ids: &["x00206", "x00210", "x00211", "x00212"],
        before: EVERY_YEAR,
        differences: &[
            "has $.definitions.base.properties.*.mutability",
            "has $.definitions.base.properties.*.scope",
            "has $.definitions.custom.",
            "has $._links",
        ],
        reason: "2016: attributes had neither scope nor mutability, and the schema no links",
    },
    Known {
        ids: &[],
        before: 2021,
        differences: &["has $._links.forgotPassword"],
        reason: "until 2020 only who had a recovery question could forget a password",
    },
    Known {
        ids: &[],
        before: 2023,
        differences: &["has $._links.resetFactors"],
        reason: "until 2022 the link to reset the factors was not shown of a single user; in 2025 it was",
    },
    Known {
        ids: &[
            "x00185", "x00309", "x00310", "x00354", "x00355", "x00356", "x00357", "x00409", "x00421",
            "x00424", "x00425", "x00436", "x00438", "x00500", "x00502",
        ],
        before: 2022,
        differences: &["$.statusChanged is time, recorded null", "$[].statusChanged is time, recorded null"],
        reason: "until 2021 a new STAGED user had changed to no status; since 2025 the status changed at creation",
    },
    Known {
        ids: &[
            "x00294", "x00300", "x00302", "x00304", "x00305", "x00306", "x00308", "x00311", "x00312",
            "x00332", "x00420", "x00488",
        ],
        before: EVERY_YEAR,
        differences: &["$.activated is time, recorded null", "$[].activated is time, recorded null"],
        reason: "the person who opened the org was never activated; the sandbox's has no such past",
    },
    Known {
        ids: &["x00305", "x00342", "x00343"],
        before: EVERY_YEAR,
        differences: &["has $[].credentials.emails", "has $.credentials.emails"],
        reason: "orgs differ: some show no list of emails",
    },
    Known {
        ids: &["x00342", "x00343"],
        before: EVERY_YEAR,
        differences: &["lacks $.realmId"],
        reason: "orgs differ: this one has realms",
    },
    Known {
        ids: &["x00250", "x00262"],
        before: EVERY_YEAR,
        differences: &[
            "$.createdBy is text, recorded id",
            "$.lastUpdatedBy is text, recorded id",
            "$[].createdBy is text, recorded id or text",
            "$[].lastUpdatedBy is text, recorded id or text",
        ],
        reason: "types that an admin has made; the sandbox has only the one of the system",
    },
    Known {
        ids: &["x00207", "x00213"],
        before: EVERY_YEAR,
        differences: &["lacks $.definitions.custom.properties."],
        reason: "the description of a custom attribute, which an org need not give",
    },
    Known {
        ids: &["x00000"],
        before: EVERY_YEAR,
        differences: &["$[].tokenWindow is text, recorded null"],
        reason: "the one list of tokens without their window; twelve of the same org and minutes have it",
    },
];
