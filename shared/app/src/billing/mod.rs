//! Charges, payments and invoices: what the subscription's rules decide, done.

pub mod pdf;
