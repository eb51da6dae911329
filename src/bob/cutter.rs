//! Cuts the answer of a people search into its entries, while it is still arriving.

use std::collections::VecDeque;

/// The key under which people are listed (Bob API: people search).
const LIST: &[u8] = b"employees";

/// The text of one entry, without a check that it is JSON; none if it is too large to be looked at.
pub(super) type Entry = Option<Vec<u8>>;

/// How far the answer has been taken apart. Commas are not insisted on: that it comes to its proper end is.
#[derive(Debug)]
pub(super) struct Cutter {
    at: At,
    name: Vec<u8>,
    entry: Vec<u8>,
    /// How many brackets of the value are open.
    open: usize,
    quoted: bool,
    escaped: bool,
    listed: bool,
    largest: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Start,
    /// Before a name, or the end.
    Member,
    Name,
    Colon,
    Value,
    /// In a value that is none of ours.
    Other,
    /// Before an entry, or the end of the list.
    List,
    Entry,
    End,
}

/// The answer is not what a search gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Odd;

impl Cutter {
    /// A cutter that drops entries over so many bytes.
    pub fn new(largest: usize) -> Self {
        Self {
            at: At::Start,
            name: Vec::new(),
            entry: Vec::new(),
            open: 0,
            quoted: false,
            escaped: false,
            listed: false,
            largest,
        }
    }

    /// Takes the next part of the answer; the entries that it completes are put at the end of `ready`.
    pub fn feed(&mut self, mut part: &[u8], ready: &mut VecDeque<Entry>) -> Result<(), Odd> {
        while !part.is_empty() {
            if self.quoted && !self.escaped {
                // Most of an answer is text: it is taken in one piece.
                let end = part.iter().position(|b| matches!(b, b'"' | b'\\')).unwrap_or(part.len());
                let (text, rest) = part.split_at(end);
                self.keep(text);
                part = rest;
            }
            if let [byte, rest @ ..] = part {
                self.take(*byte, ready)?;
                part = rest;
            }
        }
        Ok(())
    }

    /// Whether the answer has come to its end, and listed people.
    pub fn is_whole(&self) -> bool {
        self.at == At::End && self.listed
    }

    fn take(&mut self, byte: u8, ready: &mut VecDeque<Entry>) -> Result<(), Odd> {
        if matches!(self.at, At::Other | At::Entry) {
            return self.inside(byte, ready);
        }
        if self.at == At::Name {
            if byte == b'"' && !self.escaped {
                self.at = At::Colon;
                return Ok(());
            }
            self.escaped = byte == b'\\' && !self.escaped;
            // Long enough to be told from ours.
            if self.name.len() <= LIST.len() {
                self.name.push(byte);
            }
            return Ok(());
        }
        self.at = match (self.at, byte) {
            (at, b' ' | b'\t' | b'\r' | b'\n') | (at @ (At::Member | At::List), b',') => at,
            (At::Start, b'{') => At::Member,
            (At::Member, b'}') => At::End,
            (At::Member, b'"') => {
                self.name.clear();
                At::Name
            }
            (At::Colon, b':') => At::Value,
            (At::Value, b'[') if self.name == LIST && !self.listed => At::List,
            (At::List, b']') => {
                self.listed = true;
                At::Member
            }
            (At::Value, _) => return self.begin(At::Other, byte, ready),
            (At::List, _) => return self.begin(At::Entry, byte, ready),
            _ => return Err(Odd),
        };
        Ok(())
    }

    fn begin(&mut self, at: At, byte: u8, ready: &mut VecDeque<Entry>) -> Result<(), Odd> {
        self.at = at;
        self.entry.clear();
        self.inside(byte, ready)
    }

