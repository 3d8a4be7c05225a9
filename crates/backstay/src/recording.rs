//! Keeps what requests looked for, so that `backstay advise` knows. In: an engine that counts in memory. Out: a small file in the data
//! folder, written once a minute and at the end; fields and numbers, never values.

use crate::problem::Problem;
use backstay_engine::Engine;
use backstay_engine::advise::{Need, Recorded, SHAPES_MAX};
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The file's name in the data folder.
const FILE: &str = "request-shapes.json";
/// Time between two writes.
const INTERVAL: Duration = Duration::from_secs(60);
/// Largest file that is read.
const BYTES_MAX: u64 = 1 << 20;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Kept {
    shapes: Vec<Shape>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Shape {
    requests: u64,
    looked_for: Need,
}

/// Keeps them until `stop`, and once more then.
pub(crate) fn start(engine: Engine, data_dir: &Path, stop: CancellationToken) -> JoinHandle<()> {
    let path = file(data_dir);
    tokio::spawn(async move {
        // A file that cannot be read is begun anew: it only advises.
        let mut recorded = read(&path).unwrap_or_default();
        loop {
            let ended = tokio::time::timeout(INTERVAL, stop.cancelled()).await.is_ok();
            let fresh = engine.needs();
            if !fresh.is_empty() {
                add(&mut recorded, fresh);
                let (to, kept) = (path.clone(), recorded.clone());
                let written = tokio::task::spawn_blocking(move || write(&to, &kept)).await;
                if !matches!(written, Ok(Ok(()))) {
                    tracing::warn!(path = %path.display(), "cannot keep what requests look for");
                }
            }
            if ended {
                return;
            }
        }
    })
}

/// Where a data folder keeps them.
pub(crate) fn file(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

/// What a file holds; nothing where there is none.
///
/// # Errors
/// It cannot be read.
pub(crate) fn read(path: &Path) -> Result<Recorded, Problem> {
    let unreadable = |reason: String| {
        Problem::new(format!("cannot read {}: {reason}", path.display())).help("remove it; a server begins a new one")
    };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Recorded::new()),
        Err(error) => return Err(unreadable(error.to_string())),
        Ok(facts) if facts.len() > BYTES_MAX => return Err(unreadable("it is too large".to_owned())),
        Ok(_) => {}
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let kept: Kept = serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
    let mut recorded = Recorded::new();
    add(&mut recorded, kept.shapes.into_iter().map(|shape| (shape.looked_for, shape.requests)).collect());
    Ok(recorded)
}

/// Adds the requests of one to those of another; of too many shapes those of the fewest requests go.
pub(crate) fn add(to: &mut Recorded, more: Recorded) {
    for (need, requests) in more {
        let sum = to.entry(need).or_insert(0);
        *sum = sum.saturating_add(requests);
    }
    if to.len() > SHAPES_MAX {
        let mut all: Vec<(Need, u64)> = std::mem::take(to).into_iter().collect();
        all.sort_by_key(|(_, requests)| std::cmp::Reverse(*requests));
        all.truncate(SHAPES_MAX);
        to.extend(all);
    }
}

/// Puts a new file in the place of the old one.
fn write(path: &Path, recorded: &Recorded) -> std::io::Result<()> {
    let shape = |(need, requests): (&Need, &u64)| Shape { requests: *requests, looked_for: need.clone() };
    let kept = Kept { shapes: recorded.iter().map(shape).collect() };
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec_pretty(&kept)?)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(field: &str) -> Need {
        Need { relation: "notes".to_owned(), equal: vec![field.to_owned()], range: None, order: Vec::new() }
    }

    #[test]
    fn what_is_written_is_read_and_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let path = file(dir.path());
        assert_eq!(read(&path).unwrap(), Recorded::new());
        let mut recorded = Recorded::from([(need("a"), 7)]);
        add(&mut recorded, Recorded::from([(need("a"), 1), (need("b"), 1)]));
        write(&path, &recorded).unwrap();
        assert_eq!(read(&path).unwrap(), Recorded::from([(need("a"), 8), (need("b"), 1)]));
        let many = (0..SHAPES_MAX).map(|at| (need(&format!("f{at}")), 2)).collect();
        add(&mut recorded, many);
        assert_eq!((recorded.len(), recorded.get(&need("a")), recorded.get(&need("b"))), (SHAPES_MAX, Some(&8), None));
        std::fs::write(&path, "{").unwrap();
        assert!(read(&path).unwrap_err().message.contains("request-shapes.json"));
    }
}
