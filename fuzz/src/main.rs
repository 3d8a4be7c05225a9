//! The driver: replays the corpus, then mutates what led somewhere new, and stops with the input where something must never be.

use anyhow::{Context, Result, ensure};
use backstay_fuzz::{Outcome, TARGETS, Target, rules, signed};
use clap::Parser;
use std::collections::HashSet;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Longest input.
const INPUT_BYTES_MAX: usize = 16 * 1024;
/// Inputs kept of one target.
const KEPT_MAX: usize = 2_000;
/// Findings of one target after which it ends.
const FINDINGS_MAX: usize = 3;
/// Longest time one input may take in an unoptimised build: of the processor, and by the clock on a machine that does much else.
const SLOW: Duration = Duration::from_secs(5);
const STUCK: Duration = Duration::from_secs(60);

/// Mutates inputs of every target, guided by what they lead to.
#[derive(Parser)]
struct Cli {
    /// Seed; a run with the same seed and counts tries the same inputs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Mutations of each target.
    #[arg(long, default_value_t = 20_000)]
    mutations: u64,
    /// Time for all targets together, seconds; a target that runs out of its share says so.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Only this target.
    #[arg(long)]
    target: Option<String>,
    /// Folder with a corpus folder per target; findings are written beside it.
    #[arg(long)]
    corpus: PathBuf,
    /// Folder for findings, and for the input each target is busy with.
    #[arg(long)]
    findings: PathBuf,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// Panics on any thread; a writer that panics does not reach the caller.
static PANICS: AtomicU64 = AtomicU64::new(0);

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from((self.next() >> 11) % limit).unwrap_or_default()
    }
}

struct Report {
    target: &'static str,
    corpus: usize,
    mutations: u64,
    paths: usize,
    findings: usize,
    cut_short: bool,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    std::fs::create_dir_all(&cli.findings)?;
    std::panic::set_hook(Box::new(|_| {
        PANICS.fetch_add(1, Ordering::Relaxed);
    }));
    let targets: Vec<&Target> =
        TARGETS.iter().filter(|target| cli.target.as_deref().is_none_or(|name| name == target.name)).collect();
    ensure!(!targets.is_empty(), "there is no such target");
    let begin = Instant::now();
    let next = AtomicUsize::new(0);
    let reports = Mutex::new(Vec::new());
    // The threads share the time: each target gets its part of what all threads have.
    let threads = cli.threads.clamp(1, targets.len());
    let rounds = u32::try_from(targets.len().div_ceil(threads)).unwrap_or(1);
    let share = Duration::from_secs(cli.seconds) / rounds;
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let report = fuzz(target, &cli, share);
                    if let Ok(mut reports) = reports.lock() {
                        reports.push(report);
                    }
                }
            });
        }
    });
    let reports = reports.into_inner().map_err(|_| anyhow::anyhow!("a thread of the driver ended early"))?;
    let (mut passed, mut failed) = (0, targets.len() - reports.len());
    for report in reports {
        let report = report?;
        let clean = report.findings == 0;
        passed += usize::from(clean);
        failed += usize::from(!clean);
        say(&format!(
            "fuzz {}: seed {}, corpus {}, mutations {}{}, paths {}, findings {}",
            report.target,
            cli.seed,
            report.corpus,
            report.mutations,
            if report.cut_short { " (time ran out)" } else { "" },
            report.paths,
            report.findings
        ));
    }
    say(&format!("fuzz: seed {}, {:.0} s", cli.seed, begin.elapsed().as_secs_f32()));
    say(&format!("{passed} passed, {failed} failed"));
    ensure!(failed == 0, "inputs that must be fixed stand in {}", cli.findings.display());
    Ok(())
}

