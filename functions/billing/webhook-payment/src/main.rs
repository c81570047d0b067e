//! Takes what the payment provider posts: checks its signature, asks what was paid, and takes that in.

use std::sync::Arc;

use colibri_app::billing::webhook::PaymentWebhook;
use colibri_lambda::Need::{Bus, Payments, Table};

fn main() {
    colibri_lambda::http(&[Bus, Payments, Table], |world| {
        let payments = world.payments();
        Arc::new(PaymentWebhook { decisions: world.decisions(), payments, invoke: world.invoke() })
    });
}
