//! Leases a contact channel and sends, in order, what is due.

use std::sync::Arc;

use colibri_app::send::{MessageSend, Warm};
use colibri_lambda::Need::{Files, NoteQueue, OutboundQueue, Providers, Table, Vault, VisitorPush, Wake};

fn main() {
    colibri_lambda::queue(
        &[Files, NoteQueue, OutboundQueue, Table, Vault, VisitorPush, Wake, Providers],
        |world| {
            Arc::new(MessageSend {
                store: world.store(),
                files: world.files(),
                providers: world.providers(),
                queue: world.queue(),
                scheduler: world.scheduler(),
                clock: world.clock(),
                ids: world.ids(),
                metrics: world.metrics(),
                warm: Warm::default(),
            })
        },
    );
}
