//! What makes a program of the rooms: settings, logs, and how they are put together.

pub mod compose;
pub mod lifecycle;
pub mod settings;
pub mod telemetry;
