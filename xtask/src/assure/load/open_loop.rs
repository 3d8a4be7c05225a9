//! A generator of load whose requests come at their own rate, whether the server keeps up or not.
//!
//! A closed loop waits for an answer before it asks again, so a slow server is asked less and is never overloaded. Here each
//! request has a moment at which it is due; its latency counts from there. A connection that is free is used, else one is opened,
//! up to as many as a proxy in front of a server would open. With all of them waiting, a request is not sent and counts as such.

use anyhow::{Context, Result, bail};
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio::time::Instant;

/// A client that waits longer has given up.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Time at the begin of an open run that counts for nothing: waits have to build up first.
const RAMP: Duration = Duration::from_secs(1);

/// Connections open at once.
const CONNECTIONS_MAX: usize = 4_096;

/// What is asked for.
pub(super) struct Target<'a> {
    pub(super) address: SocketAddr,
    pub(super) token: &'a str,
    /// Method, path and body of the request with a number.
    pub(super) request: fn(u64) -> (&'static str, String, String),
    /// The number of the first request.
    pub(super) from: u64,
}

/// What came back.
#[derive(Default)]
pub(super) struct Counts {
    /// Requests that were due.
    pub(super) due: u64,
    /// Of those, not sent: every connection waited for the server.
    pub(super) unsent: u64,
    /// Answers of success while they count.
    pub(super) good: u64,
    /// Answers of success before and after.
    pub(super) late: u64,
    /// 429 and 503 with `Retry-After`.
    pub(super) refused: u64,
    /// The first of what must not be: another status, no `Retry-After`, no answer in time.
    pub(super) wrong: Option<String>,
    /// How many of those.
    pub(super) wrongs: u64,
    /// Latencies of the answers of success, microseconds.
    micros: Vec<u64>,
    /// Of asking.
    seconds: f64,
    /// Of those, as many as answers count in.
    counted: f64,
}

impl Counts {
    /// Answers of success per second of the run.
    pub(super) fn goodput(&self) -> f64 {
        f64::from(u32::try_from(self.good).unwrap_or(u32::MAX)) / self.counted
    }

    /// Requests per second of the run that were due.
    pub(super) fn offered(&self) -> f64 {
        f64::from(u32::try_from(self.due).unwrap_or(u32::MAX)) / self.seconds
    }

    /// A percentile of the latency of answers of success.
    pub(super) fn percentile(&mut self, percent: usize) -> Duration {
        self.micros.sort_unstable();
        let at = (self.micros.len() * percent / 100).min(self.micros.len().saturating_sub(1));
        Duration::from_micros(self.micros.get(at).copied().unwrap_or_default())
    }
}

/// Asks on so many connections, each as fast as it is answered: the peak.
pub(super) fn closed(target: &Target<'_>, connections: u64, time: Duration) -> Result<Counts> {
    let run = Run::new(target, Duration::ZERO, time);
    local(async {
        let workers = (0..connections).map(|_| {
            let run = Rc::clone(&run);
            tokio::task::spawn_local(async move {
                while run.begin.elapsed() < time {
                    run.ask(Instant::now()).await;
                }
            })
        });
        for worker in workers.collect::<Vec<_>>() {
            worker.await?;
        }
        Ok(())
    })?;
    run.counts()
}

/// Asks at a fixed rate, a second longer than answers count, and waits for what is under way at the end.
pub(super) fn open(target: &Target<'_>, per_second: f64, time: Duration) -> Result<Counts> {
    let run = Run::new(target, RAMP, time);
    local(async {
        let mut asked = Vec::new();
        for number in 0_u32.. {
            let due = run.begin + Duration::from_secs_f64(f64::from(number) / per_second);
            if due.duration_since(run.begin) >= RAMP + time {
                break;
            }
            tokio::time::sleep_until(due).await;
            let run = Rc::clone(&run);
            asked.push(tokio::task::spawn_local(async move { run.ask(due).await }));
        }
        for task in asked {
            task.await?;
        }
        Ok(())
    })?;
    run.counts()
}

fn local(work: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, work)
}

