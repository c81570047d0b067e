//! Lists notifications and marks them read.

use colibri_app::api::notifications::NotificationsResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| world.api(NotificationsResource));
}
