//! A shop that is not there: a page of a customer's site with the chat on it.

use axum::Router;
use axum::extract::Query;
use axum::response::Html;
use axum::routing::get;
use serde::Deserialize;

const PAGE: &str = include_str!("page/shop.html");

#[derive(Deserialize)]
struct Shown {
    /// Address of the chat's script.
    #[serde(default)]
    script: String,
}

/// The page.
pub fn routes() -> Router {
    Router::new().route("/shop", get(|Query(shown): Query<Shown>| async move { Html(page(&shown.script)) }))
}

/// With the script of this machine's own installation, and of no other.
fn page(script: &str) -> String {
    let local = ["http://127.0.0.1:", "http://localhost:"].iter().any(|start| script.starts_with(start));
    let plain = script.bytes().all(|b| b.is_ascii_alphanumeric() || b":/.-_".contains(&b));
    let tag = if local && plain && script.ends_with("/widget.js") {
        format!("<script async src=\"{script}\"></script>")
    } else {
        String::new()
    };
    PAGE.replace("<!-- chat -->", &tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_script_of_this_machine_is_shown() {
        let own = "http://127.0.0.1:4600/webhooks/webchat/abc/widget.js";
        assert!(page(own).contains(&format!("<script async src=\"{own}\"></script>")));
        for bad in [
            "",
            "https://evil.example/widget.js",
            "http://127.0.0.1:1/\"><b>/widget.js",
            "http://127.0.0.1:1/x.js",
        ] {
            assert!(!page(bad).contains("<script async"), "{bad}");
        }
    }
}
