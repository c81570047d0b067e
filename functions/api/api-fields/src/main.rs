//! Definitions of custom fields.

use colibri_app::api::custom_fields::FieldsResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| {
        world.api(FieldsResource { gate: world.gate(), clock: world.clock(), ids: world.ids() })
    });
}
