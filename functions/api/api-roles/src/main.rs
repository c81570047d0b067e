//! Roles of a workspace's own.

use colibri_app::api::roles::RolesResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| {
        world.api(RolesResource { gate: world.gate(), clock: world.clock(), ids: world.ids() })
    });
}
