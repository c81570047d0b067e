//! The dictionary of tags.

use colibri_app::api::tags::TagsResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| {
        world.api(TagsResource { gate: world.gate(), clock: world.clock(), ids: world.ids() })
    });
}
