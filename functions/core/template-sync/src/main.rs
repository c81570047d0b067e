//! Reads the templates that the provider lists.

use std::sync::Arc;

use colibri_app::template_sync::TemplateSync;
use colibri_lambda::Need::{Bus, Providers, Table, Vault};

fn main() {
    colibri_lambda::json(&[Bus, Table, Vault, Providers], |world| {
        let (store, providers) = (world.store(), world.providers());
        Arc::new(TemplateSync { store, providers, invoke: world.invoke() })
    });
}
