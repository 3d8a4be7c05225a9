//! File systems of a test's own: an image on a loop device, or memory of a fixed size. Unmounted when dropped.

use crate::shell::{self, CannotRun};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A kind of file system on an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Xfs,
    Ext4,
}

impl Kind {
    /// Program and Debian package that make one, and the program's arguments.
    fn maker(self) -> (&'static str, &'static str, &'static [&'static str]) {
        match self {
            Kind::Xfs => ("mkfs.xfs", "xfsprogs", &["-q", "-f"]),
            Kind::Ext4 => ("mkfs.ext4", "e2fsprogs", &["-q", "-F"]),
        }
    }

    /// Size of an image, which is sparse: XFS wants 300 MB.
    fn megabytes(self) -> &'static str {
        match self {
            Kind::Xfs => "320M",
            Kind::Ext4 => "64M",
        }
    }
}

/// A mounted file system.
pub(super) struct Mount {
    /// Where it is mounted.
    pub(super) at: PathBuf,
}

impl Mount {
    /// Makes an image beside `at` and mounts it there.
    ///
    /// # Errors
    /// [`CannotRun`] where the machine allows no mounts.
    pub(super) fn image(kind: Kind, at: &Path) -> Result<Self> {
        let (program, package, args) = kind.maker();
        shell::ensure(program, package)?;
        let image = at.with_extension("img");
        std::fs::create_dir_all(at)?;
        shell::run_quietly(Command::new("truncate").args(["-s", kind.megabytes()]).arg(&image))?;
        shell::run_quietly(Command::new(program).args(args).arg(&image))?;
        let mount = Self { at: at.to_owned() };
        mount.again()?;
        Ok(mount)
    }

    /// Mounts memory of so many KiB at `at`.
    ///
    /// # Errors
    /// [`CannotRun`] where the machine allows no mounts.
    pub(super) fn memory(kib: u64, at: &Path) -> Result<Self> {
        std::fs::create_dir_all(at)?;
        mount(Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs"]).arg(at))?;
        Ok(Self { at: at.to_owned() })
    }

    /// Mounts the image, after [`Mount::off`].
    pub(super) fn again(&self) -> Result<()> {
        // ext4 is to turn read-only on an error, as distributions set it up; XFS has no such choice.
        let options = if self.at.with_extension("img").to_string_lossy().contains("ext4") {
            "loop,errors=remount-ro"
        } else {
            "loop"
        };
        mount(Command::new("mount").args(["-o", options]).arg(self.at.with_extension("img")).arg(&self.at))
    }

    /// Unmounts.
    pub(super) fn off(&self) -> Result<()> {
        shell::run_quietly(Command::new("umount").arg(&self.at))
    }

    /// The power goes: what the file system has not written to the disk is gone, and every later call fails.
    pub(super) fn cut(&self) -> Result<()> {
        shell::run_quietly(Command::new("xfs_io").args(["-F", "-x", "-c", "shutdown"]).arg(&self.at))
    }

    /// The loop device under it, as `loop0`.
    pub(super) fn device(&self) -> Result<String> {
        let mounts = std::fs::read_to_string("/proc/mounts")?;
        let at = self.at.to_string_lossy();
        let line = mounts.lines().find(|line| line.split(' ').nth(1) == Some(&*at)).context("it is not mounted")?;
        let device = line.split(' ').next().and_then(|device| device.strip_prefix("/dev/")).context("no device")?;
        Ok(device.to_owned())
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily, so that a server that a failed test left behind does not keep it.
        let _ = Command::new("umount").arg("-l").arg(&self.at).output();
        let _ = std::fs::remove_file(self.at.with_extension("img"));
    }
}

fn mount(command: &mut Command) -> Result<()> {
    let output = command.output().context("cannot start `mount`")?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let needs = format!("mounts are not allowed here ({said}): run as root, in a container with --privileged");
    Err(CannotRun { needs }.into())
}