    /// Within a value: one with brackets or quotes ends with them, another before what follows it.
    fn inside(&mut self, byte: u8, ready: &mut VecDeque<Entry>) -> Result<(), Odd> {
        if self.quoted {
            self.keep(&[byte]);
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.quoted = false,
                _ => return Ok(()),
            }
            if self.quoted || self.open > 0 {
                return Ok(());
            }
            self.end(ready);
            return Ok(());
        }
        match byte {
            b'"' => self.quoted = true,
            b'{' | b'[' => self.open += 1,
            b'}' | b']' if self.open > 0 => {
                self.open -= 1;
                if self.open == 0 {
                    self.keep(&[byte]);
                    self.end(ready);
                    return Ok(());
                }
            }
            b'}' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' if self.open == 0 => {
                self.end(ready);
                return self.take(byte, ready);
            }
            _ => {}
        }
        self.keep(&[byte]);
        Ok(())
    }

    fn keep(&mut self, text: &[u8]) {
        if self.at == At::Entry && self.entry.len() <= self.largest {
            self.entry.extend_from_slice(text);
        }
    }

    fn end(&mut self, ready: &mut VecDeque<Entry>) {
        if self.at == At::Other {
            self.at = At::Member;
            return;
        }
        self.at = At::List;
        let entry = std::mem::take(&mut self.entry);
        ready.push_back((entry.len() <= self.largest).then_some(entry));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The entries, whether it came to its end, with the body given in parts of this length.
    fn cut(body: &str, part: usize, largest: usize) -> Result<(Vec<Option<String>>, bool), Odd> {
        let (mut cutter, mut ready) = (Cutter::new(largest), VecDeque::new());
        for part in body.as_bytes().chunks(part) {
            cutter.feed(part, &mut ready)?;
        }
        let text = |entry: Entry| entry.map(|entry| String::from_utf8(entry).unwrap());
        Ok((ready.into_iter().map(text).collect(), cutter.is_whole()))
    }

    #[test]
    fn entries_are_found_among_whatever_else_there_is() {
        let body = r#" {"a\"employees": "]}", "n": -1.5e3, "o": {"employees": [1]}, "employees" : [
            {"id": "1", "x": [{"y": "}]\"\\"}]}, null,7,"text, [", {} ] , "after": [[]], "employees": [8], "z":true}
            "#;
        let expected = [r#"{"id": "1", "x": [{"y": "}]\"\\"}]}"#, "null", "7", "\"text, [\"", "{}"];
        for part in [1, 2, 7, 1000] {
            let (entries, whole) = cut(body, part, 100).unwrap();
            assert_eq!(entries, expected.map(|entry| Some(entry.to_owned())), "{part}");
            assert!(whole);
        }
    }

    #[test]
    fn what_is_no_list_of_people_is_not_taken_for_an_empty_one() {
        for odd in
            ["<html>", "[]", r#"{"employees":[]}}"#, r#"{"employees":[]} x"#, r#"{"employees":]"#, "{5}"]
        {
            assert_ne!(cut(odd, 3, 10).map(|(_, whole)| whole), Ok(true), "{odd}");
        }
        for unfinished in
            ["", "{}", r#"{"employees":null}"#, r#"{"people":[]}"#, r#"{"employees":{"id":"1"}}"#]
        {
            assert_eq!(cut(unfinished, 3, 10), Ok((vec![], false)), "{unfinished}");
        }
        assert_eq!(cut(r#"{"employees":[]}"#, 3, 10), Ok((vec![], true)));
    }

    #[test]
    fn one_that_is_too_large_is_dropped_and_the_next_is_not() {
        let entries = cut(r#"{"employees":["123456789","1234567",{"a":[1,2,3]},5]}"#, 4, 9).unwrap().0;
        assert_eq!(entries, [None, Some("\"1234567\"".to_owned()), None, Some("5".to_owned())]);
    }

    proptest! {
        #[test]
        fn any_people_in_any_parts_are_cut_alike(
            texts in proptest::collection::vec(any::<String>(), 0..6), part in 1_usize..40, short in 1_usize..400
        ) {
            let people: Vec<_> = texts.iter().map(|text| serde_json::json!({"id": text, "x": [{"y": text}]})).collect();
            let body = serde_json::json!({"a": texts, "employees": people}).to_string();
            let (entries, whole) = cut(&body, part, 1 << 20).unwrap();
            let entries: Vec<serde_json::Value> =
                entries.into_iter().map(|entry| serde_json::from_str(&entry.unwrap()).unwrap()).collect();
            prop_assert_eq!(entries, people);
            prop_assert!(whole);
            let mut end = body.len().saturating_sub(short);
            while !body.is_char_boundary(end) {
                end -= 1;
            }
            prop_assert!(!cut(&body[..end], part, 1 << 20).is_ok_and(|(_, whole)| whole));
        }
    }
}
