//! What visitors write and read, and their receipts.

use colibri_app::webchat::message::MessageRoutes;
use colibri_lambda::Need::{Files, InboundQueue, StatusQueue, Table, Vault, VisitorPush};

fn main() {
    colibri_lambda::http(&[Files, InboundQueue, StatusQueue, Table, Vault, VisitorPush], |world| {
        let visitors = world.visitors();
        world.webchat(MessageRoutes { queue: world.queue(), files: world.files(), visitors })
    });
}
