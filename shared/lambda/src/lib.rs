//! Runtime glue: what stands between AWS and the use cases. The only crate that names the Lambda runtime.
//!
//! A function's `main` names what it needs and how its handler is made from that; everything else is here:
//! settings, clients, the ports on AWS, and one entry per kind of trigger. Handlers are boxed, so that the runtime
//! loop and the SDK calls are compiled once and not per function.

mod clients;
mod emf;
mod entry;
mod needs;
mod ports;
pub mod raw;
mod settings;
mod trace;
mod world;

pub use entry::{http, json, queue, stream};
pub use needs::Need;
pub use ports::ACTIONS;
pub use settings::{ProviderAddresses, Settings, SettingsError};
pub use world::World;
