//! `up`, `down`, `reset` and `seed`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::cloud::{self, Outputs, STOP_LIMIT, output};
use crate::demo::{self, Demo, PEOPLE};
use crate::place::Place;
use crate::process::Service;
use crate::run::{Failure, done, quietly, step};
use crate::setup::{cargo, digest_of, python, tools, write};
use crate::{build, ports};

const START_LIMIT: Duration = Duration::from_secs(20);
/// Programs that hold no state worth waiting for.
const QUICK_STOP: Duration = Duration::from_secs(5);

/// Builds, deploys and starts everything; does only what has changed.
///
/// # Errors
/// The first step that failed, with its reason.
pub fn up(place: &Place) -> Result<(), Failure> {
    let started = Instant::now();
    println!("cargo dev up");
    ours_or_free(place)?;
    tools(place)?;
    let demo = Demo::open(place)?;
    cloud::start(place)?;
    build::web(place)?;
    build::functions(place)?;
    let outputs = cloud::deploy(place, &demo)?;
    let simulator = build::simulator(place)?;
    start_simulator(place, &demo, &simulator)?;
    start_proxy(place, &demo, &outputs)?;
    start_pump(place)?;
    let users = create_users(place, &demo, &outputs)?;
    confirm_sender(place)?;
    let token = outputs.get("StackId").cloned().unwrap_or_default();
    if fs::read_to_string(place.dev("run/seeded")).unwrap_or_default() != token {
        // Begun before and not finished, or never: either way it ends complete.
        run_seed(place, &demo, &outputs, &users, true)?;
    }
    tell(place, started);
    Ok(())
}

/// Says at once, and not after minutes of building, that somebody else has a port.
fn ours_or_free(place: &Place) -> Result<(), Failure> {
    let wanted = [
        ("emulator", place.emulator_port(), "emulator"),
        ("simulator", place.simulator_port(), "provider simulator"),
        ("proxy", place.console_port(), "console"),
        ("proxy", place.table_port(), "functions' way to the table"),
    ];
    for (service, port, what) in wanted {
        if !Service::new(place, service).runs() {
            ports::must_be_free(port, what)?;
        }
    }
    Ok(())
}

fn tell(place: &Place, started: Instant) {
    println!("\n  ready in {:.0} s", started.elapsed().as_secs_f64());
    println!("  console    {}", place.console_url());
    println!("  phone      {}/phone", place.simulator_url());
    if let Ok(shop) = fs::read_to_string(place.dev("run/shop")) {
        println!("  shop       {shop}");
    }
    println!("  cloud      {}", place.emulator_url());
    println!("  sign-in    {} and others; the password is in .dev/demo.json", demo::email(PEOPLE[0]));
    println!("\n  {}/demo\n", place.console_url());
}

fn start_simulator(place: &Place, demo: &Demo, program: &Path) -> Result<(), Failure> {
    let service = Service::new(place, "simulator");
    let port = place.simulator_port();
    let config = demo.simulator(&format!("{}/webhooks", place.console_url()));
    let config_path = place.dev("run/simulator-config.json");
    write(&config_path, config.to_string())?;
    let fingerprint = digest_of(&[program.to_path_buf(), config_path.clone()])?;
    if service.runs_as(&fingerprint) && ports::is_open(port) {
        return Ok(());
    }
    step("phone", || {
        service.stop(QUICK_STOP);
        ports::must_be_free(port, "provider simulator")?;
        let mut command = Command::new(program);
        command
            .args(["--port", &port.to_string(), "--public-url", &place.simulator_url(), "--state-file"])
            .arg(place.dev("state/simulator.json"))
            .arg("--config")
            .arg(&config_path);
        service.start(&mut command, &fingerprint)?;
        service.wait_open(port, START_LIMIT)?;
        Ok(done((), format!("{}/phone", place.simulator_url())))
    })
}

fn start_proxy(place: &Place, demo: &Demo, outputs: &Outputs) -> Result<(), Failure> {
    let service = Service::new(place, "proxy");
    let settings = json!({
        "port": place.console_port(),
        "emulator_port": place.emulator_port(),
        "table_port": place.table_port(),
        "webhook_api": output(outputs, "WebhookApiId")?,
        "console_api": output(outputs, "ConsoleApiId")?,
        "socket_api": output(outputs, "SocketApiId")?,
        "visitor_socket_api": output(outputs, "VisitorSocketApiId")?,
        "socket_stage": output(outputs, "SocketStage")?,
        "simulator_port": place.simulator_port(),
        "email": demo::email(PEOPLE[0]),
        "password": demo.password,
    });
    let path = place.dev("run/proxy-settings.json");
    write(&path, settings.to_string())?;
    let program = std::env::current_exe().map_err(|error| Failure::new(error.to_string()))?;
    let fingerprint = digest_of(&[program.clone(), path.clone()])?;
    if service.runs_as(&fingerprint) && ports::is_open(place.console_port()) {
        return Ok(());
    }
    step("proxy", || {
        service.stop(QUICK_STOP);
        ports::must_be_free(place.console_port(), "console")?;
        ports::must_be_free(place.table_port(), "functions' way to the table")?;
        service.start(Command::new(program).arg("proxy").arg(&path), &fingerprint)?;
        service.wait_open(place.console_port(), START_LIMIT)?;
        Ok(done((), place.console_url()))
    })
}

