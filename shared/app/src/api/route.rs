//! Routes as data, and the request after routing.

use std::collections::BTreeMap;

use colibri_domain::people::{OrganizationRight, Right};
use http::Method;
use serde::de::DeserializeOwned;

use crate::http::Request;
use crate::problem::Problem;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody: signing in.
    Public,
    /// Anybody who is signed in.
    User,
    /// A member of the workspace in the path, with a right if one is named.
    Member(Option<Right>),
    /// Somebody of the organization in the path, with this right there. It opens no workspace.
    Organization(OrganizationRight),
    /// Who runs the installation.
    Operator,
}

/// Name of what a route does, unique in the API (`OpenAPI`'s operationId).
pub type Operation = &'static str;

/// One route.
#[derive(Debug)]
pub struct Route {
    /// Function (folder name) that answers.
    pub function: &'static str,
    /// Method.
    pub method: Method,
    /// Path with `{name}` segments.
    pub path: &'static str,
    /// What it does.
    pub operation: Operation,
    /// Who may call it.
    pub access: Access,
    /// Schema of the body, by name.
    pub body: Option<&'static str>,
    /// Status of success.
    pub status: u16,
    /// Schema of the answer, by name.
    pub answer: Option<&'static str>,
    /// Query parameters.
    pub query: &'static [&'static str],
}

/// A row of a route table.
#[allow(clippy::too_many_arguments, reason = "a row of the table")]
pub(super) const fn route(
    function: &'static str,
    method: Method,
    path: &'static str,
    operation: Operation,
    access: Access,
    body: Option<&'static str>,
    status: u16,
    answer: Option<&'static str>,
    query: &'static [&'static str],
) -> Route {
    Route { function, method, path, operation, access, body, status, answer, query }
}

/// Values of the `{name}` segments if a path matches a pattern.
#[must_use]
pub fn match_path(pattern: &str, path: &str) -> Option<BTreeMap<&'static str, String>> {
    let mut values = BTreeMap::new();
    let mut wanted = pattern.trim_matches('/').split('/');
    let mut given = path.trim_matches('/').split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(values),
            (Some(want), Some(have)) => {
                if let Some(name) = want.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
                    values.insert(param_name(name)?, decode(have)?);
                } else if want != have {
                    return None;
                }
            }
            _ => return None,
        }
    }
}

const PARAMS: &[&str] = &[
    "workspace",
    "contact",
    "message",
    "channel",
    "snippet",
    "file",
    "organization",
    "user",
    "team",
    "role",
    "invitation",
    "session",
    "grant",
    "notification",
    "segment",
    "import",
    "tag",
    "field",
    "stage",
    "document",
    "charge",
    "month",
    "order",
    "export",
];

/// The names that segments may have.
fn param_name(name: &str) -> Option<&'static str> {
    PARAMS.iter().copied().find(|known| *known == name)
}

fn decode(segment: &str) -> Option<String> {
    let decoded = url::form_urlencoded::parse(format!("s={}", segment.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())?;
    (!decoded.is_empty() && !decoded.contains(['/', '\0'])).then_some(decoded)
}

/// A routed request.
#[derive(Debug)]
pub struct Call {
    /// As received.
    pub request: Request,
    /// Values of the path.
    pub params: BTreeMap<&'static str, String>,
    /// What to do.
    pub operation: Operation,
}

impl Call {
    /// A value of the path as a typed id; anything malformed looks like an id that does not exist.
    pub fn id<T: std::str::FromStr>(&self, name: &str) -> Result<T, Problem> {
        self.params.get(name).and_then(|text| text.parse().ok()).ok_or_else(Problem::not_found)
    }

    /// The first value of a query parameter; an empty one counts as absent.
    pub fn query(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.request.query.as_bytes())
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.into_owned())
    }

    /// Whether a query flag is `1` or `true`.
    pub fn flag(&self, name: &str) -> bool {
        self.query(name).is_some_and(|v| v == "1" || v == "true")
    }

    /// `limit`, 1 to 100.
    pub fn limit(&self, default: u32) -> Result<u32, Problem> {
        let Some(text) = self.query("limit") else { return Ok(default) };
        match text.parse() {
            Ok(limit @ 1..=100) => Ok(limit),
            _ => Err(Problem::invalid("query:limit", "out_of_range", "limit is 1 to 100")),
        }
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name).and_then(|v| v.to_str().ok())
    }

    /// The access token that the caller shows.
    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// The body as a typed value; the problem points at what is wrong.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let mut reader = serde_json::Deserializer::from_slice(&self.request.body);
        serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let pointer = json_pointer(error.path());
            Problem::invalid(pointer, "invalid_value", error.into_inner().to_string())
        })
    }
}

fn json_pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_segment_by_segment() {
        let values =
            match_path("/console/{workspace}/contacts/{contact}", "/console/ws_1/contacts/42/").unwrap();
        assert_eq!(values["workspace"], "ws_1");
        assert_eq!(values["contact"], "42");
        assert!(match_path("/console/{workspace}/contacts", "/console/ws_1/contacts/42").is_none());
        assert!(match_path("/console/{workspace}/contacts", "/console//contacts").is_none());
        assert!(match_path("/me", "/me%2Fx").is_none());
        assert!(match_path("/console/{workspace}/x", "/console/a%2Fb/x").is_none());
    }
}
