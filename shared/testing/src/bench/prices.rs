//! List prices of us-east-1 in US dollars a million, as published in November 2026. The one place that knows them.

/// When they were looked up.
pub const AS_OF: &str = "2026-11";

/// A request to an HTTP API.
pub const HTTP_REQUEST: f64 = 1.00;
/// An invocation.
pub const INVOCATION: f64 = 0.20;
/// A millisecond of a function of 256 MB on arm64 (0.0000133334 a GB-second).
pub const MILLISECOND: f64 = 0.003_333_35;
/// A request to a FIFO queue, or to a standard queue whose messages name a group.
pub const QUEUE_REQUEST: f64 = 0.50;
/// A read of 4 KB, strongly consistent.
pub const READ: f64 = 0.125;
/// A write of 1 KB.
pub const WRITE: f64 = 0.625;
/// A message over a WebSocket, up to 32 KB.
pub const PUSH: f64 = 1.00;
/// An event on the bus, up to 64 KB.
pub const EVENT: f64 = 1.00;
/// A byte of logs (0.50 a gigabyte).
pub const LOG_BYTE: f64 = 0.000_5;

/// Milliseconds that a function waits for one call, where calls of an invocation follow each other. Not measured here:
/// what the services answer in within one region.
pub mod waits {
    /// To the table.
    pub const TABLE: f64 = 4.0;
    /// To a queue.
    pub const QUEUE: f64 = 8.0;
    /// To a socket; sixteen go at the same time.
    pub const PUSH: f64 = 8.0;
    /// To the bus.
    pub const BUS: f64 = 10.0;
    /// To a provider.
    pub const PROVIDER: f64 = 200.0;
    /// The function's own work.
    pub const OWN: f64 = 1.0;
}

/// Bytes of the one line that an invocation logs: the most that the runtime writes.
pub const LOG_LINE: f64 = 300.0;
