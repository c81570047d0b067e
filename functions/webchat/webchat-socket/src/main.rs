//! Visitors' sockets: opened, closed, and what they say.

use std::sync::{Arc, Mutex};

use colibri_app::webchat::socket::WebchatSocket;
use colibri_lambda::Need::{Push, Table, VisitorPush};

fn main() {
    colibri_lambda::json(&[Push, Table, VisitorPush], |world| {
        Arc::new(WebchatSocket {
            store: world.store(),
            visitors: world.visitor_push(),
            agents: world.push(),
            clock: world.clock(),
            typed: Mutex::default(),
        })
    });
}
