//! One command at a time changes what runs in a checkout.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};

use crate::place::Place;
use crate::run::Failure;

/// Does work that no other command of this checkout may do at the same time. The system lets the lock go when its
/// holder ends, however it ends.
///
/// # Errors
/// When another command is at work, with its name and process; else the work's own.
pub fn holding<T>(
    place: &Place,
    command: &str,
    work: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let _lock = take(place, command)?;
    work()
}

fn take(place: &Place, command: &str) -> Result<File, Failure> {
    place.prepare()?;
    // Outside the folders that a reset removes.
    let path = place.dev("lock");
    let fail = |error: std::io::Error| Failure::new(format!("{}: {error}", path.display()));
    let mut options = OpenOptions::new();
    let mut file = options.read(true).write(true).create(true).truncate(false).open(&path).map_err(fail)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            return Err(Failure::new(busy(holder.trim())));
        }
        Err(TryLockError::Error(error)) => return Err(fail(error)),
    }
    file.set_len(0).and_then(|()| file.rewind()).map_err(fail)?;
    write!(file, "cargo dev {command} (pid {})", std::process::id()).map_err(fail)?;
    Ok(file)
}

fn busy(holder: &str) -> String {
    let holder = if holder.is_empty() { "another cargo dev" } else { holder };
    format!("`{holder}` is at work in this checkout. Wait until it has ended, or end it; then try again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_at_once_are_told_apart_and_one_after_the_other_is_fine() {
        let root = std::env::temp_dir().join(format!("colibri-lock-{}", std::process::id()));
        let place = Place::for_test(&root);
        let told = holding(&place, "up", || {
            let second = holding(&place, "seed", || Ok(()));
            Ok(second.expect_err("somebody holds it").to_string())
        });
        let told = told.expect("the first is alone");
        assert!(told.contains("cargo dev up (pid ") && told.contains("Wait"), "{told}");
        assert!(holding(&place, "down", || Ok(())).is_ok());
        let _ = std::fs::remove_dir_all(root);
    }
}