struct Run {
    address: SocketAddr,
    token: String,
    request: fn(u64) -> (&'static str, String, String),
    next: Cell<u64>,
    begin: Instant,
    /// When answers count, from the begin.
    counted: RangeInclusive<Duration>,
    free: RefCell<Vec<BufReader<TcpStream>>>,
    /// Requests under way, each on its connection.
    asking: Cell<usize>,
    counts: RefCell<Counts>,
}

/// One of the connections, until it is dropped.
struct Place<'a>(&'a Cell<usize>);

impl<'a> Place<'a> {
    fn take(taken: &'a Cell<usize>) -> Option<Self> {
        let now = taken.get();
        (now < CONNECTIONS_MAX).then(|| {
            taken.set(now + 1);
            Self(taken)
        })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Status of an answer, whether it says when to come again, and whether the connection stays.
struct Answer {
    status: u16,
    retry_after: bool,
    keep: bool,
}

impl Run {
    fn new(target: &Target<'_>, ramp: Duration, time: Duration) -> Rc<Self> {
        Rc::new(Self {
            address: target.address,
            token: target.token.to_owned(),
            request: target.request,
            next: Cell::new(target.from),
            begin: Instant::now(),
            counted: ramp..=ramp + time,
            free: RefCell::default(),
            asking: Cell::new(0),
            counts: RefCell::new(Counts {
                seconds: (ramp + time).as_secs_f64(),
                counted: time.as_secs_f64(),
                ..Counts::default()
            }),
        })
    }

    fn counts(&self) -> Result<Counts> {
        let counts = self.counts.take();
        if counts.due == counts.unsent {
            bail!("nothing was sent");
        }
        Ok(counts)
    }

    async fn ask(&self, due: Instant) {
        let number = self.next.replace(self.next.get() + 1);
        self.counts.borrow_mut().due += 1;
        let Some(_place) = Place::take(&self.asking) else {
            self.counts.borrow_mut().unsent += 1;
            return;
        };
        let answer = tokio::time::timeout_at(due + TIMEOUT, self.exchange(number)).await;
        let now = Instant::now();
        let mut counts = self.counts.borrow_mut();
        let wrong = match answer {
            Ok(Ok(Answer { status: 200 | 201, .. })) => {
                let in_time = self.counted.contains(&now.duration_since(self.begin));
                *if in_time { &mut counts.good } else { &mut counts.late } += 1;
                counts.micros.push(u64::try_from(now.duration_since(due).as_micros()).unwrap_or(u64::MAX));
                return;
            }
            Ok(Ok(Answer { status: 429 | 503, retry_after: true, .. })) => {
                counts.refused += 1;
                return;
            }
            Ok(Ok(Answer { status: status @ (429 | 503), .. })) => format!("{status} without Retry-After"),
            Ok(Ok(Answer { status, .. })) => format!("status {status}"),
            Ok(Err(error)) => format!("{error:#}"),
            Err(_) => format!("no answer within {TIMEOUT:?}"),
        };
        counts.wrongs += 1;
        counts.wrong.get_or_insert(wrong);
    }

    async fn exchange(&self, number: u64) -> Result<Answer> {
        let free = self.free.borrow_mut().pop();
        let mut stream = match free {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await.context("cannot connect")?;
                stream.set_nodelay(true)?;
                BufReader::new(stream)
            }
        };
        let (method, path, body) = (self.request)(number);
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.token,
            body.len(),
        );
        // A server that turns the connection away has answered before it reads.
        let written = stream.get_mut().write_all(request.as_bytes()).await;
        let answer = read(&mut stream).await.map_err(|error| match written {
            Ok(()) => error,
            Err(first) => first.into(),
        })?;
        if answer.keep {
            self.free.borrow_mut().push(stream);
        }
        Ok(answer)
    }
}

/// Reads one answer, body and all.
async fn read(stream: &mut BufReader<TcpStream>) -> Result<Answer> {
    let mut line = String::new();
    stream.read_line(&mut line).await.context("reading the status")?;
    let status =
        line.split(' ').nth(1).and_then(|word| word.parse().ok()).context("the connection closed without an answer")?;
    let mut answer = Answer { status, retry_after: false, keep: true };
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line).await.context("reading the head")?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse()?,
            "retry-after" => answer.retry_after = value.parse::<u32>().is_ok(),
            "connection" => answer.keep = !value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.context("reading the body")?;
    Ok(answer)
}
