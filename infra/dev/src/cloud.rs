//! The emulated cloud: its process, the deployment, and what the deployment answers.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::demo::Demo;
use crate::place::Place;
use crate::ports;
use crate::process::Service;
use crate::restore;
use crate::run::{Failure, done, step};
use crate::setup::{digest_of, python, write};

/// Address that mail comes from.
pub const MAIL_FROM: &str = "chat@ceibo.example";

/// Name of the stack, and stage of the installation.
pub const STACK: &str = "colibri-local";
const REGION: &str = "us-east-1";
/// Saving a large state at an orderly stop takes a while.
pub const STOP_LIMIT: Duration = Duration::from_mins(1);

/// Outputs of the deployed stack by name.
pub type Outputs = BTreeMap<String, String>;

/// What any AWS client needs in its environment to talk to the emulator.
pub fn aws_env(place: &Place, command: &mut Command) {
    command
        .env("AWS_ENDPOINT_URL", place.emulator_url())
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_REGION", REGION)
        .env("AWS_DEFAULT_REGION", REGION)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN");
}

/// The emulator's process.
pub fn emulator(place: &Place) -> Service<'_> {
    Service::new(place, "emulator")
}

/// Starts the emulator unless it runs.
///
/// # Errors
/// When its port is taken or it ends at once.
pub fn start(place: &Place) -> Result<(), Failure> {
    let service = emulator(place);
    let code =
        digest_of(&[place.at("infra/dev/py/ministack_run.py"), place.at("infra/dev/requirements.txt")])?;
    let fingerprint = format!("{code} {}", place.table_url());
    if service.runs_as(&fingerprint) && ports::is_open(place.emulator_port()) {
        return Ok(());
    }
    step("emulator", || {
        service.stop(STOP_LIMIT);
        ports::must_be_free(place.emulator_port(), "emulator")?;
        // Unpacked code of every version that was ever invoked: hundreds of megabytes in a day.
        let unpacked = place.dev("tmp");
        let _ = fs::remove_dir_all(&unpacked);
        fs::create_dir_all(&unpacked)
            .map_err(|error| Failure::new(format!("{}: {error}", unpacked.display())))?;
        let mut command = python(place);
        command.arg(place.at("infra/dev/py/ministack_run.py"));
        aws_env(place, &mut command);
        command
            .env("GATEWAY_PORT", place.emulator_port().to_string())
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            // Functions inherit it: their way to the table can be cut (`relay`).
            .env("AWS_ENDPOINT_URL_DYNAMODB", place.table_url())
            .env("PERSIST_STATE", "1")
            .env("S3_PERSIST", "1")
            .env("STATE_DIR", place.dev("state"))
            .env("S3_DATA_DIR", place.dev("s3"))
            .env("TMPDIR", unpacked)
            .env("LAMBDA_WARM_TTL_SECONDS", "3600")
            .env("IOT_MTLS_ENABLED", "0")
            .env("LOG_LEVEL", "WARNING");
        service.start(&mut command, &fingerprint)?;
        service.wait_open(place.emulator_port(), Duration::from_mins(1))?;
        Ok(done((), place.emulator_url()))
    })
}

/// Packages and deploys the template; answers the outputs of the stack.
///
/// # Errors
/// Why the template was refused, resource by resource.
pub fn deploy(place: &Place, demo: &Demo) -> Result<Outputs, Failure> {
    step("deployment", || {
        let mut command = python(place);
        command
            .arg(place.at("infra/dev/py/deploy.py"))
            .arg(place.at("infra/template.yaml"))
            .arg(STACK)
            .arg(place.dev("run"));
        aws_env(place, &mut command);
        let text = with_input(&mut command, &parameters(place, demo).to_string())?;
        let outputs = text
            .lines()
            .find_map(|line| line.strip_prefix("OUTPUTS "))
            .ok_or_else(|| Failure::new(format!("the deployment answered no outputs:\n{text}")))?;
        write(&place.dev("run/outputs.json"), outputs)?;
        let note = text.lines().filter(|line| !line.starts_with("OUTPUTS ")).collect::<Vec<_>>().join("; ");
        let outputs = serde_json::from_str(outputs).map_err(|error| Failure::new(error.to_string()))?;
        Ok(done(outputs, note))
    })
}

/// The outputs of the last deployment.
///
/// # Errors
/// When there was none.
pub fn outputs(place: &Place) -> Result<Outputs, Failure> {
    let missing = || Failure::new("nothing is deployed: cargo dev up");
    if !emulator(place).runs() {
        return Err(missing());
    }
    let text = fs::read(place.dev("run/outputs.json")).map_err(|_| missing())?;
    serde_json::from_slice(&text).map_err(|_| missing())
}

/// One output.
///
/// # Errors
/// When the template does not declare it.
pub fn output<'a>(outputs: &'a Outputs, name: &str) -> Result<&'a str, Failure> {
    outputs
        .get(name)
        .map(String::as_str)
        .ok_or_else(|| Failure::new(format!("infra/template.yaml has no output {name}")))
}

/// What makes this deployment a local one: parameters only.
fn parameters(place: &Place, demo: &Demo) -> Value {
    let mut parameters = json!({
        "Stage": "local",
        "Architecture": if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" },
        "MetaApps": demo.meta_apps(),
        "InstallationKey": demo.installation_key,
        "ConsoleUrl": place.console_url(),
        "WebhookUrl": format!("{}/webhooks", place.console_url()),
        "SocketUrl": format!("ws://127.0.0.1:{}/socket", place.console_port()),
        "VisitorSocketUrl": format!("ws://127.0.0.1:{}/visitor-socket", place.console_port()),
        "MailFrom": MAIL_FROM,
        "SocketEndpointBase": format!("{}/_aws/execute-api", place.emulator_url()),
        "KeySetBase": place.emulator_url(),
        "FilesOrigin": place.emulator_url(),
        "WhatsAppBaseUrl": format!("{}/graph", place.simulator_url()),
        "TwilioBaseUrl": format!("{}/twilio", place.simulator_url()),
        "TelegramBaseUrl": format!("{}/telegram", place.simulator_url()),
        "MessengerBaseUrl": format!("{}/messenger", place.simulator_url()),
        "InstagramBaseUrl": format!("{}/instagram", place.simulator_url()),
        "StripeBaseUrl": format!("{}/stripe", place.simulator_url()),
        "StripeSecretKey": demo.payment_key,
        "StripeWebhookSecret": demo.payment_secret,
        "OutboundAllowPrivate": "1",
    });
    if let (Value::Object(all), Value::Object(restored)) = (&mut parameters, restore::parameters(place)) {
        all.extend(restored);
    }
    parameters
}

fn with_input(command: &mut Command, input: &str) -> Result<String, Failure> {
    let fail = |error: std::io::Error| Failure::new(error.to_string());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(fail)?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input.as_bytes()).map_err(fail)?;
    }
    let output = child.wait_with_output().map_err(fail)?;
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(out);
    }
    let err = String::from_utf8_lossy(&output.stderr);
    let text = err.trim().trim_start_matches("error: ");
    Err(Failure::new(format!("the deployment failed: {text}")))
}
