//! Keeps the search tokens of contacts.

use std::sync::Arc;

use colibri_app::contact_index::ContactIndex;
use colibri_lambda::Need::Table;

fn main() {
    colibri_lambda::json(&[Table], |world| Arc::new(ContactIndex { store: world.store() }));
}
