//! One binary for all integration tests: it links once.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where its ground is missing")]
#![allow(clippy::too_many_lines, reason = "a case runner lists every function once")]
#![allow(clippy::format_collect, clippy::type_complexity, reason = "short texts and recordings of tests")]
#![allow(clippy::case_sensitive_file_extension_comparisons, reason = "names of queues are no files")]

mod cloud;
mod coverage;
mod dependencies;
mod golden;
mod golden_billing;
mod golden_other;
mod isolation;
mod permissions;
mod process;
mod roles;
mod template;
mod traces;
