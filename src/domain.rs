//! Pure decisions: no I/O, no clock, no async, no logging; `now` is a parameter.

pub mod account;
pub mod digest;
pub mod event;
pub mod facts;
pub mod field;
pub mod plan;
pub mod zone;
