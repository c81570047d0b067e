//! Deletes for good what was deleted 30 days ago, and frees places of the quota on the first.

use std::sync::Arc;

use colibri_app::purge::{ContactPurge, PAGES};
use colibri_lambda::Need::{Bus, Files, Table};

fn main() {
    colibri_lambda::json(&[Bus, Files, Table], |world| {
        Arc::new(ContactPurge {
            store: world.store(),
            files: world.files(),
            invoke: world.invoke(),
            clock: world.clock(),
            pages: PAGES,
        })
    });
}
