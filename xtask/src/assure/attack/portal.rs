//! The learning portal, served for tools that attack it: its address, its keys, and tokens of its roles.

use crate::server::{self, Build, Server};
use crate::shell;
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;

/// A running portal with an empty database, which goes with it.
pub(super) struct Portal {
    server: Server,
    binary: PathBuf,
    data: PathBuf,
}

impl Portal {
    /// Starts it; `settings` are environment variables.
    pub(super) fn start(name: &str, settings: &[(&str, &str)]) -> Result<Self> {
        let binary = server::build(Build::Tested)?;
        let data = server::scratch(name)?;
        let address = server::free_address()?;
        let schema = Self::schema().display().to_string();
        let (folder, listen) = (data.display().to_string(), address.to_string());
        let arguments = ["serve", "--schema", &schema, "--data", &folder, "--listen", &listen];
        let server = Server::start(&binary, &arguments, address, settings)?;
        Ok(Self { server, binary, data })
    }

    /// The schema that it serves.
    pub(super) fn schema() -> PathBuf {
        shell::root().join("examples/learning-portal/schema.graphql")
    }

    /// Where it listens, as `http://…`.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// The service key, or the anonymous one.
    pub(super) fn key(&self, name: &str) -> Result<String> {
        let text = self.print(&["keys", "list", "--data", &self.data.display().to_string(), "--format", "json"])?;
        let keys: serde_json::Value = serde_json::from_str(&text).context("`backstay keys list` printed no JSON")?;
        Ok(keys.get(name).and_then(|key| key.as_str()).with_context(|| format!("no key {name}"))?.to_owned())
    }

    /// A user's token.
    pub(super) fn token(&self, role: &str) -> Result<String> {
        let data = self.data.display().to_string();
        Ok(self.print(&["token", "--data", &data, "--role", role, "--sub", role])?.trim().to_owned())
    }

    fn print(&self, arguments: &[&str]) -> Result<String> {
        let output = shell::command(&self.binary.to_string_lossy(), arguments).output()?;
        ensure!(output.status.success(), "`backstay {}` failed", arguments.join(" "));
        Ok(String::from_utf8(output.stdout)?)
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}
