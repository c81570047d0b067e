//! Who a person is: deliveries name him by an id only.

use http::Method;
use serde_json::Value;

use colibri_domain::inbound::Identity;

use super::GRAPH_VERSION;
use super::product::Product;
use crate::json;
use crate::wire::{Body, Endpoint, HttpRequest, InvalidRequest};

/// Asks who a person is.
pub(crate) fn request(
    product: &Product,
    endpoint: &Endpoint,
    person: &str,
) -> Result<HttpRequest, InvalidRequest> {
    let mut url = endpoint.url(&[GRAPH_VERSION, person])?;
    url.query_pairs_mut().append_pair("fields", product.profile_fields);
    endpoint.request(Method::GET, &url, Body::none())
}

/// Reads the answer.
pub(crate) fn read(person: &str, body: &Value) -> Identity {
    let parts = [json::short(body, "first_name", 64), json::short(body, "last_name", 64)];
    let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let username = json::short(body, "username", 64);
    let name = json::short(body, "name", 128)
        .or_else(|| (!joined.is_empty()).then_some(joined))
        .or_else(|| username.clone());
    Identity { id: person.to_owned(), name, username, ..Identity::default() }
}
