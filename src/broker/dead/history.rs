//! What a message's headers tell of its failures, and how that goes with it from one failure to the next.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use lapin::types::{AMQPValue, FieldArray, FieldTable, ShortString};

/// Why it failed, for a person.
const REASON: &str = "x-reason";
/// About whom it is.
const EMPLOYEE: &str = "x-employee";
/// When it failed last, and when first (RFC 3339).
const FAILED_AT: &str = "x-failed-at";
const FIRST_FAILED_AT: &str = "x-first-failed-at";
/// How often.
const FAILURES: &str = "x-failures";
/// Why before that, the latest first.
const EARLIER: &str = "x-earlier-reasons";
/// What the broker writes of its own dead-lettering, the latest first.
const DEATH: &str = "x-death";
/// How often a quorum queue has had the message back, by its version.
const RETURNS: [&str; 2] = ["x-delivery-count", "x-acquired-count"];
/// Headers of the broker's own, which say nothing of another message.
const BROKERS: [&str; 6] =
    [DEATH, RETURNS[0], RETURNS[1], "x-first-death-exchange", "x-first-death-queue", "x-first-death-reason"];
const BROKERS_LAST: [&str; 3] = ["x-last-death-exchange", "x-last-death-queue", "x-last-death-reason"];

/// Longer reasons are cut: headers must fit into one frame (128 KiB).
const REASON_CHARS: usize = 2_000;
/// And these even more, of which there are several.
const EARLIER_CHARS: usize = 300;
const MOST_EARLIER: usize = 5;

/// How a message has failed so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::broker) struct History {
    /// How often.
    pub failures: u32,
    /// Why, the last time.
    pub reason: Option<String>,
    /// When, the last time.
    pub at: Option<DateTime<Utc>>,
    /// When, the first time.
    pub first: Option<DateTime<Utc>>,
    /// Why before that, the latest first; the oldest are forgotten.
    pub earlier: Vec<String>,
    /// About whom it is, where that could be told.
    pub employee: Option<String>,
}

impl History {
    /// What these headers tell.
    pub fn read(headers: &FieldTable) -> Self {
        let ours = text(headers, REASON);
        let ours_at = text(headers, FAILED_AT).as_deref().and_then(instant);
        let death = Death::read(headers);
        // Rejected by us and then given up by the broker, or the other way round: the later one is why it is here.
        let by_broker = death.filter(|death| ours.is_none() || death.at > ours_at);
        let counted = number(headers, FAILURES).and_then(|number| u32::try_from(number).ok());
        let mut earlier = texts(headers, EARLIER);
        let (failures, reason, at) = match by_broker {
            Some(death) => {
                let before = counted.unwrap_or_else(|| u32::from(ours.is_some()));
                earlier.splice(0..0, ours);
                (before.saturating_add(1), Some(death.reason), death.at)
            }
            None => (counted.unwrap_or_else(|| u32::from(ours.is_some())), ours, ours_at),
        };
        let first = text(headers, FIRST_FAILED_AT).as_deref().and_then(instant).or(at);
        Self { failures, reason, at, first, earlier, employee: text(headers, EMPLOYEE) }
    }

    /// The same after one more failure.
    pub fn failed(self, reason: &str, employee: Option<&str>, at: DateTime<Utc>) -> Self {
        let past = self.past();
        Self {
            failures: past.failures.saturating_add(1),
            reason: Some(reason.to_owned()),
            at: Some(at),
            first: past.first.or(Some(at)),
            employee: employee.map(str::to_owned),
            ..past
        }
    }

    /// The same for a message that is given another chance: what was wrong is behind it.
    pub fn past(mut self) -> Self {
        self.earlier.splice(0..0, self.reason.take());
        Self { at: None, employee: None, ..self }
    }

    /// The headers with this history in place of theirs.
    pub fn write(self, headers: &FieldTable) -> FieldTable {
        let own = [REASON, EMPLOYEE, FAILED_AT, FIRST_FAILED_AT, FAILURES, EARLIER];
        let others =
            |name: &&str| !own.iter().chain(&BROKERS).chain(&BROKERS_LAST).any(|known| known == name);
        let kept = headers.inner().iter().filter(|(name, _)| others(&name.as_str()));
        let kept: BTreeMap<ShortString, AMQPValue> = kept.map(|(k, v)| (k.clone(), v.clone())).collect();
        let mut headers = FieldTable::from(kept);
        let mut put = |name: &str, text: Option<String>| {
            if let Some(text) = text {
                headers.insert(name.into(), AMQPValue::LongString(text.into()));
            }
        };
        let rfc3339 = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        put(REASON, self.reason.map(|reason| cut(&reason, REASON_CHARS)));
        put(EMPLOYEE, self.employee.map(|employee| cut(&employee, REASON_CHARS)));
        put(FAILED_AT, self.at.map(rfc3339));
        put(FIRST_FAILED_AT, self.first.map(rfc3339));
        if self.failures > 0 {
            let failures = i32::try_from(self.failures).unwrap_or(i32::MAX);
            headers.insert(FAILURES.into(), AMQPValue::LongInt(failures));
        }
        let earlier = self.earlier.iter().take(MOST_EARLIER).map(|reason| cut(reason, EARLIER_CHARS));
        let earlier: Vec<_> = earlier.map(|reason| AMQPValue::LongString(reason.into())).collect();
        if !earlier.is_empty() {
            headers.insert(EARLIER.into(), AMQPValue::FieldArray(FieldArray::from(earlier)));
        }
        headers
    }
}

/// How often a quorum queue has had this message back from somebody.
pub(in crate::broker) fn returns(headers: &FieldTable) -> i64 {
    RETURNS.iter().filter_map(|name| number(headers, name)).max().unwrap_or_default()
}

