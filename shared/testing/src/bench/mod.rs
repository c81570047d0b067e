//! What the frequent things cost: the real handlers over the table in process, and everything that AWS bills for them.
//!
//! Billed units, not calls: a call hides writes of indexes, items above a kilobyte and transactions. But for
//! the own time of pages of a large workspace nothing here is timed, so two runs give the same figures.

// Amounts are small.
#![allow(clippy::cast_precision_loss)]

mod bill;
pub mod prices;
mod report;
mod rows;
mod scale;
mod world;

pub use bill::Bill;
pub use report::{json, markdown, table};
pub use rows::{Row, rows};
pub use scale::rows as rows_of_scale;
