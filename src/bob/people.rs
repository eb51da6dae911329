//! Reading one person, or a few by their ids.

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;

use super::client::{Client, LARGEST_PERSON};
use super::everybody::Everybody;
use super::fault::{Fault, Op};
use super::reading::{NOBODY, Reader, Reading};
use crate::domain::field;

impl Client {
    /// Reads one person. None if Bob knows nobody by this id.
    ///
    /// # Errors
    /// If there is no answer, or it is not about this person.
    pub async fn person(&self, id: &str) -> Result<Option<Reading>, Fault> {
        if is_elsewhere(id) {
            return Ok(None);
        }
        let mut reader = self.reader().await?;
        let request = self.request(Method::POST, &["people", id]);
        let asks = reader.catalogue.asks(&reader.fields);
        let request = request.json(&json!({"fields": asks, "humanReadable": "APPEND"}));
        let (asked, body) = match self.call_dated(Op::Person, request, LARGEST_PERSON).await {
            Ok(answer) => answer,
            Err(fault) if fault.is_nobody() => return Ok(None),
            Err(fault) => return Err(fault),
        };
        reader.asked = asked;
        let reading = reader.read(&body).ok_or_else(|| Fault::unreadable(Op::Person, 200, NOBODY))?;
        if reading.employee == id {
            Ok(Some(reading))
        } else {
            Err(Fault::unreadable(Op::Person, 200, "is about somebody else"))
        }
    }

    /// Reads the people with these ids, in one call, inactive ones included. Whom Bob does not know is missing.
    ///
    /// # Errors
    /// If there is no answer, or it is not a whole list of people.
    pub async fn people(&self, ids: &[String]) -> Result<Vec<Reading>, Fault> {
        let mut readings = Vec::with_capacity(ids.len());
        if ids.is_empty() {
            return Ok(readings);
        }
        let mut people = self.search(Some(ids)).await?;
        while let Some(reading) = people.next().await? {
            if ids.contains(&reading.employee) {
                readings.push(reading);
            }
        }
        if people.left_out() > 0 {
            // Somebody who could not be read must not seem to be gone.
            return Err(Fault::unreadable(Op::Search, 200, "holds an entry that cannot be read"));
        }
        Ok(readings)
    }

    /// Reads everybody, inactive ones included, in one call whose answer is read as it comes.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn everybody(&self) -> Result<Everybody, Fault> {
        self.search(None).await
    }

    async fn search(&self, ids: Option<&[String]>) -> Result<Everybody, Fault> {
        let mut reader = self.reader().await?;
        let asks = reader.catalogue.asks(&reader.fields);
        let mut body = json!({"fields": asks, "humanReadable": "APPEND", "showInactive": true});
        if let Some(ids) = ids {
            body["filters"] = json!([{"fieldPath": field::ID, "operator": "equals", "values": ids}]);
        }
        let request = self.request(Method::POST, &["people", "search"]).json(&body);
        let patience = self.patience();
        let answer = tokio::time::timeout(patience, self.send(Op::Search, request)).await;
        let (asked, answer) = answer.unwrap_or_else(|_| Err(Fault::late(Op::Search)))?;
        reader.asked = asked;
        Ok(Everybody::new(answer, reader, patience))
    }

    /// Takes apart the answers to a request that is sent now.
    async fn reader(&self) -> Result<Reader, Fault> {
        let (catalogue, odd) = (self.catalogue().await?, Arc::clone(&self.inner.odd));
        Ok(Reader { fields: self.inner.fields.clone(), catalogue, odd, asked: self.now() })
    }
}

/// Whether the address of somebody with this id would lead to something else. Bob's ids are numbers.
pub(super) fn is_elsewhere(id: &str) -> bool {
    matches!(id, "" | "." | ".." | "search")
}
