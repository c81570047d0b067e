//! Connects, checks, renames and disconnects channels.

use colibri_app::api::channels::ChannelsResource;
use colibri_lambda::Need::{Bus, InstallationKey, MetaApps, Providers, Table, Tokens, Vault, WebhookUrl};

fn main() {
    colibri_lambda::http(
        &[Bus, InstallationKey, MetaApps, Providers, Table, Tokens, Vault, WebhookUrl],
        |world| {
            world.api(ChannelsResource {
                store: world.store(),
                gate: world.gate(),
                providers: world.providers(),
                clock: world.clock(),
                ids: world.ids(),
                invoke: world.invoke(),
                webhook_url: world.settings().webhook_url().to_owned(),
                apps: world.meta_apps(),
                key: world.installation_key(),
            })
        },
    );
}
