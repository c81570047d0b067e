//! Snippets: prewritten answers.

use colibri_app::api::snippets::SnippetsResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| world.api(SnippetsResource { clock: world.clock() }));
}
