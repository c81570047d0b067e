//! Assigns, opens and closes conversations.

use colibri_app::api::conversations::ConversationsResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| {
        world.api(ConversationsResource { clock: world.clock(), ids: world.ids() })
    });
}
