//! What sign-in costs: a read with sessions' tokens beside the same read with the anonymous key, refreshes, sign-ins by password.
//! In: how long, how often. Out: a table of medians.

use super::{Load, Sample, cpu_ticks, median, pinned};
use crate::http::Client;
use crate::server::{self, Build, Server};
use crate::shell::{self, say};
use anyhow::{Context, Result, anyhow, ensure};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const ACCOUNTS: usize = 64;
const POSTS: usize = 1_000;
/// Connections that refresh; each has a session of its own and waits for its answer.
const REFRESHING: usize = 16;
/// Connections that sign in.
const SIGNING_IN: usize = 4;
const PASSWORD: &str = "correct horse battery 7";
const ARGON2_MEMORY: &str = "19MiB";
const ARGON2_TIME: &str = "2";

/// One person with a session.
struct Person {
    email: String,
    access: String,
    refresh: String,
}

/// Signs people up, then measures what they do.
pub(super) fn run(seconds: u64, rounds: u32, connections: u32) -> Result<()> {
    shell::ensure("wrk", "wrk")?;
    let product = server::build(Build::Release)?;
    let dir = server::scratch("bench-auth")?;
    let server = start(&product, &dir)?;
    let keys = keys(&product, &dir.join("data"))?;
    let key = |name: &str| keys[name].as_str().map(str::to_owned).with_context(|| format!("no key named {name}"));
    fill(&server, &key("service")?)?;
    let anonymous = key("anon")?;
    let mut client = Client::connect(server.address, &anonymous)?;
    let people = (0..ACCOUNTS).map(|n| sign_up(&mut client, n)).collect::<Result<Vec<_>>>()?;
    reads(&server, &people, &anonymous, (seconds, rounds, connections))?;
    say("| what | a second | CPU µs each |\n|---|---|---|");
    let addresses: Vec<String> = people.iter().take(SIGNING_IN).map(|one| one.email.clone()).collect();
    let sessions: Vec<String> = people.into_iter().take(REFRESHING).map(|one| one.refresh).collect();
    let (per_second, cpu) = counted(&server, &anonymous, seconds, sessions, refresh)?;
    say(&format!("| refreshes, {REFRESHING} connections | {per_second:.0} | {cpu:.0} |"));
    let (per_second, cpu) = counted(&server, &anonymous, seconds, addresses, sign_in)?;
    say(&format!(
        "| sign-ins, {SIGNING_IN} connections, Argon2id with {ARGON2_MEMORY}, {ARGON2_TIME} passes | {per_second:.1} | {cpu:.0} |"
    ));
    drop(server);
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

/// The same read with sessions' tokens and with the anonymous key, round by round.
fn reads(
    server: &Server,
    people: &[Person],
    anonymous: &str,
    (seconds, rounds, connections): (u64, u32, u32),
) -> Result<()> {
    let tokens: Vec<&str> = people.iter().map(|one| one.access.as_str()).collect();
    let with = |token: &str| Load { token: token.to_owned(), seconds, connections };
    let loads = [with(anonymous), with(&tokens.join(" "))];
    let mut samples = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (load, kept) in loads.iter().zip(&mut samples) {
            kept.push(load.measure(server, "open")?);
        }
    }
    let [key, session]: [Sample; 2] = samples.map(median);
    say("| read by id with | req/s | CPU µs a request |\n|---|---|---|");
    say(&format!("| the anonymous key | {:.0} | {:.2} |", key.per_second, key.cpu_us));
    say(&format!("| {ACCOUNTS} sessions' tokens in turn | {:.0} | {:.2} |", session.per_second, session.cpu_us));
    say(&format!("ratio of CPU, key to session: {:.3}\n", key.cpu_us / session.cpu_us));
    Ok(())
}

