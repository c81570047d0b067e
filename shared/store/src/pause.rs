//! Waiting between the tries of a contended write.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// How the store waits.
pub trait Pause: Debug + Send + Sync {
    /// Waits before try number `attempt` + 1: longer each time, never in step with others.
    fn wait(&self, attempt: u32) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// 2 to 128 ms and a little noise, by the machine's clock.
#[derive(Debug)]
pub(crate) struct Jittered;

impl Pause for Jittered {
    fn wait(&self, attempt: u32) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        // The address of a fresh allocation is random enough to break a tie.
        let noise = (std::ptr::from_ref(&*Box::new(attempt)) as usize >> 4) as u64 % 7;
        let millis = (2_u64 << attempt.min(6)) + noise;
        Box::pin(tokio::time::sleep(Duration::from_millis(millis)))
    }
}