fn start_pump(place: &Place) -> Result<(), Failure> {
    let service = Service::new(place, "pump");
    let script = place.at("infra/dev/py/pump.py");
    let fingerprint = digest_of(std::slice::from_ref(&script))?;
    if service.runs_as(&fingerprint) {
        return Ok(());
    }
    service.stop(QUICK_STOP);
    let mut command = python(place);
    command.arg(script);
    cloud::aws_env(place, &mut command);
    service.start(&mut command, &fingerprint)
}

/// Mail leaves from an address that was confirmed.
fn confirm_sender(place: &Place) -> Result<(), Failure> {
    let mut command = python(place);
    command.arg(place.at("infra/dev/py/mail.py")).arg(cloud::MAIL_FROM);
    cloud::aws_env(place, &mut command);
    quietly(&mut command).map(|_| ())
}

/// Creates who may sign in; answers their ids by address.
fn create_users(place: &Place, demo: &Demo, outputs: &Outputs) -> Result<BTreeMap<String, String>, Failure> {
    let pool = output(outputs, "UserPoolId")?;
    let path = place.dev("run/users.json");
    let known = fs::read(&path).ok().and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
    if let Some(known) = known.filter(|known| known["pool"] == pool) {
        return serde_json::from_value(known["users"].clone())
            .map_err(|error| Failure::new(error.to_string()));
    }
    step("users", || {
        let mut command = python(place);
        command.arg(place.at("infra/dev/py/users.py")).arg(pool).args(PEOPLE.map(demo::email));
        cloud::aws_env(place, &mut command);
        let text = quietly(command.env("DEMO_PASSWORD", &demo.password))?;
        let users: BTreeMap<String, String> =
            serde_json::from_str(&text).map_err(|error| Failure::new(error.to_string()))?;
        write(&path, json!({ "pool": pool, "users": users }).to_string())?;
        let note = format!("{} people", users.len());
        Ok(done(users, note))
    })
}

/// Fills the demo workspace again.
///
/// # Errors
/// When nothing is deployed, or the seed's own reason.
pub fn seed(place: &Place, refresh: bool) -> Result<(), Failure> {
    let outputs = cloud::outputs(place)?;
    let demo = Demo::open(place)?;
    let users = create_users(place, &demo, &outputs)?;
    run_seed(place, &demo, &outputs, &users, refresh)
}

fn run_seed(
    place: &Place,
    demo: &Demo,
    outputs: &Outputs,
    users: &BTreeMap<String, String>,
    refresh: bool,
) -> Result<(), Failure> {
    let examples = place.at("shared/testing/examples");
    if !examples.join("seed-demo.rs").exists() && !examples.join("seed-demo/main.rs").exists() {
        println!("  seed         this checkout has none; the demo workspace stays empty");
        return Ok(());
    }
    step("seed", || {
        let mut command = cargo(place);
        command.args(["run", "--quiet", "--package", "colibri-testing", "--example", "seed-demo", "--"]);
        if refresh {
            command.arg("--refresh");
        }
        cloud::aws_env(place, &mut command);
        let users = serde_json::to_string(users).map_err(|error| Failure::new(error.to_string()))?;
        command
            .env("TABLE_NAME", output(outputs, "TableName")?)
            .env("BUCKET_NAME", output(outputs, "BucketName")?)
            .env("KMS_KEY_ID", output(outputs, "KmsKeyId")?)
            .env("USER_POOL_ID", output(outputs, "UserPoolId")?)
            .env("WHATSAPP_BASE_URL", format!("{}/graph", place.simulator_url()))
            .env("PUBLIC_WEBHOOK_URL", format!("{}/webhooks", place.console_url()))
            .env("COLIBRI_CONSOLE_URL", place.console_url())
            .env("SHOP_LINK_FILE", place.dev("run/shop"))
            .env("DEMO_USERS", users)
            .env("DEMO_PASSWORD", &demo.password)
            .env("DEMO_CHANNEL", demo.channel().to_string());
        let text = quietly(&mut command)?;
        let token = outputs.get("StackId").cloned().unwrap_or_default();
        write(&place.dev("run/seeded"), token)?;
        Ok(done((), text.lines().last().unwrap_or("done").to_owned()))
    })
}

/// Stops everything in order; the emulator last, because it saves its state then.
pub fn down(place: &Place) {
    for name in ["pump", "proxy", "simulator"] {
        if Service::new(place, name).stop(QUICK_STOP) {
            println!("  {name} stopped");
        }
    }
    if cloud::emulator(place).stop(STOP_LIMIT) {
        println!("  emulator stopped");
    }
}

/// Stops everything and removes tables, queues, files and users, but not the
/// installed packages nor the builds.
///
/// # Errors
/// When a folder cannot be removed.
pub fn reset(place: &Place) -> Result<(), Failure> {
    down(place);
    for folder in ["state", "s3", "run", "tmp"] {
        let path = place.dev(folder);
        if path.exists() {
            fs::remove_dir_all(&path)
                .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        }
    }
    println!("  state forgotten; cargo dev up starts anew");
    Ok(())
}
