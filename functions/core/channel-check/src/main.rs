//! Checks the health of channels: token, quality, silent webhooks.

use std::sync::Arc;

use colibri_app::channel_check::ChannelCheck;
use colibri_app::channel_health::ChannelHealth;
use colibri_lambda::Need::{Bus, Table, Vault, WhatsApp};

fn main() {
    colibri_lambda::json(&[Bus, Table, Vault, WhatsApp], |world| {
        let health = ChannelHealth { providers: world.providers(), clock: world.clock() };
        Arc::new(ChannelCheck { store: world.store(), health, invoke: world.invoke() })
    });
}