fn start(product: &Path, dir: &Path) -> Result<Server> {
    let address = server::free_address()?;
    let (listen, schema, data) = (address.to_string(), shell::root().join("bench/auth.graphql"), dir.join("data"));
    let args = ["serve", "--schema", &schema.to_string_lossy(), "--data", &data.to_string_lossy(), "--listen", &listen];
    let env = [
        ("BACKSTAY_LOG", "warn"),
        ("BACKSTAY_AUTH__CONFIRM_EMAIL", "false"),
        ("BACKSTAY_AUTH__LIMITS__ENABLED", "false"),
        ("BACKSTAY_AUTH__PASSWORD__ARGON2_MEMORY", ARGON2_MEMORY),
        ("BACKSTAY_AUTH__PASSWORD__ARGON2_TIME", ARGON2_TIME),
    ];
    pinned(product, &args, (address, "/health/ready"), &env)
}

fn keys(product: &Path, data: &Path) -> Result<Value> {
    let args = ["keys", "list", "--data", &data.to_string_lossy(), "--format", "json"];
    let output = shell::command(&product.to_string_lossy(), &args).output()?;
    serde_json::from_slice(&output.stdout).context("`backstay keys list` printed no JSON")
}

fn fill(server: &Server, service: &str) -> Result<()> {
    let rows: Vec<Value> = (1..=POSTS).map(|n| json!({"title": format!("Post {n}")})).collect();
    let mut client = Client::connect(server.address, service)?;
    let reply = client.send("POST", "/rest/v1/posts", &Value::from(rows).to_string())?;
    ensure!(reply.status == 201, "filling: {} {}", reply.status, reply.body);
    Ok(())
}

/// The session that an answer holds.
fn session(client: &mut Client, path: &str, body: &Value) -> Result<Value> {
    let reply = client.send("POST", path, &body.to_string())?;
    ensure!(reply.status == 200, "{path}: {} {}", reply.status, reply.body);
    Ok(serde_json::from_str(&reply.body)?)
}

fn text(session: &Value, member: &str) -> Result<String> {
    session[member].as_str().map(str::to_owned).with_context(|| format!("a session without {member}"))
}

fn sign_up(client: &mut Client, n: usize) -> Result<Person> {
    let email = format!("person{n}@example.com");
    let session = session(client, "/auth/v1/signup", &json!({"email": email, "password": PASSWORD}))?;
    Ok(Person { email, access: text(&session, "access_token")?, refresh: text(&session, "refresh_token")? })
}

fn sign_in(client: &mut Client, email: &mut String) -> Result<()> {
    let body = json!({"email": email, "password": PASSWORD});
    session(client, "/auth/v1/token?grant_type=password", &body).map(|_| ())
}

fn refresh(client: &mut Client, token: &mut String) -> Result<()> {
    let session = session(client, "/auth/v1/token?grant_type=refresh_token", &json!({"refresh_token": token}))?;
    *token = text(&session, "refresh_token")?;
    Ok(())
}

/// How often a second `work` is done, by as many connections as there are states, and the server's CPU for each.
fn counted(
    server: &Server,
    key: &str,
    seconds: u64,
    states: Vec<String>,
    work: fn(&mut Client, &mut String) -> Result<()>,
) -> Result<(f64, f64)> {
    let done = AtomicU64::new(0);
    let (ticks, begin) = (cpu_ticks(server.pid())?, Instant::now());
    let end = begin + Duration::from_secs(seconds);
    let one = |mut state: String| -> Result<()> {
        let mut client = Client::connect(server.address, key)?;
        while Instant::now() < end {
            work(&mut client, &mut state)?;
            done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let one = &one;
        let threads: Vec<_> = states.into_iter().map(|state| scope.spawn(move || one(state))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow!("a connection panicked"))?)
    })?;
    let took = begin.elapsed().as_secs_f64();
    let ticks = cpu_ticks(server.pid())? - ticks;
    let count = f64::from(u32::try_from(done.into_inner())?);
    // Linux counts in hundredths of a second.
    Ok((count / took, ticks * 10_000.0 / count))
}
