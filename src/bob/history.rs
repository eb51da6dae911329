//! The rows of a person's lifecycle.

use chrono::NaiveDate;
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::client::{Client, LARGEST_PERSON};
use super::fault::{Fault, Op};
use super::people::is_elsewhere;

/// One row (Bob API: people lifecycle).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The day from which it holds.
    pub effective_date: NaiveDate,
    /// `hired`, `employed`, `terminated`… as the machine's side has it, or with a capital.
    pub status: String,
}

#[derive(Deserialize)]
struct Rows {
    values: Vec<Value>,
}

impl Client {
    /// All rows of a person's lifecycle that the service user may see: without the right to histories only the
    /// current one. None if Bob knows nobody by this id. A row without a date or a status is left out.
    ///
    /// # Errors
    /// If there is no answer, or it is no table.
    pub async fn lifecycle(&self, id: &str) -> Result<Option<Vec<Row>>, Fault> {
        if is_elsewhere(id) {
            return Ok(None);
        }
        let request = self.request(Method::GET, &["people", id, "lifecycle"]);
        let body = match self.call(Op::Lifecycle, request, LARGEST_PERSON).await {
            Ok(body) => body,
            Err(fault) if fault.is_nobody() => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let rows: Rows = serde_json::from_slice(&body)
            .map_err(|_| Fault::unreadable(Op::Lifecycle, 200, "is no table"))?;
        Ok(Some(rows.values.iter().filter_map(|row| Row::deserialize(row).ok()).collect()))
    }
}
