//! What tests stand on: DynamoDB and S3 in process behind the real SDK clients, and every port in memory.

// What cannot be set up or does not behave ends the test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

pub mod bench;
pub mod bucket;
pub mod chat;
pub mod demo;
pub mod faults;
pub mod identity;
pub mod path;
pub mod payments;
pub mod ports;
pub mod role;
pub mod sim;
pub mod stream;
pub mod table;

pub use bucket::TestBucket;
pub use demo::Demo;
pub use faults::{Fault, Faults};
pub use identity::FakeIdentity;
pub use path::Path;
pub use ports::{
    FixedClock, MemoryVault, RecordingBus, RecordingInvoke, RecordingMail, RecordingMetrics, RecordingPush,
    RecordingQueue, RecordingScheduler, ScriptedHttp, SeqIds,
};
pub use role::As;
pub use table::{Call, TestTable};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A lock that a panicking test does not spoil for the others.
pub(crate) fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
