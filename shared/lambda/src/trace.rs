//! Logs: one JSON object per line, without bodies, addresses or secrets (no call site gives any).

use tracing_subscriber::filter::LevelFilter;

/// Turns logging on at the level that the function's logging configuration names.
pub fn init() {
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL")
        .ok()
        .and_then(|level| level.parse().ok())
        .unwrap_or(LevelFilter::INFO);
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level)
        .finish();
    // Fails only where a subscriber is set already, which then stays.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
