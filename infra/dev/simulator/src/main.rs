//! Starts the simulator: `colibri-simulator [--port N] [--state-file F] [--config F] [--callback-url U] [--seed N]`.

use std::path::PathBuf;
use std::process::ExitCode;

use colibri_simulator::{App, Options};
use serde_json::{Value, json};

const USAGE: &str = "usage: colibri-simulator [--port 4601] [--state-file FILE] [--config FILE] \
                     [--callback-url URL] [--public-url URL] [--seed N]";

#[derive(Default)]
struct Flags {
    port: Option<u16>,
    state_file: Option<PathBuf>,
    config: Option<PathBuf>,
    callback_url: Option<String>,
    public_url: Option<String>,
    seed: Option<u64>,
}

fn flags(mut words: impl Iterator<Item = String>) -> Result<Flags, String> {
    let mut flags = Flags::default();
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        let number = |what: &str| format!("{what} is not a number: {value}");
        match word.as_str() {
            "--port" => flags.port = Some(value.parse().map_err(|_| number("port"))?),
            "--seed" => flags.seed = Some(value.parse().map_err(|_| number("seed"))?),
            "--state-file" => flags.state_file = Some(value.into()),
            "--config" => flags.config = Some(value.into()),
            "--callback-url" => flags.callback_url = Some(value),
            "--public-url" => flags.public_url = Some(value),
            _ => return Err(format!("unknown flag {word}")),
        }
    }
    Ok(flags)
}

/// The config file is merged into the configuration, then the callback URL into every app.
fn configure(app: &App, flags: &Flags) -> Result<(), String> {
    if let Some(path) = &flags.config {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let patch: Value =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        app.merge_config(&patch).map_err(|refusal| refusal.error)?;
    }
    if let Some(url) = &flags.callback_url {
        app.merge_config(&json!({"whatsapp": {"callback_url": url}})).map_err(|refusal| refusal.error)?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("simulator: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let flags = flags(std::env::args().skip(1)).map_err(|reason| format!("{reason}\n{USAGE}"))?;
    let port = flags.port.unwrap_or(4601);
    let mut options = Options { state_file: flags.state_file.clone(), ..Options::default() };
    // Ids of an earlier run must not come again, unless a test asks for them.
    options.seed = flags.seed.unwrap_or_else(|| options.clock.now_ms().unsigned_abs());
    let running = colibri_simulator::start(options, port)
        .await
        .map_err(|error| format!("port {port} cannot be used: {error}"))?;
    configure(running.app(), &flags)?;
    if let Some(url) = &flags.public_url {
        running.app().sim().set_public_url(url);
    }
    running.app().save();
    println!("simulator: phone {0}/phone, control {0}/control/health", running.url());
    running.forever().await;
    Ok(())
}
