//! One change of many contacts.

use colibri_app::api::bulk::BulkResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| {
        world.api(BulkResource { clock: world.clock(), ids: world.ids() })
    });
}
