//! Writes notifications for what needs a person.

use std::sync::Arc;

use colibri_app::notify::Notify;
use colibri_lambda::Need::Table;

fn main() {
    colibri_lambda::json(&[Table], |world| Arc::new(Notify { store: world.store() }));
}
