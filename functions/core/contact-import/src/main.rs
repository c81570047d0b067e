//! Carries out imports of contacts, and takes them back.

use std::sync::Arc;

use colibri_app::import::{ContactImport, SLICES};
use colibri_lambda::Need::{Bus, Files, Table};

fn main() {
    colibri_lambda::json(&[Bus, Files, Table], |world| {
        Arc::new(ContactImport {
            store: world.store(),
            files: world.files(),
            invoke: world.invoke(),
            clock: world.clock(),
            ids: world.ids(),
            slices: SLICES,
        })
    });
}