/// Time of the processor that this thread has had; nothing where the system does not tell.
fn used() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(told.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

fn fuzz(target: &Target, cli: &Cli, share: Duration) -> Result<Report> {
    let begin = Instant::now();
    let mut random = Random((cli.seed ^ (target.name.len() as u64) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut kept = corpus(&cli.corpus.join(target.name))?;
    if target.name.starts_with("rule") {
        kept.extend(rules(cli.seed, 200).into_iter().map(String::into_bytes));
    }
    if target.name == "token" {
        kept.extend(signed().into_iter().map(String::into_bytes));
    }
    ensure!(!kept.is_empty(), "target {} has no corpus", target.name);
    let mut report =
        Report { target: target.name, corpus: kept.len(), mutations: 0, paths: 0, findings: 0, cut_short: false };
    let mut seen = HashSet::new();
    for input in &kept {
        report.findings += usize::from(!tried(target, input, cli, &mut seen)?);
    }
    while report.mutations < cli.mutations && report.findings < FINDINGS_MAX {
        if begin.elapsed() > share {
            report.cut_short = true;
            break;
        }
        let input = mutated(&mut random, &kept, target.words);
        let paths = seen.len();
        report.findings += usize::from(!tried(target, &input, cli, &mut seen)?);
        report.mutations += 1;
        if seen.len() > paths {
            if kept.len() < KEPT_MAX {
                kept.push(input);
            } else {
                let at = random.below(KEPT_MAX);
                kept[at] = input;
            }
        }
    }
    report.paths = seen.len();
    Ok(report)
}

/// Feeds an input; whether it is as it must be. What is not is written down.
fn tried(target: &Target, input: &[u8], cli: &Cli, seen: &mut HashSet<u64>) -> Result<bool> {
    // A stack that overflows takes the process: the input must be on the disk before.
    let busy = cli.findings.join(format!("{}.busy", target.name));
    if input.len() > 256 {
        std::fs::write(&busy, input)?;
    }
    let (panics, begin, used) = (PANICS.load(Ordering::Relaxed), Instant::now(), used());
    let outcome: Outcome =
        catch_unwind(AssertUnwindSafe(|| (target.run)(input))).unwrap_or_else(|_| Err("panic".to_owned()));
    let outcome = match outcome {
        Ok(_) if PANICS.load(Ordering::Relaxed) > panics => Err("panic on another thread".to_owned()),
        Ok(_) if begin.elapsed() > STUCK => Err(format!("took {:?}", begin.elapsed())),
        Ok(_) if self::used().saturating_sub(used) > SLOW => {
            Err(format!("took {:?} of the processor", self::used().saturating_sub(used)))
        }
        other => other,
    };
    match outcome {
        Ok(path) => {
            seen.insert(path);
            Ok(true)
        }
        Err(reason) => {
            let number = PANICS.load(Ordering::Relaxed) + u64::try_from(seen.len()).unwrap_or_default();
            let path = cli.findings.join(format!("{}-{}-{number}", target.name, cli.seed));
            std::fs::write(&path, input)?;
            say(&format!(
                "finding in {}: {reason}\n  input {}: {:?}",
                target.name,
                path.display(),
                String::from_utf8_lossy(input)
            ));
            Ok(false)
        }
    }
}

/// The files of a folder, in the order of their names.
fn corpus(dir: &Path) -> Result<Vec<Vec<u8>>> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("no corpus in {}", dir.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).map_err(Into::into)).collect()
}

/// One to four changes to a kept input.
fn mutated(random: &mut Random, kept: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut input = kept[random.below(kept.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.below(input.len() + 1);
        let end = (at + 1 + random.below(12)).min(input.len());
        match random.below(10) {
            0 if at < input.len() => input[at] ^= 1 << random.below(8),
            1 => drop(input.drain(at..end.max(at))),
            2 => {
                let piece = input[at..end.max(at)].to_vec();
                drop(input.splice(at..at, piece));
            }
            3 => input.truncate(at),
            4 => {
                let other = &kept[random.below(kept.len())];
                let from = random.below(other.len() + 1);
                let to = (from + random.below(64)).min(other.len());
                drop(input.splice(at..end.max(at), other[from..to].iter().copied()));
            }
            5 if random.below(20) == 0 => {
                let piece = words[random.below(words.len())].repeat(1 + random.below(2_000));
                drop(input.splice(at..at, piece.into_bytes()));
            }
            6 => {
                let byte = u8::try_from(random.below(256)).unwrap_or_default();
                input.insert(at, byte);
            }
            7 => {
                let word = words[random.below(words.len())];
                drop(input.splice(at..end.max(at), word.bytes()));
            }
            _ => {
                let word = words[random.below(words.len())];
                drop(input.splice(at..at, word.bytes()));
            }
        }
    }
    input.truncate(INPUT_BYTES_MAX);
    input
}
