//! Redis is emptied, and stopped and started again, while nodes count requests in it and sessions end. In: people who read, some of
//! whom sign out. Out: that no request of theirs fails, that nobody is let in after signing out, and that the nodes say that they
//! counted alone.

use super::cluster::Cluster;
use super::each;
use crate::assure::{Profile, Tally};
use crate::http::Client;
use crate::services::Own;
use crate::shell;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// People at the same time.
const PEOPLE: usize = 12;
/// Longest that a node may still know a session after another one has ended it, on a machine with much else to do.
const HEARD_MAX: Duration = Duration::from_secs(3);
/// Pause of a person after each request.
const PAUSE: Duration = Duration::from_millis(20);
/// Time between two things that happen.
const CALM: Duration = Duration::from_millis(1_500);
const COUNTED_ALONE: &str = "backstay_shared_counts_failed_total";

/// On each database that nodes share.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    each(|database| {
        let mut tally = Tally::default();
        let server = Own::start(database, &[])?;
        let redis = Own::start("redis", &[])?;
        let url = redis.address();
        let env = [
            ("BACKSTAY_REDIS_URL", url.as_str()),
            // As behind a balancer: tokens of one node are good at the other.
            ("BACKSTAY_EXTERNAL_URL", "http://localhost"),
            ("BACKSTAY_AUTH__CONFIRM_EMAIL", "false"),
            ("BACKSTAY_AUTH__LIMITS__ENABLED", "false"),
            ("BACKSTAY_AUTH__PASSWORD__ARGON2_MEMORY", "64KiB"),
            ("BACKSTAY_AUTH__PASSWORD__ARGON2_TIME", "1"),
        ];
        let mut cluster = Cluster::start(&server.address(), 2, &env)?;
        let row = json!({"id": 1, "text": "read by all"}).to_string();
        let reply = cluster.client()?.send("POST", "/rest/v1/notices", &row)?;
        ensure!(reply.status == 201, "the notice was answered with {} {}", reply.status, reply.body);
        for round in profile.rounds(1, 20) {
            let outcome = one(&mut cluster, &redis, round);
            tally.note(&format!("{database}, Redis emptied, stopped and started, round {round}"), outcome);
        }
        Ok(tally)
    })
}

/// Somebody who reads.
struct Person {
    token: String,
    /// What they were answered: when it was asked, by which node, and the status.
    answers: Vec<(Instant, usize, u16)>,
    /// When they were told that they are signed out.
    left: Option<Instant>,
}

fn one(cluster: &mut Cluster, redis: &Own, round: u64) -> Result<String> {
    let nodes = cluster.addresses();
    let tokens = (0..PEOPLE).map(|number| signed_up(cluster, round, number)).collect::<Result<Vec<_>>>()?;
    let before = counted_alone(cluster)?;
    let (stop, leave) = (AtomicBool::new(false), [const { AtomicBool::new(false) }; 3]);
    let people = std::thread::scope(|scope| {
        let (stop, leave, nodes) = (&stop, &leave, &nodes);
        // A third leaves while Redis is empty, one while it is gone, one when it is back.
        let asked: Vec<_> = tokens
            .into_iter()
            .enumerate()
            .map(|(number, token)| scope.spawn(move || reads(token, nodes, (leave.get(number % 4), stop))))
            .collect();
        let happened = happen(redis, leave);
        stop.store(true, Ordering::SeqCst);
        let people = asked.into_iter().map(|one| one.join().unwrap_or_else(|_| anyhow::bail!("a client panicked")));
        let people = people.collect::<Result<Vec<_>>>()?;
        happened.map(|()| people)
    })?;
    cluster.all_run(None)?;
    let after = counted_alone(cluster)?;
    let told = judged(&people, after.iter().sum::<u64>() - before.iter().sum::<u64>())?;
    for (node, (before, after)) in before.iter().zip(&after).enumerate() {
        ensure!(after > before, "node {node} counted alone and does not say so: {COUNTED_ALONE} {after}");
    }
    Ok(told)
}

