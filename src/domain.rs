//! Pure decisions: no I/O, no clock, no async, no logging; `now` is a parameter.

pub mod access;
pub mod account;
pub mod attribute;
pub mod block;
pub mod condition;
pub mod country;
pub mod decide;
pub mod digest;
pub mod drift;
pub mod employee;
pub mod event;
pub mod facts;
pub mod field;
pub mod formula;
pub mod guard;
pub mod identity;
pub mod loopback;
pub mod mapping;
pub mod news;
pub mod outlook;
pub mod plan;
pub mod protect;
pub mod schema;
pub mod scope;
pub mod urgency;
pub mod zone;