/// The broker's own dead-lettering.
struct Death {
    reason: String,
    at: Option<DateTime<Utc>>,
}

impl Death {
    fn read(headers: &FieldTable) -> Option<Self> {
        let AMQPValue::FieldArray(deaths) = headers.inner().get(DEATH)? else { return None };
        let AMQPValue::FieldTable(last) = deaths.as_slice().first()? else { return None };
        let word = text(last, "reason").unwrap_or_default();
        let meaning = match word.as_str() {
            "delivery_limit" => "handed out too often without an acknowledgement",
            "expired" => "nobody took it in time",
            "maxlen" => "the queue was full",
            "rejected" => "a consumer refused it",
            _ => "dead-lettered",
        };
        let queue = text(last, "queue").unwrap_or_default();
        let at = match last.inner().get("time") {
            Some(AMQPValue::Timestamp(at)) => {
                i64::try_from(*at).ok().and_then(|at| DateTime::from_timestamp(at, 0))
            }
            _ => None,
        };
        Some(Self { reason: format!("RabbitMQ: {word}: {meaning} (queue {queue})"), at })
    }
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

fn text(headers: &FieldTable, name: &str) -> Option<String> {
    headers.inner().get(name).and_then(as_text)
}

fn texts(headers: &FieldTable, name: &str) -> Vec<String> {
    match headers.inner().get(name) {
        Some(AMQPValue::FieldArray(all)) => all.as_slice().iter().filter_map(as_text).collect(),
        _ => Vec::new(),
    }
}

fn as_text(value: &AMQPValue) -> Option<String> {
    match value {
        AMQPValue::LongString(text) => Some(String::from_utf8_lossy(text.as_bytes()).into_owned()),
        AMQPValue::ShortString(text) => Some(text.as_str().to_owned()),
        _ => None,
    }
}

fn number(headers: &FieldTable, name: &str) -> Option<i64> {
    match headers.inner().get(name)? {
        AMQPValue::ShortShortInt(number) => Some(i64::from(*number)),
        AMQPValue::ShortShortUInt(number) => Some(i64::from(*number)),
        AMQPValue::ShortInt(number) => Some(i64::from(*number)),
        AMQPValue::ShortUInt(number) => Some(i64::from(*number)),
        AMQPValue::LongInt(number) => Some(i64::from(*number)),
        AMQPValue::LongUInt(number) => Some(i64::from(*number)),
        AMQPValue::LongLongInt(number) => Some(*number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn death(reason: &str, second: i64) -> AMQPValue {
        let mut table = FieldTable::default();
        table.insert("reason".into(), AMQPValue::LongString(reason.into()));
        table.insert("queue".into(), AMQPValue::LongString("hr".into()));
        table.insert("time".into(), AMQPValue::Timestamp(u64::try_from(at(second).timestamp()).unwrap()));
        AMQPValue::FieldArray(FieldArray::from(vec![AMQPValue::FieldTable(table)]))
    }

    #[test]
    fn each_failure_is_counted_and_the_reasons_before_it_are_kept_and_bounded() {
        let mut headers = FieldTable::default();
        headers.insert("x-origin".into(), AMQPValue::LongString("payroll".into()));
        for failure in 1..=9_i64 {
            let history =
                History::read(&headers).failed(&format!("reason {failure}"), Some("7"), at(failure));
            headers = history.write(&headers);
            // Replayed in between.
            headers = if failure < 9 { History::read(&headers).past().write(&headers) } else { headers };
        }
        let history = History::read(&headers);
        assert_eq!((history.failures, history.reason.as_deref()), (9, Some("reason 9")));
        assert_eq!((history.first, history.at), (Some(at(1)), Some(at(9))));
        assert_eq!(history.earlier, ["reason 8", "reason 7", "reason 6", "reason 5", "reason 4"]);
        assert_eq!(text(&headers, "x-origin").as_deref(), Some("payroll"));
        let long = History::default().failed(&"x".repeat(9_000), None, at(0)).write(&headers);
        assert_eq!(text(&long, REASON).unwrap().len(), REASON_CHARS);
    }

    #[test]
    fn a_number_that_a_stranger_has_set_does_not_overflow() {
        let mut headers = FieldTable::default();
        headers.insert(FAILURES.into(), AMQPValue::LongLongInt(i64::from(u32::MAX)));
        assert_eq!(History::read(&headers).failed("again", None, at(0)).failures, u32::MAX);
    }

    #[test]
    fn what_the_broker_gave_up_has_its_reason_and_what_came_later_counts() {
        let mut headers = FieldTable::default();
        headers.insert(DEATH.into(), death("delivery_limit", 10));
        let given_up = History::read(&headers);
        assert_eq!((given_up.failures, given_up.at), (1, Some(at(10))));
        assert!(given_up.reason.as_deref().unwrap().starts_with("RabbitMQ: delivery_limit: "));
        // Rejected by us after that, and before it.
        for (second, last) in [(20, "no date"), (5, "RabbitMQ")] {
            let mut both =
                History::default().failed("no date", None, at(second)).write(&FieldTable::default());
            both.insert(DEATH.into(), death("expired", 10));
            let history = History::read(&both);
            assert!(history.reason.as_deref().unwrap().starts_with(last), "{history:?}");
        }
        // Given another chance, the broker must not take it for a message that goes round in a circle.
        let past = given_up.past().write(&headers);
        assert!(!past.contains_key(DEATH));
        assert_eq!((History::read(&past).failures, History::read(&past).earlier.len()), (1, 1));
    }
}
