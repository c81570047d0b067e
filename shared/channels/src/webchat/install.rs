//! Whether a page carries the chat.

use serde::{Deserialize, Serialize};

/// What a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Installed {
    /// This chat.
    Found,
    /// Another chat of ours.
    OtherChannel,
    /// None.
    NotFound,
}

/// Looks for the script of a chat in a page. Only what stands in a script element counts; comments do not.
pub fn find(html: &str, script_url: &str) -> Installed {
    let html = without_comments(html);
    let scripts = scripts(&html);
    let path = script_url.rsplit_once("/webchat/").map_or(script_url, |(_, rest)| rest);
    if scripts.iter().any(|script| script.contains(script_url)) {
        Installed::Found
    } else if scripts.iter().any(|script| other(script, path)) {
        Installed::OtherChannel
    } else {
        Installed::NotFound
    }
}

fn other(script: &str, own: &str) -> bool {
    script.split("/webchat/").skip(1).any(|rest| {
        let end = rest.find("/widget.js");
        end.is_some_and(|end| end <= 64 && !rest.starts_with(own) && is_key(&rest[..end]))
    })
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn without_comments(html: &str) -> String {
    let mut rest = html;
    let mut kept = String::with_capacity(html.len());
    while let Some(start) = rest.find("<!--") {
        kept.push_str(&rest[..start]);
        match rest[start..].find("-->") {
            Some(end) => rest = &rest[start + end + 3..],
            None => return kept,
        }
    }
    kept.push_str(rest);
    kept
}

/// Each script element, tag and content.
fn scripts(html: &str) -> Vec<&str> {
    let lower = html.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = lower[at..].find("<script").map(|start| at + start) {
        let end = lower[start..].find("</script").map_or(lower.len(), |end| start + end);
        found.push(&html[start..end]);
        at = end.max(start + 7);
    }
    found
}
