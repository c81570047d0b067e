//! The settings of a workspace in one answer.

use colibri_app::api::workspace::WorkspaceResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| world.api(WorkspaceResource { store: world.store() }));
}
