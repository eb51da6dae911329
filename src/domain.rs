//! Pure decisions: no I/O, no clock, no async, no logging; `now` is a parameter.

pub mod access;
pub mod account;
pub mod attribute;
pub mod condition;
pub mod country;
pub mod formula;
pub mod mapping;
pub mod plan;
pub mod scope;
pub mod urgency;
pub mod zone;
