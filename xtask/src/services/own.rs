//! A server that one check has to itself, on a free port: it may be stopped, killed and started again, and goes with the check.

use super::{SERVICES, Service, shown, start};
use crate::server;
use crate::shell;
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// A running server of a check's own.
pub(crate) struct Own {
    service: &'static Service,
    folder: PathBuf,
    port: u16,
    options: Vec<String>,
}

impl Own {
    /// Makes and starts one of the services; `options` are of its command line.
    ///
    /// # Errors
    /// [`CannotRun`](shell::CannotRun) when it cannot be had.
    pub(crate) fn start(name: &str, options: &[&str]) -> Result<Self> {
        let own = Self::make(name, options)?;
        own.again()?;
        Ok(own)
    }

    /// Makes the files of one of the services, to be changed before its first start.
    ///
    /// # Errors
    /// As [`Own::start`].
    pub(crate) fn make(name: &str, options: &[&str]) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let service =
            SERVICES.iter().find(|service| service.name == name).with_context(|| format!("no service {name}"))?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("own-{name}-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join("backstay-services").join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let options = options.iter().map(ToString::to_string).collect();
        let own = Self { service, folder, port: server::free_address()?.port(), options };
        (service.make)(&own.folder)?;
        Ok(own)
    }

    /// Starts it, at first or again.
    ///
    /// # Errors
    /// As [`Own::start`].
    pub(crate) fn again(&self) -> Result<()> {
        let options: Vec<&str> = self.options.iter().map(String::as_str).collect();
        start(self.service, (&self.folder, self.port), &options)
    }

    /// Stops it as an operator would: what runs is broken off, what was committed is kept.
    ///
    /// # Errors
    /// It does not stop.
    pub(crate) fn stop(&self) -> Result<()> {
        (self.service.stop)(&self.folder)
    }

    /// Stops it in the middle of everything, as a crash would.
    ///
    /// # Errors
    /// It does not stop.
    pub(crate) fn crash(&self) -> Result<()> {
        (self.service.crash)(&self.folder)
    }

    /// Its address with the name of a database in it that is always there.
    pub(crate) fn address(&self) -> String {
        self.address_at(self.port)
    }

    /// The same on another port of this machine, which leads to it.
    pub(crate) fn address_at(&self, port: u16) -> String {
        (self.service.address)(port)
    }

    /// Its port on this machine.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// The process that all others of it come from.
    ///
    /// # Errors
    /// It does not run.
    pub(crate) fn pid(&self) -> Result<u32> {
        let text = std::fs::read_to_string(self.folder.join(self.service.pid)).context("it does not run")?;
        Ok(text.lines().next().context("an empty file of its process id")?.trim().parse()?)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if self.pid().is_ok() {
            let _ = self.stop();
        }
        let _ = shell::run_quietly(&mut shell::command("rm", &["-rf", &shown(&self.folder)]));
    }
}
