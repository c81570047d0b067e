//! Takes what Meta posts of Instagram: checks the signature over the raw bytes, splits it and puts it on the queues.

use std::sync::Arc;

use colibri_app::webhook::{Cache, Keys, Webhook};
use colibri_domain::channel::ChannelSource;
use colibri_lambda::Need::{Files, InboundQueue, MetaApps, StatusQueue, Table, Vault};

fn main() {
    colibri_lambda::http(&[Files, InboundQueue, MetaApps, StatusQueue, Table, Vault], |world| {
        Arc::new(Webhook {
            source: ChannelSource::Instagram,
            store: world.store(),
            files: world.files(),
            queue: world.queue(),
            keys: Keys::Apps { own: world.meta_apps(), vault: world.vault() },
            clock: world.clock(),
            metrics: world.metrics(),
            cache: Cache::default(),
        })
    });
}
