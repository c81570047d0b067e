//! Imports of contacts: begun, watched, stopped and taken back.

use colibri_app::api::imports::ImportsResource;
use colibri_lambda::Need::{Bus, Files, Table, Tokens};

fn main() {
    colibri_lambda::http(&[Bus, Files, Table, Tokens], |world| {
        world.api(ImportsResource {
            gate: world.gate(),
            clock: world.clock(),
            ids: world.ids(),
            files: world.files(),
            invoke: world.invoke(),
        })
    });
}
