//! Locks that outlive a panic in another task.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; a panic elsewhere must not stop the whole simulator.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
