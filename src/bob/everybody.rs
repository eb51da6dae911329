//! Everybody, or those who were searched for: one answer, read person by person while it comes.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use reqwest::Response;
use tokio::time::timeout;

use super::client::LARGEST_PERSON;
use super::cutter::{Cutter, Entry};
use super::fault::{Fault, Op};
use super::reading::{NOBODY, Reader, Reading};

/// An answer of many people that is still coming. To drop it is to stop reading.
pub struct Everybody {
    answer: Response,
    reader: Reader,
    patience: Duration,
    cutter: Cutter,
    ready: VecDeque<Entry>,
    place: usize,
    left_out: usize,
    fault: Option<Fault>,
}

impl Everybody {
    pub(super) fn new(answer: Response, reader: Reader, patience: Duration) -> Self {
        let (cutter, ready) = (Cutter::new(LARGEST_PERSON), VecDeque::new());
        Self { answer, reader, patience, cutter, ready, place: 0, left_out: 0, fault: None }
    }

    /// The next person; none only after the list has come to its proper end. An entry that is no person is
    /// passed over, with a word in the log.
    ///
    /// # Errors
    /// If the answer breaks off, or is not a list of people; then for ever.
    pub async fn next(&mut self) -> Result<Option<Reading>, Fault> {
        loop {
            if let Some(fault) = &self.fault {
                return Err(fault.clone());
            }
            while let Some(entry) = self.ready.pop_front() {
                self.place += 1;
                if let Some(reading) = self.read(entry) {
                    return Ok(Some(reading));
                }
            }
            match self.more().await {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(fault) => self.fault = Some(fault),
            }
        }
    }

    /// How many entries so far were no person that could be read: while there are any, nobody is to be taken
    /// for missing.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    fn read(&mut self, entry: Entry) -> Option<Reading> {
        let (reading, why) = match entry {
            Some(entry) => (self.reader.read(&entry), NOBODY),
            None => (None, "is larger than anybody's"),
        };
        if reading.is_none() {
            self.left_out += 1;
            tracing::warn!(
                code = "bob.left_out",
                reason = format!("entry {} of Bob's list of people {why}", self.place),
                "left out, and what Bob has of this person is not read"
            );
        }
        reading
    }

    /// Takes in the next part of the answer, if there is one.
    async fn more(&mut self) -> Result<bool, Fault> {
        let status = self.answer.status().as_u16();
        let odd = || Fault::unreadable(Op::Search, status, "is no list of people");
        match timeout(self.patience, self.answer.chunk()).await {
            Err(_) => Err(Fault::late(Op::Search)),
            Ok(Err(_)) => Err(Fault::cut_short(Op::Search, status)),
            Ok(Ok(Some(part))) => self.cutter.feed(&part, &mut self.ready).map(|()| true).map_err(|_| odd()),
            Ok(Ok(None)) if self.cutter.is_whole() => Ok(false),
            Ok(Ok(None)) if self.place > 0 => Err(Fault::cut_short(Op::Search, status)),
            Ok(Ok(None)) => Err(odd()),
        }
    }
}

impl fmt::Debug for Everybody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Everybody").field("place", &self.place).finish_non_exhaustive()
    }
}
