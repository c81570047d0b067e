//! The signed-in user: profile, workspaces, preferences.

use colibri_app::api::me::MeResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| world.api(MeResource { store: world.store() }));
}
