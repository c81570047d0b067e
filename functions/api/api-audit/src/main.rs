//! The audit log of a workspace.

use colibri_app::api::audit::AuditResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| {
        world.api(AuditResource { clock: world.clock(), ids: world.ids() })
    });
}
