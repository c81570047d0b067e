//! Finds the subscriptions that something is due for, and has each of them worked on.

use std::sync::Arc;

use colibri_app::billing::run::BillingRun;
use colibri_lambda::Need::{Bus, Table};

fn main() {
    colibri_lambda::json(&[Bus, Table], |world| {
        Arc::new(BillingRun { store: world.store(), invoke: world.invoke(), clock: world.clock() })
    });
}
