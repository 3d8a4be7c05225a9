//! Mail as files, for development and tests: one `.eml` a mail, named so that they sort by time. In: a mail. Out: its path.

use super::message::Message;
use super::{Accepted, Mailer, SendError, Sending, wire};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Writes into a folder, which is made when it does not exist.
#[derive(Debug)]
pub(super) struct Dir {
    folder: PathBuf,
}

impl Dir {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }
}

impl Mailer for Dir {
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(async move {
            let bytes = wire::bytes(message).map_err(|error| SendError::Refused { reason: error.to_string() })?;
            let path = self.folder.join(file_name(message));
            let target = path.clone();
            let written = tokio::task::spawn_blocking(move || write(&target, &bytes)).await;
            let unreachable = |reason: String| SendError::Unreachable { reason };
            match written {
                Ok(Ok(())) => Ok(Accepted { reference: path.display().to_string() }),
                Ok(Err(error)) => Err(unreachable(format!("cannot write {}: {error}", path.display()))),
                Err(_) => Err(unreachable(format!("cannot write {}: the program is ending", path.display()))),
            }
        })
    }
}

/// The time in milliseconds, then the id; a mail that is sent again replaces itself.
fn file_name(message: &Message) -> String {
    let since = message.written_at.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:013}-{}.eml", since.as_millis(), message.id.as_str())
}

/// Whole or not at all: readers of the folder never see half a mail.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let hidden = path.with_extension("part");
    let mut file = File::create(&hidden)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&hidden, path)?;
    File::open(folder)?.sync_all()
}
