//! One module a command. In: its arguments. Out: nothing, or a [`Problem`] for the person at the terminal.

mod advise;
mod audit;
mod backup;
mod check;
mod dev;
mod doctor;
mod explain;
mod export;
mod import;
mod init;
mod keys;
mod mail;
mod migrate;
mod move_rows;
mod restore;
mod schema;
mod serve;
mod settings;
mod token;
mod users;

pub(crate) use serve::close;

use crate::cli::Command;
use crate::problem::Problem;
use std::path::PathBuf;

/// Does what the command line says.
///
/// # Errors
/// Whatever kept the command from its work.
pub(crate) fn run(command: Command, config: Option<PathBuf>) -> Result<(), Problem> {
    match command {
        Command::Init(arguments) => wait_for(init::run(&arguments)),
        Command::Check(arguments) => check::run(&arguments, config),
        Command::Keys(arguments) => wait_for(keys::run(&arguments, config)),
        Command::Users(arguments) => wait_for(users::run(&arguments, config)),
        Command::CreateAdmin(arguments) => wait_for(users::create_admin(&arguments, config)),
        Command::Audit(arguments) => wait_for(audit::run(&arguments, config)),
        Command::Token(arguments) => token::run(&arguments, config),
        Command::Schema(arguments) => schema::run(&arguments, config),
        Command::Doctor(arguments) => wait_for(doctor::run(&arguments, config)),
        Command::Mail(arguments) => mail::run(&arguments, config),
        Command::Config(arguments) => settings::run(&arguments),
        Command::Dev(arguments) => wait_for(dev::run(&arguments, config)),
        Command::Serve(arguments) => wait_for(serve::run(&arguments, config)),
        Command::Migrate(arguments) => wait_for(migrate::run(&arguments, config)),
        Command::Import(arguments) => wait_for(import::run(&arguments, config)),
        Command::Export(arguments) => wait_for(export::run(&arguments, config)),
        Command::Move(arguments) => wait_for(move_rows::run(&arguments, config)),
        Command::Backup(arguments) => wait_for(backup::run(&arguments, config)),
        Command::Restore(arguments) => wait_for(restore::run(&arguments, config)),
        Command::Advise(arguments) => wait_for(advise::run(&arguments, config)),
        Command::Explain(arguments) => wait_for(explain::run(&arguments, config)),
    }
}

fn wait_for(work: impl Future<Output = Result<(), Problem>>) -> Result<(), Problem> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Problem::new(format!("the system gives no threads: {error}")))?.block_on(work)
}
