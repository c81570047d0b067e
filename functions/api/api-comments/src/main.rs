//! Internal comments.

use colibri_app::api::comments::CommentsResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| {
        world.api(CommentsResource { clock: world.clock(), ids: world.ids() })
    });
}
