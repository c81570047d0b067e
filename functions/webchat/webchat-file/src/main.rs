//! Files of visitors: announced, uploaded, read.

use colibri_app::webchat::file::FileRoutes;
use colibri_lambda::Need::{Files, Table, Vault, WebhookUrl};

fn main() {
    colibri_lambda::http(&[Files, Table, Vault, WebhookUrl], |world| {
        world.webchat(FileRoutes { files: world.files() })
    });
}
