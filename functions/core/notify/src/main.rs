//! Writes notifications for what needs a person.

use std::sync::Arc;

use colibri_app::notify::Notify;
use colibri_lambda::Need::{Bus, Table};

fn main() {
    colibri_lambda::json(&[Bus, Table], |world| {
        Arc::new(Notify { store: world.store(), invoke: world.invoke() })
    });
}
