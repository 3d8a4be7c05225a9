//! The product with the tables and rows that random requests ask of.

use super::compare::Side;
use super::tables;
use crate::assure::Profile;
use crate::http::Client;
use crate::server::{self, Build, Server};
use crate::shell;
use anyhow::{Result, ensure};
use std::path::PathBuf;

/// A running server with its rows.
pub(super) struct Served {
    server: Server,
    data: PathBuf,
    token: String,
}

impl Served {
    /// Starts it on a database, or on a file of its own without one.
    ///
    /// The deep profile takes the optimised binary: its build takes minutes, and saves hours.
    pub(super) fn start(name: &str, database: Option<&str>, profile: &Profile) -> Result<Self> {
        let binary = server::build(profile.pick(Build::Tested, Build::Release))?;
        let data = server::scratch(name)?;
        let address = server::free_address()?;
        let schema = shell::root().join("xtask/fixtures/diff.graphql").display().to_string();
        let (folder, listen) = (data.display().to_string(), address.to_string());
        let args = ["serve", "--schema", &schema, "--data", &folder, "--listen", &listen];
        let mut env = vec![("BACKSTAY_REST_TX_OVERRIDE", "true"), ("BACKSTAY_LOG", "warn")];
        env.extend(database.map(|database| ("BACKSTAY_DATABASE_URL", database)));
        let server = Server::start(&binary, &args, address, &env)?;
        let token = server::service_key(&binary, &data)?;
        let mut client = Client::connect(address, &token)?;
        for (table, rows) in tables::rows() {
            let reply = client.send("POST", &format!("/rest/v1/{table}"), &rows.to_string())?;
            ensure!(reply.status == 201, "rows of {table}: {} {}", reply.status, reply.body);
        }
        Ok(Self { server, data, token })
    }

    /// It as one side of a comparison.
    pub(super) fn side(&self, name: &'static str) -> Side {
        Side { name, address: self.server.address, root: "/rest/v1", token: self.token.clone() }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}
