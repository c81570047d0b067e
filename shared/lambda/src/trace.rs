//! Logs: one JSON object per line, without bodies, addresses or secrets (no call site gives any), each with the id of
//! the work that it belongs to.

use tracing::Subscriber;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Turns logging on at the level that the function's logging configuration names.
pub fn init() {
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL")
        .ok()
        .and_then(|level| level.parse().ok())
        .unwrap_or(LevelFilter::INFO);
    // Fails only where a subscriber is set already, which then stays.
    let _ = tracing::subscriber::set_global_default(subscriber(level, std::io::stdout));
}

/// What writes the lines, and where.
pub fn subscriber<W>(level: LevelFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level)
        .with_writer(writer)
        .finish()
}
