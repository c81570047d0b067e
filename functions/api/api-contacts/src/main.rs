//! Contacts: inbox lists, search, create, edit, block, read.

use colibri_app::api::contacts::ContactsResource;
use colibri_app::receipts::ReadReceipts;
use colibri_lambda::Need::{Table, Tokens, Vault, VisitorPush, WhatsApp};

fn main() {
    colibri_lambda::http(&[Table, Tokens, Vault, VisitorPush, WhatsApp], |world| {
        let receipts = ReadReceipts { providers: world.providers() };
        world.api(ContactsResource { clock: world.clock(), store: world.store(), receipts })
    });
}
