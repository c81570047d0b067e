//! Sites that may carry a chat.

use url::{Host, Url};

/// Most sites of one chat.
pub const MOST: usize = 50;

/// Brings a site to the form in which browsers name it; `*.` before the host stands for any subdomain. None where it is
/// no site.
pub fn normal(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/');
    let (scheme, rest) = text.split_once("://")?;
    let (wild, rest) = match rest.strip_prefix("*.") {
        Some(rest) => ("*.", rest),
        None => ("", rest),
    };
    if rest.contains(['*', '/', '?', '#', '@', '\\', ' ']) {
        return None;
    }
    let url = Url::parse(&format!("{scheme}://{rest}/")).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    match url.host()? {
        // A subdomain of a whole registry is everybody.
        Host::Domain(name) if !wild.is_empty() && name.split('.').count() < 2 => return None,
        Host::Ipv4(_) | Host::Ipv6(_) if !wild.is_empty() => return None,
        _ => {}
    }
    let origin = url.origin().ascii_serialization();
    let (scheme, host) = origin.split_once("://")?;
    Some(format!("{scheme}://{wild}{host}"))
}

/// Whether an `Origin` header names one of the sites.
pub fn allowed(sites: &[String], origin: &str) -> bool {
    let Ok(url) = Url::parse(origin) else { return false };
    // A browser sends the normal form; anything else is no browser's.
    if url.origin().ascii_serialization() != origin {
        return false;
    }
    sites.iter().any(|site| match site.split_once("://*.") {
        None => site == origin,
        Some((scheme, host)) => origin
            .strip_prefix(scheme)
            .and_then(|rest| rest.strip_prefix("://"))
            .and_then(|rest| rest.strip_suffix(host))
            .is_some_and(|label| label.len() > 1 && label.ends_with('.') && !label.starts_with('.')),
    })
}

/// The origin of an address, as browsers write it.
pub fn of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}
