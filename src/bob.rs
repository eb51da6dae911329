//! Bob's wire: the People API (one attempt per call, and what each answer says of a person), and who signed a webhook.

mod address;
mod catalogue;
mod client;
mod cutter;
mod everybody;
mod fault;
mod history;
mod limits;
mod metadata;
mod odd;
mod people;
mod probe;
mod reading;
mod shown;
mod signature;

pub use address::{AddressError, BaseUrl};
pub use client::{Client, Now, Options, SetupError};
pub use everybody::Everybody;
pub use fault::{Fault, Verdict};
pub use history::Row;
pub use metadata::{Field, Item, Lists};
pub use probe::Probe;
pub use reading::Reading;
pub use signature::Signature;
