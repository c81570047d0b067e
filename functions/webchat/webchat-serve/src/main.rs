//! Serves the script of the chat.

use std::sync::Arc;

use colibri_app::console_serve::Asset;
use colibri_app::webchat::serve::WidgetServe;

const ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

fn main() {
    colibri_lambda::http(&[], |_| Arc::new(WidgetServe { assets: ASSETS }));
}
