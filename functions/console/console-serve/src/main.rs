//! Serves the console.

use std::sync::Arc;

use colibri_app::console_serve::{Asset, ConsoleServe};
use colibri_lambda::Need::{FilesOrigin, SocketUrl};

const ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

fn main() {
    colibri_lambda::http(&[FilesOrigin, SocketUrl], |world| {
        let settings = world.settings();
        Arc::new(ConsoleServe::new(ASSETS, settings.files_origin(), settings.socket_url()))
    });
}
