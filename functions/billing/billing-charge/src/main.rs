//! Works on one subscription: debits, invoices, mails.

use std::sync::Arc;

use colibri_app::billing::run::BillingCharge;
use colibri_lambda::Need::{ConsoleUrl, Files, Mail, Payments, Table};

fn main() {
    colibri_lambda::json(&[ConsoleUrl, Files, Mail, Payments, Table], |world| {
        Arc::new(BillingCharge { billing: world.billing() })
    });
}
