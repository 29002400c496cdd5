//! The command line: one file per subcommand. The contract of names, exit codes and JSON stands in `docs/cli.md` and
//! `docs/json.md`.

mod act;
mod add;
mod args;
mod args_shared;
mod backup;
mod base;
mod carry;
mod check;
mod columns;
mod config;
mod count;
mod demo;
mod doctor;
mod dream;
mod edit;
mod erase;
mod export;
mod fail;
mod found;
mod import;
mod init;
mod insights;
pub mod json;
mod keys;
mod list;
mod log;
mod looks;
mod mcp;
mod memory_tool;
mod open;
mod out;
mod prune;
mod queue;
pub mod reference;
mod retention;
mod review;
mod rollback;
mod set;
mod setup;
mod show;
mod standing;
mod status;
mod stores;
mod then;
mod times;
mod tui;
mod undo;
mod versions;
mod views;
mod watch;
mod why;

use std::{env, process::ExitCode};

use clap::CommandFactory as _;

pub use args::{Args, Command, Start};
use fail::{Done, Failure};
use out::Out;

/// Reads the command line, does what it says, and returns the exit code.
pub fn main() -> ExitCode {
    let args = match Args::of(&env::args_os().collect::<Vec<_>>()) {
        Ok(args) => args,
        Err(error) => return refused_by_clap(&error),
    };
    let mut out = Out::stdout();
    let done = run(args, &mut out);
    // A reader that has had enough is no error, and neither is it a reason to go on.
    let done = done.and_then(|code| out.finish().map(|()| code).map_err(Failure::from));
    match done {
        Ok(done) => done.exit_code(),
        Err(failure) => failure.report(),
    }
}

fn run(args: Args, out: &mut Out) -> Result<Done, Failure> {
    let Args { start: Start { global, path, fresh }, command } = args;
    match command {
        None => tui::run(&global, path, if fresh { tui::Begin::Anew } else { tui::Begin::WhereLeft }),
        Some(Command::List(args)) => list::run(&global, &args, out),
        Some(Command::Review(args)) => review::run(&global, &args, out),
        Some(Command::Status(args)) => status::run(&global, &args, out),
        Some(Command::Count(args)) => count::run(&global, &args, out),
        Some(Command::Views(args)) => views::run(&global, &args, out),
        Some(Command::Insights(args)) => insights::run(&global, &args, out),
        Some(Command::Show(args)) => show::run(&global, &args, out),
        Some(Command::Prune(args)) => prune::run(&global, &args, out),
        Some(Command::Erase(args)) => erase::run(&global, &args, out),
        Some(Command::Copy(args)) => carry::run(&global, &args, false, out),
        Some(Command::Move(args)) => carry::run(&global, &args, true, out),
        Some(Command::Backup(args)) => backup::run(&global, &args, out),
        Some(Command::Restore(args)) => backup::restore(&global, &args, out),
        Some(Command::Setup(args)) => setup::run(&global, &args, out),
        Some(Command::Retention(args)) => retention::run(&global, &args, out),
        Some(Command::Edit(args)) => edit::run(&global, &args, out),
        Some(Command::Set(args)) => set::run(&global, &args, out),
        Some(Command::Queue(args)) => queue::run(&global, &args, out),
        Some(Command::Undo(args)) => undo::undo(&global, &args, out),
        Some(Command::Redo(args)) => undo::redo(&global, &args, out),
        Some(Command::Rollback(args)) => rollback::run(&global, &args, out),
        Some(Command::Versions(args)) => versions::run(&global, &args, out),
        Some(Command::Why(args)) => why::run(&global, &args, out),
        Some(Command::Watch(args)) => watch::run(&global, &args, out),
        Some(Command::Log(args)) => log::run(&global, &args, out),
        Some(Command::Dream(args)) => dream::run(&global, &args, out),
        Some(Command::Mcp(args)) => mcp::run(&global, &args),
        Some(Command::Init(args)) => init::run(&global, &args, out),
        Some(Command::Add(args)) => add::run(&global, &args, out),
        Some(Command::Export(args)) => export::run(&global, &args, out),
        Some(Command::Import(args)) => import::run(&global, &args, out),
        Some(Command::MemoryTool(args)) => memory_tool::run(&global, &args, out),
        Some(Command::Stores(args)) => stores::run(&global, &args, out),
        Some(Command::Check(args)) => check::run(&global, &args, out),
        Some(Command::Doctor(args)) => doctor::run(&global, &args, out),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "memtui", &mut script);
            out.bytes(&script)?;
            Ok(Done::Well)
        }
        Some(Command::Man) => {
            out.bytes(&manual()?)?;
            Ok(Done::Well)
        }
        Some(Command::Config(args)) => config::run(&global, &args, out),
        Some(Command::Keys(args)) => keys::run(&global, &args, out),
        Some(Command::Demo(args)) => demo::run(&global, &args, out),
    }
}

/// The manual: a page for the program and one for each command, one after the other.
fn manual() -> std::io::Result<Vec<u8>> {
    let mut command = Args::command();
    command.build();
    let mut pages = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut pages)?;
    for sub in command.get_subcommands() {
        let name = format!("memtui-{}", sub.get_name());
        clap_mangen::Man::new(sub.clone()).title(name).render(&mut pages)?;
    }
    Ok(pages)
}

/// Help and version are answers; anything else is bad usage.
fn refused_by_clap(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
}
