//! The settings of a workspace in one answer, and its own facts.

use colibri_app::api::workspace::WorkspaceResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| {
        world.api(WorkspaceResource {
            gate: world.gate(),
            store: world.store(),
            clock: world.clock(),
            ids: world.ids(),
        })
    });
}
