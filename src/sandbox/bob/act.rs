//! What somebody in HR can do, as one writes it down: in a file of acts, in a call, or in a test.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, Value};

/// One deed in HR. Dates are calendar dates where the person works; left out they are today. `who` is an
/// employee's id or email; fields are dotted ids with values, lists by name or by item id.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Somebody is hired: an employee file, and a row that begins on the start date.
    Hire {
        /// The employee's id; left out, one like Bob's.
        id: Option<String>,
        /// The first day.
        start: Option<NaiveDate>,
        /// At least `root.email`; `work.site` is a site's name or id.
        fields: Map<String, Value>,
    },
    /// Fields change: at once, or with a new row of the work table from a day on.
    Change {
        /// Whose.
        who: String,
        /// The day of a new row; only for what the work table holds.
        from: Option<NaiveDate>,
        /// The new values; null clears.
        fields: Map<String, Value>,
    },
    /// The start date is another one.
    MoveStart {
        /// Whose.
        who: String,
        /// The new first day.
        start: NaiveDate,
    },
    /// The row that begins the employment is deleted. Bob tells nobody.
    CancelHire {
        /// Whose.
        who: String,
    },
    /// An end of the employment is written.
    Terminate {
        /// Whose.
        who: String,
        /// The termination date.
        on: Option<NaiveDate>,
        /// The last day of work; before the termination date it begins a garden leave.
        last_day: Option<NaiveDate>,
        /// An item of the list `terminationReason`.
        reason: Option<String>,
        /// With "Revoke access immediately".
        #[serde(default)]
        revoke: bool,
    },
    /// The end is on another date.
    MoveTermination {
        /// Whose.
        who: String,
        /// The new termination date.
        on: NaiveDate,
        /// The new last day of work; left out, none.
        last_day: Option<NaiveDate>,
    },
    /// The rows that end the employment are deleted. Bob tells nobody.
    CancelTermination {
        /// Whose.
        who: String,
    },
    /// Somebody who left comes back: the same file, a new employment.
    Rehire {
        /// Who.
        who: String,
        /// The first day, after the termination date.
        start: Option<NaiveDate>,
        /// What changes with it.
        #[serde(default)]
        fields: Map<String, Value>,
    },
    /// A leave of absence.
    Leave {
        /// Who.
        who: String,
        /// The first day of it.
        from: Option<NaiveDate>,
        /// What Bob calls the status, in lower case; `leave` if left out.
        status: Option<String>,
        /// With "Remain active".
        #[serde(default)]
        remain_active: bool,
        /// For the record only: nobody comes back by this date alone.
        until: Option<NaiveDate>,
    },
    /// Back from the leave.
    Back {
        /// Who.
        who: String,
        /// The first day back.
        from: Option<NaiveDate>,
    },
    /// The access to Bob is taken away, and nothing else.
    Revoke {
        /// Whose.
        who: String,
    },
    /// The employee file is deleted.
    Delete {
        /// Whose.
        who: String,
    },
    /// A site is opened, or moved to another zone.
    Site {
        /// Its name.
        name: String,
        /// The IANA name of its time zone.
        zone: String,
    },
    /// The way from Bob to the webhook's receiver is cut, or whole again.
    Line {
        /// Whether it is whole.
        up: bool,
    },
}
