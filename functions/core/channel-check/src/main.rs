//! Checks the health of channels: token, quality, silent webhooks.

use std::sync::Arc;

use colibri_app::channel_check::ChannelCheck;
use colibri_app::channel_health::ChannelHealth;
use colibri_lambda::Need::{Bus, InstallationKey, MetaApps, Providers, Table, Vault, WebhookUrl};

fn main() {
    colibri_lambda::json(&[Bus, InstallationKey, MetaApps, Providers, Table, Vault, WebhookUrl], |world| {
        let health = ChannelHealth {
            providers: world.providers(),
            clock: world.clock(),
            webhook_url: world.settings().webhook_url().to_owned(),
        };
        Arc::new(ChannelCheck {
            store: world.store(),
            health,
            invoke: world.invoke(),
            apps: world.meta_apps(),
            key: world.installation_key(),
        })
    });
}
