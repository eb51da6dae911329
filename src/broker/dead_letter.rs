//! Sets rejected messages aside, as they came, with the reason.

use chrono::{DateTime, Utc};
use lapin::BasicProperties;
use lapin::message::Delivery;
use lapin::types::{AMQPValue, FieldTable};

use super::Error;
use super::dead::History;
use super::publish::{Outbox, PERSISTENT};

/// Longer headers are left out: they must fit into one frame (128 KiB).
const HEADER_BYTES: usize = 64 * 1024;

/// A message and why it is rejected.
pub(super) struct Letter<'a> {
    pub(super) delivery: &'a Delivery,
    pub(super) reason: &'a str,
    pub(super) employee: Option<&'a str>,
    pub(super) at: DateTime<Utc>,
}

/// Publishes all of them, and returns once the broker has taken over every one.
pub(super) async fn set_aside(outbox: &Outbox, letters: &[Letter<'_>]) -> Result<(), Error> {
    let failed = |source| Error::DeadLetter { count: letters.len(), source: Box::new(source) };
    let mut confirms = Vec::with_capacity(letters.len());
    for letter in letters {
        let key = letter.delivery.routing_key.as_str();
        let sent = outbox.publish(key, &letter.delivery.data, properties(letter)).await;
        confirms.push(sent.map_err(failed)?);
    }
    for confirm in confirms {
        confirm.wait().await.map_err(failed)?;
    }
    Ok(())
}

/// Those of the original, with one more failure in its history.
fn properties(letter: &Letter<'_>) -> BasicProperties {
    let original = letter.delivery.properties.headers().clone().unwrap_or_default();
    let history = History::read(&original).failed(letter.reason, letter.employee, letter.at);
    let mut headers = original;
    if format!("{headers:?}").len() > HEADER_BYTES {
        headers = FieldTable::default();
        headers.insert("x-headers-left-out".into(), AMQPValue::Boolean(true));
    }
    copy(&letter.delivery.properties).with_headers(history.write(&headers))
}

/// All but the headers, and but what would harm the copy: with `expiration` it would vanish again, and with another's
/// `user-id` the broker refuses it and closes the channel.
pub(super) fn copy(original: &BasicProperties) -> BasicProperties {
    let mut copy = BasicProperties::default().with_delivery_mode(PERSISTENT);
    copy = original.content_type().clone().into_iter().fold(copy, BasicProperties::with_content_type);
    copy = original.content_encoding().clone().into_iter().fold(copy, BasicProperties::with_content_encoding);
    copy = original.priority().iter().copied().fold(copy, BasicProperties::with_priority);
    copy = original.correlation_id().clone().into_iter().fold(copy, BasicProperties::with_correlation_id);
    copy = original.reply_to().clone().into_iter().fold(copy, BasicProperties::with_reply_to);
    copy = original.message_id().clone().into_iter().fold(copy, BasicProperties::with_message_id);
    copy = original.timestamp().iter().copied().fold(copy, BasicProperties::with_timestamp);
    copy = original.kind().clone().into_iter().fold(copy, BasicProperties::with_type);
    original.app_id().clone().into_iter().fold(copy, BasicProperties::with_app_id)
}
