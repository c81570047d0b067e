//! Reminds of deletion orders, and carries them out on the last evening of the month.

use std::sync::Arc;

use colibri_app::billing::deletions::DeletionRun;
use colibri_lambda::Need::{Bus, ConsoleUrl, Files, Mail, Table};

fn main() {
    colibri_lambda::json(&[Bus, ConsoleUrl, Files, Mail, Table], |world| {
        Arc::new(DeletionRun {
            store: world.store(),
            files: world.files(),
            invoke: world.invoke(),
            mail: world.mail(),
            clock: world.clock(),
            console_url: world.settings().console_url().to_owned(),
        })
    });
}
