//! Writes exports slice by slice and joins them.

use std::sync::Arc;

use colibri_app::export::{ContactExport, SLICES};
use colibri_lambda::Need::{Bus, Files, Table};

fn main() {
    colibri_lambda::json(&[Bus, Files, Table], |world| {
        Arc::new(ContactExport {
            store: world.store(),
            files: world.files(),
            invoke: world.invoke(),
            clock: world.clock(),
            slices: SLICES,
            span: None,
        })
    });
}
