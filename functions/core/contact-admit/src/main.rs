//! Lets in who wrote while the contact quota was full.

use std::sync::Arc;

use colibri_app::contact_admit::ContactAdmit;
use colibri_lambda::Need::{Bus, InboundQueue, Table};

fn main() {
    colibri_lambda::json(&[Bus, InboundQueue, Table], |world| {
        Arc::new(ContactAdmit { store: world.store(), queue: world.queue(), invoke: world.invoke() })
    });
}
