//! The policy of access, as it is configured.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::domain::facts::Facts;
use crate::domain::field;
use crate::domain::zone;

/// When and how access is given and cut.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What makes a person due for an account.
    pub provision_on: ProvisionOn,
    /// How many days before the start date.
    pub days_before: u16,
    /// The state of an account between provisioning and the start date.
    pub before_start: BeforeStart,
    /// Whether HR's status counts.
    pub status: StatusRule,
    /// When on a leave date access ends.
    pub deactivate_at: DeactivateAt,
    /// What happens to a leaver.
    pub leaver: Leaver,
    /// How long a leaver stays suspended before being deactivated.
    #[serde(deserialize_with = "span")]
    pub grace: TimeDelta,
    /// What a revocation does.
    pub on_revoke: OnRevoke,
    /// What a leave of absence does.
    pub on_leave: OnLeave,
    /// The lifecycle statuses that are a leave of absence, whatever their letter case.
    pub leave_statuses: Vec<String>,
}

impl Policy {
    pub(super) fn is_leave(&self, facts: &Facts) -> bool {
        let same =
            |status: &str| self.leave_statuses.iter().any(|s| s.to_lowercase() == status.to_lowercase());
        let stays_active =
            facts.text(field::ACTIVITY).is_some_and(|status| status.eq_ignore_ascii_case("active"));
        facts.text(field::LIFECYCLE).is_some_and(same) && !stays_active
    }
}

/// What makes a person due for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProvisionOn {
    /// The start date, less `days_before`.
    StartDate,
    /// Being known to HR.
    Creation,
}

/// The state of an account between provisioning and the start date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BeforeStart {
    /// Not activated.
    Staged,
    /// As after the start.
    Active,
}

/// Whether HR's status counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusRule {
    /// Accounts follow HR.
    HrStatus,
    /// Active from the provision moment to the leave moment.
    AlwaysActive,
    /// Created and kept up to date, never activated.
    AlwaysInactive,
}

/// What happens to a leaver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaver {
    /// Deactivated at the leave moment.
    Deactivate,
    /// Suspended at the leave moment, deactivated after the grace.
    SuspendFirst,
}

/// What a revocation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnRevoke {
    /// Suspends and ends the sessions.
    Suspend,
    /// Deactivates.
    Deactivate,
}

/// What a leave of absence does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnLeave {
    /// Nothing.
    Keep,
    /// Suspends for as long as it lasts.
    Suspend,
}

/// When on a leave date access ends, by the person's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum DeactivateAt {
    /// When the day is over.
    EndOfDay,
    /// When the day begins.
    StartOfDay,
    /// At this time of the day.
    At(NaiveTime),
}

impl DeactivateAt {
    /// The leave moment of a date.
    #[must_use]
    pub fn on(self, date: NaiveDate, zone: Tz) -> DateTime<Utc> {
        match self {
            DeactivateAt::EndOfDay => zone::end_of_day(date, zone),
            DeactivateAt::StartOfDay => zone::start_of_day(date, zone),
            DeactivateAt::At(time) => zone::at(date, time, zone),
        }
    }
}

impl TryFrom<String> for DeactivateAt {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "end_of_day" => Ok(DeactivateAt::EndOfDay),
            "start_of_day" => Ok(DeactivateAt::StartOfDay),
            _ => NaiveTime::parse_from_str(&text, "%H:%M")
                .map(DeactivateAt::At)
                .map_err(|_| "expected end_of_day, start_of_day or a time such as 18:00".into()),
        }
    }
}

/// Reads a span of time as people write it, such as `7d` or `25s`.
///
/// # Errors
/// It is not one.
pub fn span<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<TimeDelta, D::Error> {
    let text = String::deserialize(deserializer)?;
    humantime::parse_duration(&text)
        .ok()
        .and_then(|span| TimeDelta::from_std(span).ok())
        .ok_or_else(|| serde::de::Error::custom("expected a span of time such as 7d or 12h"))
}
