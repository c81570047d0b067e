//! Where things are: the checkout, its `.dev` folder, and the ports.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::Failure;

/// Port of the console when nothing else is said; the others follow from it.
const DEFAULT_BASE: u16 = 4600;
/// Distance from the base down to the emulator's port (4566 by default).
const EMULATOR_OFFSET: u16 = 34;

/// The checkout that the tool was called in.
pub struct Place {
    root: PathBuf,
    base: u16,
}

impl Place {
    /// Finds the checkout from the current folder upwards.
    ///
    /// # Errors
    /// Outside a checkout, or when `COLIBRI_PORT_BASE` is not a usable port.
    pub fn find() -> Result<Self, Failure> {
        let here = std::env::current_dir().map_err(|error| Failure::new(error.to_string()))?;
        let root = here
            .ancestors()
            .find(|folder| folder.join("infra/dev/Cargo.toml").is_file())
            .ok_or_else(|| Failure::new("call this inside a checkout of the project"))?
            .to_path_buf();
        let base = match std::env::var("COLIBRI_PORT_BASE") {
            Err(_) => DEFAULT_BASE,
            Ok(text) => text.parse().ok().filter(|base| (1100..=65_000).contains(base)).ok_or_else(|| {
                Failure::new(format!("COLIBRI_PORT_BASE must be a port from 1100 to 65000, not {text}"))
            })?,
        };
        Ok(Self { root, base })
    }

    /// A checkout somewhere else.
    #[cfg(test)]
    pub fn for_test(root: &Path) -> Self {
        Self { root: root.to_path_buf(), base: DEFAULT_BASE }
    }

    /// A path inside the checkout.
    pub fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    /// A path inside the tool's own folder, which is never committed.
    pub fn dev(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(".dev").join(path)
    }

    /// The root of the checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Creates the tool's folder and what it always holds.
    pub fn prepare(&self) -> Result<(), Failure> {
        for folder in ["logs", "run", "state", "s3"] {
            fs::create_dir_all(self.dev(folder))
                .map_err(|error| Failure::new(format!(".dev/{folder}: {error}")))?;
        }
        Ok(())
    }

    /// Port of the console and the same-origin proxy.
    pub fn console_port(&self) -> u16 {
        self.base
    }

    /// Port of the provider simulator.
    pub fn simulator_port(&self) -> u16 {
        self.base + 1
    }

    /// Port of the functions' way to the table.
    pub fn table_port(&self) -> u16 {
        self.base + 2
    }

    /// Port of the emulator.
    pub fn emulator_port(&self) -> u16 {
        self.base - EMULATOR_OFFSET
    }

    /// Address of the console, without a trailing slash. An IP address: then the
    /// S3 client signs path-style URLs, and there is one origin only.
    pub fn console_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.console_port())
    }

    /// Address of the simulator, without a trailing slash.
    pub fn simulator_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.simulator_port())
    }

    /// Where functions reach the table, without a trailing slash.
    pub fn table_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.table_port())
    }

    /// Address of the emulator, without a trailing slash.
    pub fn emulator_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.emulator_port())
    }
}
