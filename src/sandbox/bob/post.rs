//! Webhooks on their way: in order for each employee, tried again for three days.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha512;

use super::event::Event;

/// The second attempt comes that long after the first, and each wait is twice the one before.
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(1);
/// Bob API: retries up to 3 days.
const PATIENCE: TimeDelta = TimeDelta::days(3);

/// Where webhooks go.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The receiver's URL.
    pub url: String,
    /// What bodies are signed with.
    pub secret: String,
}

/// How a webhook fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It will be tried, or tried again.
    Waiting,
    /// The receiver took it.
    Taken,
    /// Three days have passed since the first attempt.
    GivenUp,
}

/// One webhook and what became of it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Whom it is about.
    pub employee: String,
    /// Bob's name of the type.
    pub kind: &'static str,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What is sent.
    pub body: Value,
    /// When each attempt was made, and the status of its answer; none if there was no answer.
    pub attempts: Vec<(DateTime<Utc>, Option<u16>)>,
    /// How it stands.
    pub fate: Fate,
    next: DateTime<Utc>,
}

/// Everything that was and is to be sent.
pub(super) struct Post {
    pub(super) webhook: Option<Webhook>,
    /// The way to the receiver is whole.
    pub(super) line: bool,
    pub(super) deliveries: Vec<Delivery>,
    /// All before this one are through.
    first: usize,
}

impl Post {
    pub(super) fn new(webhook: Option<Webhook>) -> Self {
        Self { webhook, line: true, deliveries: Vec::new(), first: 0 }
    }

    /// Takes what happened; where no webhook is connected nobody is told.
    pub(super) fn take(&mut self, events: Vec<Event>) {
        if self.webhook.is_none() {
            return;
        }
        self.deliveries.extend(events.into_iter().map(|Event { employee, kind, at, body }| Delivery {
            employee,
            kind,
            at,
            body,
            attempts: Vec::new(),
            fate: Fate::Waiting,
            next: at,
        }));
    }

    /// The webhooks to be sent now, by their places: of each employee the first that is not through.
    pub(super) fn due(&mut self, now: DateTime<Utc>) -> Vec<usize> {
        let waiting = |delivery: &Delivery| delivery.fate == Fate::Waiting;
        while self.deliveries.get(self.first).is_some_and(|delivery| !waiting(delivery)) {
            self.first += 1;
        }
        let (mut held, mut due) = (BTreeSet::new(), Vec::new());
        for (place, delivery) in self.deliveries.iter_mut().enumerate().skip(self.first) {
            if let Some((began, _)) = delivery.attempts.first()
                && now - *began > PATIENCE
                && waiting(delivery)
            {
                delivery.fate = Fate::GivenUp;
            }
            if waiting(delivery) && held.insert(delivery.employee.clone()) && delivery.next <= now {
                due.push(place);
            }
        }
        due
    }

    /// When the next webhook is to be sent.
    pub(super) fn next(&self) -> Option<DateTime<Utc>> {
        self.webhook.as_ref()?;
        let waiting =
            self.deliveries.iter().skip(self.first).filter(|delivery| delivery.fate == Fate::Waiting);
        let mut held = BTreeSet::new();
        waiting.filter(|delivery| held.insert(&delivery.employee)).map(|delivery| delivery.next).min()
    }

    /// Keeps what an attempt brought.
    pub(super) fn answered(&mut self, place: usize, at: DateTime<Utc>, status: Option<u16>) {
        let Some(delivery) = self.deliveries.get_mut(place) else { return };
        delivery.attempts.push((at, status));
        if status.is_some_and(|status| (200..300).contains(&status)) {
            delivery.fate = Fate::Taken;
            return;
        }
        let (first, _) = delivery.attempts[0];
        let doubled = 1 << (delivery.attempts.len() - 1).min(16);
        delivery.next = at + FIRST_WAIT * doubled;
        if delivery.next - first > PATIENCE {
            delivery.fate = Fate::GivenUp;
        }
    }
}

impl Webhook {
    /// What the header `Bob-Signature` has for this body.
    pub(super) fn signature(&self, body: &[u8]) -> String {
        let key = Hmac::<Sha512>::new_from_slice(self.secret.as_bytes());
        let mut mac = key.expect("a key of any length will do");
        mac.update(body);
        BASE64_STANDARD.encode(mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_signed_as_bob_signs_it() {
        let webhook = Webhook { url: String::new(), secret: "test-secret".into() };
        assert_eq!(
            webhook.signature(b"Ping test"),
            "eDct8FSJDg1POGEfcRZD6uLCbmHvWtRwawOvBRDe5wc6UyQkpVfQC1tYsUzKOjET/BM0uXABNaUu6BvKQ5/mEw=="
        );
    }

    #[test]
    fn waits_double_for_three_days_and_only_the_same_person_waits_behind() {
        let webhook = Webhook { url: String::new(), secret: String::new() };
        let mut post = Post::new(Some(webhook));
        let start = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let event = |employee: &str| Event {
            employee: employee.into(),
            kind: "employee.updated",
            at: start,
            body: Value::Null,
        };
        post.take(vec![event("1"), event("1"), event("2")]);
        assert_eq!(post.due(start), [0, 2]);
        post.answered(2, start, Some(204));
        let mut waits = Vec::new();
        while post.deliveries[0].fate == Fate::Waiting {
            let at = post.deliveries[0].next;
            assert!(post.due(at - TimeDelta::seconds(1)).is_empty());
            assert_eq!(post.due(at), [0]);
            post.answered(0, at, Some(503));
            waits.push((at - start).num_minutes());
        }
        assert_eq!(waits, [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 2047, 4095]);
        assert_eq!(post.deliveries[0].fate, Fate::GivenUp);
        assert_eq!(post.due(start + TimeDelta::days(3)), [1]);
    }
}
