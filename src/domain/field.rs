//! The fields of the HR record that decisions name, by Bob's ids.

/// HR's own id of the person: always the subject of the event, never stored as a fact.
pub const ID: &str = "root.id";
/// The work email: the login, unless the mapping says otherwise.
pub const EMAIL: &str = "root.email";
/// The first day of the employment.
pub const START: &str = "work.startDate";
/// The last day at the office.
pub const LAST_DAY: &str = "employee.lastDayOfWork";
/// The day on which the employment ends.
pub const TERMINATION: &str = "internal.terminationDate";
/// `hired`, `employed`, `garden leave`, `terminated`, a kind of leave…
pub const LIFECYCLE: &str = "internal.lifecycleStatus";
/// `Active` or `Inactive`: whether somebody on leave stays active.
pub const ACTIVITY: &str = "internal.status";
/// The site's name.
pub const SITE: &str = "work.site";
/// The site's id.
pub const SITE_ID: &str = "work.siteId";

/// The two dates on which a person can leave; the sooner counts.
pub const LEAVES: [&str; 2] = [LAST_DAY, TERMINATION];
/// The fields that must hold a date.
pub const DATES: [&str; 3] = [START, LAST_DAY, TERMINATION];
/// The fields that the access rules read, whatever is mapped.
pub const ACCESS: [&str; 7] = [START, LAST_DAY, TERMINATION, LIFECYCLE, ACTIVITY, SITE, SITE_ID];

/// Marker: the employee file was deleted (true) or is there again (false).
pub const DELETED: &str = "@deleted";
/// Marker: access was revoked (true) or restored (false).
pub const REVOKED: &str = "@revoked";
/// Marker: a new employment began; only its stamp matters.
pub const REHIRED: &str = "@rehired";
/// Marker: HR does not know the person any more (true), or was read and does (false).
pub const GONE: &str = "@gone";
/// Marker: a read of HR showed no leave date and an active status. Always false, as one that was never set is;
/// only its stamp matters.
pub const LEAVING: &str = "@leaving";