fn happen(redis: &Own, leave: &[AtomicBool; 3]) -> Result<()> {
    let [empty, gone, back] = leave;
    std::thread::sleep(CALM);
    let port = redis.port().to_string();
    shell::run_quietly(&mut shell::command("redis-cli", &["-p", &port, "FLUSHALL"]))?;
    empty.store(true, Ordering::SeqCst);
    std::thread::sleep(CALM);
    redis.crash()?;
    gone.store(true, Ordering::SeqCst);
    std::thread::sleep(CALM * 2);
    redis.again()?;
    back.store(true, Ordering::SeqCst);
    std::thread::sleep(CALM + HEARD_MAX);
    Ok(())
}

/// A new account's session.
fn signed_up(cluster: &Cluster, round: u64, number: usize) -> Result<String> {
    let body = json!({"email": format!("p{number}.{round}@example.com"), "password": "correct horse battery 7"});
    let headers = [("Content-Type", "application/json"), ("apikey", cluster.token.as_str())];
    let first = *cluster.addresses().first().context("a cluster has a node")?;
    let reply = Client::connect(first, "")?.send_with("POST", "/auth/v1/signup", &headers, &body.to_string())?;
    let session: Value = serde_json::from_str(&reply.body)?;
    let token = session["access_token"].as_str();
    Ok(token.with_context(|| format!("a sign-up was answered with {} {}", reply.status, reply.body))?.to_owned())
}

/// Reads at one node after the other until all is over. Signs out at the first of them when it is time to.
fn reads(token: String, nodes: &[SocketAddr], (leave, stop): (Option<&AtomicBool>, &AtomicBool)) -> Result<Person> {
    let connect = |node: &SocketAddr| Client::connect(*node, &token);
    let mut clients = nodes.iter().map(connect).collect::<Result<Vec<_>>>()?;
    let (mut answers, mut left) = (Vec::new(), None);
    while !stop.load(Ordering::SeqCst) {
        if left.is_none() && leave.is_some_and(|leave| leave.load(Ordering::SeqCst)) {
            let first = clients.first_mut().context("a cluster has a node")?;
            let reply = first.send("POST", "/auth/v1/logout?scope=global", "")?;
            ensure!(reply.status == 204, "signing out was answered with {} {}", reply.status, reply.body);
            left = Some(Instant::now());
        }
        for (node, client) in clients.iter_mut().enumerate() {
            let asked = Instant::now();
            let reply = client.send("GET", "/rest/v1/notices", "")?;
            answers.push((asked, node, reply.status));
        }
        std::thread::sleep(PAUSE);
    }
    Ok(Person { token, answers, left })
}

/// Requests that each node has counted alone so far.
fn counted_alone(cluster: &Cluster) -> Result<Vec<u64>> {
    let ask = |node: SocketAddr| {
        let metrics = Client::connect(node, &cluster.token)?.send("GET", "/metrics", "")?.body;
        let line = metrics.lines().find_map(|line| line.strip_prefix(COUNTED_ALONE));
        let number = line.and_then(|rest| rest.rsplit(' ').next()).context("there is no such metric")?;
        Ok(number.parse()?)
    };
    cluster.addresses().into_iter().map(ask).collect()
}

/// Nobody fails while signed in; nobody is let in after signing out: by the node that did it at once, by the other as soon as it
/// has heard.
fn judged(people: &[Person], alone: u64) -> Result<String> {
    let (mut asked, mut longest) = (0, Duration::ZERO);
    for Person { token, answers, left } in people {
        ensure!(!token.is_empty() && !answers.is_empty(), "somebody asked for nothing");
        asked += answers.len();
        for (at, node, status) in answers {
            let since = left.and_then(|left| at.checked_duration_since(left));
            match (since, status) {
                (None, 200) | (Some(_), 401) => {}
                // What was asked before the answer came, and answered behind it.
                (None, 401) if left.is_some_and(|left| left.duration_since(*at) < HEARD_MAX) => {}
                (Some(since), 200) if *node > 0 && since <= HEARD_MAX => longest = longest.max(since),
                (since, status) => anyhow::bail!("node {node} answered {status}; signed out since {since:?}"),
            }
        }
    }
    ensure!(people.iter().filter(|person| person.left.is_some()).count() * 2 > people.len(), "hardly anybody left");
    Ok(format!(
        "{asked} requests of {} people, none failed; the other node knew an ended session for at most {:.2} s; {alone} counted alone",
        people.len(),
        longest.as_secs_f32()
    ))
}
