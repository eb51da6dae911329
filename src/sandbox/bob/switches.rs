//! What nobody outside Bob knows for sure, as switches; and what was made up.

use crate::sandbox::switch::{About, Board, Line, about, abouts};

/// A choice between two behaviours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Switch {
    SlashKeys,
    NullsAreShown,
    TitlesAreAList,
    ListsAsItems,
    AllListsAsArray,
    MonthFirst,
    WebhooksV1,
    FieldUpdatesAreText,
    CalculatedAreTold,
    UpdatedAtMidnight,
    RehireKeepsEnd,
    LimitsAlwaysShown,
    RetryAfter,
}

/// Every switch of the double of Bob.
pub const SWITCHES: [About; 13] = abouts(&LINES);

const LINES: [Line<Switch>; 13] = [
    about(
        Switch::SlashKeys,
        "slash_keys",
        true,
        "fields that were asked for are shown a second time, as \"/work/title\": {\"value\": …}",
        "in the example of today's documents, and in no recording",
    ),
    about(
        Switch::NullsAreShown,
        "nulls_are_shown",
        true,
        "a field without a value is shown as null; otherwise it is left out like one that is not permitted",
        "recorded so of an older endpoint",
    ),
    about(
        Switch::TitlesAreAList,
        "titles_are_a_list",
        false,
        "work.title is the id of an item of the list `title`, not a text",
        "differs between companies",
    ),
    about(
        Switch::ListsAsItems,
        "lists_as_items",
        false,
        "a named list has its items below `items`, not below `values`",
        "older documents have it so",
    ),
    about(
        Switch::AllListsAsArray,
        "all_lists_as_array",
        false,
        "all named lists together are an array of lists, not an object by their names",
        "public programs read both",
    ),
    about(
        Switch::MonthFirst,
        "month_first",
        false,
        "dates for humans are MM/DD/YYYY, not DD/MM/YYYY",
        "a setting of the calling user; there are examples of both",
    ),
    about(
        Switch::WebhooksV1,
        "webhooks_v1",
        false,
        "webhooks have the bodies of version 1, with the profile's values",
        "no new ones since April 2025, but old ones go on",
    ),
    about(
        Switch::FieldUpdatesAreText,
        "field_updates_are_text",
        false,
        "an element of `fieldUpdates` is the field's id itself, not an object with it",
        "the documents at hand do not show one",
    ),
    about(
        Switch::CalculatedAreTold,
        "calculated_are_told",
        false,
        "employee.updated also names calculated fields, such as displayName after a change of the first name",
        "one page says so, the newer one that they are not included",
    ),
    about(
        Switch::UpdatedAtMidnight,
        "updated_at_midnight",
        true,
        "what a dated row changes on its day is told by an employee.updated at midnight",
        "documented is only that changed fields are told",
    ),
    about(
        Switch::RehireKeepsEnd,
        "rehire_keeps_end",
        false,
        "the termination date and last day of the employment before stay visible after a rehire",
        "documented is only that the rows of the table stay",
    ),
    about(
        Switch::LimitsAlwaysShown,
        "limits_always_shown",
        true,
        "every answer has the X-RateLimit headers, not a 429 alone",
        "documented is the 429",
    ),
    about(
        Switch::RetryAfter,
        "retry_after",
        false,
        "a 429 has a Retry-After too",
        "one public program reads it, no document has it",
    ),
];

/// What the double made up where it had to answer something, and what no switch turns over.
pub const GUESSES: [&str; 17] = [
    "webhooks wait for each other by employee: one that was not taken holds up the later ones of the same person only",
    "the retries: after 1 minute, then twice as long each time, for three days from the first attempt",
    "a webhook is unanswered after 10 seconds (documented for partners only), and taken with any status from 200 to 299",
    "an act whose date is today or past takes effect at once: a hire for today joins right after being created",
    "garden leave begins on the last day of work itself, and is a row of the lifecycle table",
    "a termination to come is shown in internal.terminationDate from the moment of writing, and fires employee.updated",
    "a hire fires no events for its first rows; a change without a date is one of the row in effect",
    "an end moved fires one table.entry.updated, with the new termination date",
    "deleting a row of the present, such as a termination that is past, fires nothing either",
    "without a row in the lifecycle table there is no start date and no status, and internal.status is Inactive",
    "taking away the access to Bob alone changes root.state, and fires no employee.access.revoked.immediately",
    "somebody on leave who does not remain active is hidden like the hired and the terminated without showInactive",
    "permissions: which category a field has, and that people out of sight are not found, as if they were nobody",
    "the limits of all calls but people/search, metadata and lists; windows of a minute begun by the first call in it",
    "the words of refusals, and the web page of the ban: 403 without JSON",
    "counts of reports, tenure as a text, and ids of managers in the company are null",
    "the sections of a body of version 1, and its fieldUpdates, which have ids only",
];

/// Where the switches stand.
pub(super) type Switches = Board<Switch, 13>;

impl Default for Switches {
    fn default() -> Self {
        Self::new(&LINES)
    }
}
