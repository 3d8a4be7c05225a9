//! Tells when a schema was saved. In: the schema's path. Out: one signal for each burst of changes of its files.

use crate::problem::Problem;
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;

/// A burst is over after so much quiet: editors write, rename and set the time of a file one after the other.
const QUIET: Duration = Duration::from_millis(100);
/// Bursts that may wait; one is as good as many.
const SIGNALS_MAX: usize = 1;

/// Watches a schema until it is dropped.
pub(crate) struct SchemaWatch {
    changed: mpsc::Receiver<()>,
    _watcher: RecommendedWatcher,
}

impl SchemaWatch {
    /// Begins to watch the file, or the `*.graphql` files of the folder.
    ///
    /// # Errors
    /// When the system cannot watch.
    pub(crate) fn start(schema: &Path) -> Result<Self, Problem> {
        let unable = |error: notify::Error| {
            Problem::new(format!("cannot watch {}: {error}", schema.display()))
                .help("serve without following changes: backstay serve")
        };
        let schema = std::fs::canonicalize(schema)
            .map_err(|error| Problem::new(format!("cannot watch {}: {error}", schema.display())))?;
        // The folder, not the file: editors replace files, and a watch of a file would stay with the old one.
        let folder =
            if schema.is_dir() { schema.clone() } else { schema.parent().map(Path::to_path_buf).unwrap_or_default() };
        let (signal, changed) = mpsc::channel(SIGNALS_MAX);
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| concerns(&event, &schema)) {
                // Full means that a signal is waiting already.
                let _ = signal.try_send(());
            }
        })
        .map_err(unable)?;
        watcher.watch(&folder, RecursiveMode::NonRecursive).map_err(unable)?;
        Ok(Self { changed, _watcher: watcher })
    }

    /// Waits for the end of the next burst of changes; `None` when watching ended.
    pub(crate) async fn changed(&mut self) -> Option<()> {
        self.changed.recv().await?;
        while let Ok(signal) = tokio::time::timeout(QUIET, self.changed.recv()).await {
            signal?;
        }
        Some(())
    }
}

fn concerns(event: &Event, schema: &Path) -> bool {
    let is_ours = |path: &PathBuf| {
        path == schema || (path.parent() == Some(schema) && path.extension().is_some_and(|e| e == "graphql"))
    };
    !event.kind.is_access() && event.paths.iter().any(is_ours)
}

#[cfg(test)]
mod tests {
    use super::SchemaWatch;
    use std::time::Duration;

    #[tokio::test]
    async fn a_saved_file_is_noticed_and_others_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let schema = folder.path().join("schema.graphql");
        std::fs::write(&schema, "a").unwrap();
        let mut watch = SchemaWatch::start(&schema).unwrap();
        let soon = Duration::from_secs(10);

        std::fs::write(&schema, "b").unwrap();
        tokio::time::timeout(soon, watch.changed()).await.unwrap().unwrap();

        // Replaced by another file, as editors do it.
        let draft = folder.path().join("draft");
        std::fs::write(&draft, "c").unwrap();
        std::fs::rename(&draft, &schema).unwrap();
        tokio::time::timeout(soon, watch.changed()).await.unwrap().unwrap();

        std::fs::write(folder.path().join("other.txt"), "d").unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(300), watch.changed()).await.is_err());
    }
}
