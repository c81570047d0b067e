//! The console's HTTP API: one module per resource, one route table for all of them.
//!
//! A resource declares its routes as data and answers operations; the gate in front of it authenticates, finds
//! the membership, checks the route's right and turns every error into a problem.

pub mod attempts;
pub mod audit;
pub mod billing;
pub mod bulk;
pub mod channels;
pub mod comments;
pub mod contacts;
pub mod conversations;
pub mod custom_fields;
pub mod exports;
pub mod fields;
pub mod files;
pub mod gate;
pub mod imports;
pub mod invitations;
pub mod me;
pub mod merges;
pub mod messages;
pub mod notifications;
pub mod openapi;
pub mod operator;
pub mod operator_billing;
pub mod organization;
pub mod roles;
pub mod route;
pub mod segments;
pub mod session;
pub mod signup;
pub mod snippets;
pub mod sockets;
pub mod stages;
pub mod tags;
pub mod teams;
pub mod templates;
pub mod trash;
pub mod users;
pub mod view;
pub mod webchat;
pub mod workspace;

pub use gate::{Api, Gate, Member, Resource};
pub use route::{Access, Call, Operation, Route};

/// Every route of the console's API, in the order of the documentation.
#[must_use]
pub fn routes() -> Vec<&'static Route> {
    tables().into_iter().flatten().collect()
}

/// The same by resource.
#[must_use]
pub fn tables() -> Vec<&'static [Route]> {
    vec![
        session::ROUTES,
        me::ROUTES,
        workspace::ROUTES,
        contacts::ROUTES,
        merges::ROUTES,
        trash::ROUTES,
        bulk::ROUTES,
        segments::ROUTES,
        imports::ROUTES,
        tags::ROUTES,
        custom_fields::ROUTES,
        stages::ROUTES,
        conversations::ROUTES,
        messages::ROUTES,
        comments::ROUTES,
        snippets::ROUTES,
        channels::ROUTES,
        webchat::ROUTES,
        templates::ROUTES,
        files::ROUTES,
        notifications::ROUTES,
        sockets::ROUTES,
        users::ROUTES,
        invitations::ROUTES,
        teams::ROUTES,
        roles::ROUTES,
        audit::ROUTES,
        exports::ROUTES,
        signup::ROUTES,
        organization::ROUTES,
        billing::ROUTES,
        operator::ROUTES,
        operator_billing::ROUTES,
    ]
}
