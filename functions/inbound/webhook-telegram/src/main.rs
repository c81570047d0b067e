//! Takes what Telegram posts: checks the secret of the channel in the address and puts the update on its queue.

use std::sync::Arc;

use colibri_app::webhook::{Cache, Keys, Webhook};
use colibri_domain::channel::ChannelSource;
use colibri_lambda::Need::{Files, InboundQueue, InstallationKey, StatusQueue, Table};

fn main() {
    colibri_lambda::http(&[Files, InboundQueue, InstallationKey, StatusQueue, Table], |world| {
        Arc::new(Webhook {
            source: ChannelSource::Telegram,
            store: world.store(),
            files: world.files(),
            queue: world.queue(),
            keys: Keys::Channels(world.installation_key()),
            clock: world.clock(),
            metrics: world.metrics(),
            cache: Cache::default(),
        })
    });
}
