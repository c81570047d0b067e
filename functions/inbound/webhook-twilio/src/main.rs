//! Takes what Twilio posts: checks the signature over the address and the form and puts the message or report on its queue.

use std::sync::Arc;

use colibri_app::webhook::{Cache, Keys, Webhook};
use colibri_domain::channel::ChannelSource;
use colibri_lambda::Need::{Files, InboundQueue, StatusQueue, Table, Vault, WebhookUrl};

fn main() {
    colibri_lambda::http(&[Files, InboundQueue, StatusQueue, Table, Vault, WebhookUrl], |world| {
        Arc::new(Webhook {
            source: ChannelSource::Twilio,
            store: world.store(),
            files: world.files(),
            queue: world.queue(),
            keys: Keys::Accounts { vault: world.vault(), base: world.settings().webhook_url().to_owned() },
            clock: world.clock(),
            metrics: world.metrics(),
            cache: Cache::default(),
        })
    });
}
