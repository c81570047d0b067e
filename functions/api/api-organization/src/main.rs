//! An organization: people, workspaces, audit log, grants to the operator.

use colibri_app::api::organization::OrganizationResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| {
        world.api(OrganizationResource { clock: world.clock(), ids: world.ids() })
    });
}
