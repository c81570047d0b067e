//! Signs uploads and downloads of files.

use colibri_app::api::files::FilesResource;
use colibri_lambda::Need::{Files, Table, Tokens};

fn main() {
    colibri_lambda::http(&[Files, Table, Tokens], |world| {
        world.api(FilesResource { clock: world.clock(), ids: world.ids(), files: world.files() })
    });
}
