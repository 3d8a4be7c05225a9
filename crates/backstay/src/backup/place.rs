//! Puts a verified folder where a server finds it, in one step of the file system: at every moment the old folder or the new
//! one is there. In: a folder beside the target. Out: the name under which the old one is kept.

use super::{DATABASE, files, parent, refused};
use crate::problem::Problem;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::io::{Error, Result};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What is there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// Nothing, or an empty folder.
    Free,
    /// An empty folder of a file system of its own, which cannot be renamed.
    FreeMount,
    /// A folder with something in it.
    Taken,
    /// The same, with a file system of its own.
    TakenMount,
}

/// Called before each step with its number; an error stands for a crash there.
pub(crate) type Before<'a> = &'a mut dyn FnMut(usize) -> Result<()>;

/// Looks at the place.
///
/// # Errors
/// It is a file, or cannot be read.
pub(crate) fn target(folder: &Path) -> std::result::Result<Target, Problem> {
    let facts = match std::fs::metadata(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Target::Free),
        other => other.map_err(|error| refused("read", folder, &error))?,
    };
    if !facts.is_dir() {
        return Err(Problem::new(format!("{} is a file", folder.display())).help("name a folder with --data DIR"));
    }
    let names = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>>>);
    let names = names.map_err(|error| refused("read", folder, &error))?;
    // What a file system of its own has from its beginning.
    let empty = names.iter().all(|entry| entry.file_name() == "lost+found");
    let mount = std::fs::metadata(parent(folder)).is_ok_and(|above| above.dev() != facts.dev());
    Ok(match (empty, mount) {
        (true, false) => Target::Free,
        (true, true) => Target::FreeMount,
        (false, false) => Target::Taken,
        (false, true) => Target::TakenMount,
    })
}

/// Puts the folder `new` at `place`. With [`Target::Taken`] the old one ends at `aside`.
pub(crate) fn put(new: &Path, place: &Path, kind: &Target, aside: &Path, before: Before<'_>) -> Result<()> {
    match kind {
        Target::Free => {
            before(0)?;
            std::fs::rename(new, place)?;
            before(1)?;
            files::sync(&parent(place))
        }
        Target::Taken | Target::TakenMount => {
            before(0)?;
            renameat_with(CWD, new, CWD, place, RenameFlags::EXCHANGE).map_err(no_exchange)?;
            before(1)?;
            files::sync(&parent(place))?;
            before(2)?;
            rename_new(new, aside)?;
            before(3)?;
            files::sync(&parent(place))
        }
        Target::FreeMount => put_inside(new, place, before),
    }
}

/// Moves the content of `new` into `place`. The database comes last: before it, a server finds no data.
fn put_inside(new: &Path, place: &Path, before: Before<'_>) -> Result<()> {
    let mut names: Vec<_> =
        std::fs::read_dir(new)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<_>>()?;
    names.sort_by_key(|name| name == DATABASE);
    for (step, name) in names.iter().enumerate() {
        before(step)?;
        std::fs::rename(new.join(name), place.join(name))?;
        files::sync(place)?;
    }
    std::fs::remove_dir(new)
}

/// Gives a folder and what is in it to the owner of `like`, where that is somebody else.
pub(crate) fn give(folder: &Path, like: &Path) -> Result<()> {
    let Ok(owner) = std::fs::metadata(like) else { return Ok(()) };
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(path) = waiting.pop() {
        let facts = std::fs::symlink_metadata(&path)?;
        if facts.is_dir() {
            for entry in std::fs::read_dir(&path)? {
                waiting.push(entry?.path());
            }
        }
        if (facts.uid(), facts.gid()) != (owner.uid(), owner.gid()) {
            std::os::unix::fs::lchown(&path, Some(owner.uid()), Some(owner.gid()))?;
        }
    }
    Ok(())
}

/// Renames to a name that nothing has.
pub(crate) fn rename_new(from: &Path, to: &Path) -> Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => match std::fs::symlink_metadata(to) {
            Ok(_) => Err(Error::from(std::io::ErrorKind::AlreadyExists)),
            Err(_) => std::fs::rename(from, to),
        },
        other => Ok(other?),
    }
}

fn no_exchange(error: Errno) -> Error {
    match error {
        Errno::INVAL | Errno::NOSYS | Errno::NOTSUP => Error::other(
            "this file system cannot exchange two folders in one step; move the old folder away yourself, and restore again",
        ),
        other => other.into(),
    }
}

/// The name under which a replaced folder is kept.
pub(crate) fn aside(place: &Path, moment: &str) -> PathBuf {
    let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let moment: String = moment.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    parent(place).join(format!("{name}.before-restore-{moment}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(path: &Path, word: &str) {
        std::fs::create_dir_all(path).unwrap();
        std::fs::write(path.join(DATABASE), word).unwrap();
        std::fs::write(path.join("keys.json"), word).unwrap();
    }

    /// `old`, `new`, or what is wrong.
    fn state(place: &Path) -> String {
        let read = |name: &str| std::fs::read_to_string(place.join(name)).unwrap_or_else(|_| "none".to_owned());
        let (database, keys) = (read(DATABASE), read("keys.json"));
        if database == keys { database } else { format!("{database} with keys of {keys}") }
    }

    #[test]
    fn a_crash_at_any_step_leaves_the_old_folder_or_the_new_one() {
        for (kind, old) in [(Target::Taken, "old"), (Target::Free, "none")] {
            for crash_at in 0..5 {
                let dir = tempfile::tempdir().unwrap();
                let (new, place, aside) = (dir.path().join(".new"), dir.path().join("data"), dir.path().join("aside"));
                folder(&new, "new");
                if kind == Target::Taken {
                    folder(&place, "old");
                }
                assert_eq!(target(&place).unwrap(), kind);
                let mut crash = |at| if at == crash_at { Err(Error::other("crash")) } else { Ok(()) };
                let done = put(&new, &place, &kind, &aside, &mut crash);
                let expected = if crash_at == 0 { old } else { "new" };
                assert_eq!(state(&place), expected, "{kind:?}, a crash at step {crash_at}");
                if kind == Target::Taken && crash_at > 0 {
                    let kept = if aside.exists() { &aside } else { &new };
                    assert_eq!(state(kept), "old", "the old folder is lost by a crash at step {crash_at}");
                }
                assert_eq!(done.is_ok(), crash_at >= if kind == Target::Taken { 4 } else { 2 });
            }
        }
    }

    #[test]
    fn a_crash_inside_a_mount_never_leaves_a_database_without_its_keys() {
        for crash_at in 0..3 {
            let dir = tempfile::tempdir().unwrap();
            let (new, place) = (dir.path().join("data/.new"), dir.path().join("data"));
            folder(&new, "new");
            let mut crash = |at| if at == crash_at { Err(Error::other("crash")) } else { Ok(()) };
            let done = put(&new, &place, &Target::FreeMount, Path::new("unused"), &mut crash);
            assert_eq!(place.join(DATABASE).exists(), crash_at == 2);
            assert_eq!(done.is_ok(), crash_at == 2);
        }
    }

    #[test]
    fn places_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(target(&dir.path().join("none")).unwrap(), Target::Free);
        std::fs::create_dir(dir.path().join("lost+found")).unwrap();
        assert_eq!(target(dir.path()).unwrap(), Target::Free);
        std::fs::write(dir.path().join("x"), "").unwrap();
        assert_eq!(target(dir.path()).unwrap(), Target::Taken);
        assert!(target(&dir.path().join("x")).unwrap_err().message.contains("is a file"));
        assert!(rename_new(dir.path(), &dir.path().join("x")).is_err());
    }
}
