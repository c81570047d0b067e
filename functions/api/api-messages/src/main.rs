//! The timeline of a contact; sends, retries, reacts.

use std::sync::Arc;

use colibri_app::api::messages::MessagesResource;
use colibri_app::react::ProviderReactions;
use colibri_lambda::Need::{OutboundQueue, Providers, Table, Tokens, Vault};

fn main() {
    colibri_lambda::http(&[OutboundQueue, Table, Tokens, Vault, Providers], |world| {
        let reactions = Arc::new(ProviderReactions { providers: world.providers(), clock: world.clock() });
        world.api(MessagesResource {
            clock: world.clock(),
            ids: world.ids(),
            queue: world.queue(),
            reactions,
        })
    });
}
