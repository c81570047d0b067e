//! Mails unread answers to visitors who went away.

use std::sync::Arc;

use colibri_app::webchat::note::WebchatNote;
use colibri_lambda::Need::{Mail, NoteQueue, Table, Vault, WebhookUrl};

fn main() {
    colibri_lambda::queue(&[Mail, NoteQueue, Table, Vault, WebhookUrl], |world| {
        let (store, vault, mail) = (world.store(), world.vault(), world.mail());
        let base_url = world.settings().webhook_url().to_owned();
        let (queue, clock, metrics) = (world.queue(), world.clock(), world.metrics());
        Arc::new(WebchatNote { store, vault, mail, queue, clock, metrics, base_url })
    });
}
