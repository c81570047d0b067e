//! Works on one subscription: debits, invoices, mails.

use std::sync::Arc;

use colibri_app::billing::run::BillingCharge;
use colibri_lambda::Need::{Bus, ConsoleUrl, Files, Mail, Payments, Table};

fn main() {
    colibri_lambda::json(&[Bus, ConsoleUrl, Files, Mail, Payments, Table], |world| {
        Arc::new(BillingCharge { billing: world.billing() })
    });
}
