//! Exports: asks for them, shows them, signs where to fetch them.

use colibri_app::api::exports::ExportsResource;
use colibri_lambda::Need::{Bus, Files, Table, Tokens};

fn main() {
    colibri_lambda::http(&[Bus, Files, Table, Tokens], |world| {
        world.api(ExportsResource {
            clock: world.clock(),
            ids: world.ids(),
            files: world.files(),
            invoke: world.invoke(),
        })
    });
}
