//! `gate worker`: the child's end of the pipe. Hidden; the gate starts it.

use std::io::{self, BufReader, Write};
use std::path::Path;

use crate::cli::WorkerArgs;
use crate::exit;
use crate::kit::{Lost, LostCause, Step};
use crate::run::{Device, Replay, Script, announce_by, serve};

use super::AppError;

/// Serves one round.
pub(super) fn worker(args: &WorkerArgs) -> Result<u8, AppError> {
    #[cfg(feature = "gpu")]
    crate::run::without_device_selection();
    announce_by(|line| {
        let mut out = io::stdout().lock();
        // A broken pipe shows at the next answer.
        drop(out.write_all(line.as_bytes()).and_then(|()| out.flush()));
    });
    let mut open = || open(args);
    let requests = BufReader::new(io::stdin());
    serve(&mut open, requests, &mut io::stdout())?;
    Ok(exit::PASS)
}

/// Opens what the arguments ask for.
fn open(args: &WorkerArgs) -> Result<Box<dyn Device>, Lost> {
    match &args.device.replay {
        Some(script) => {
            let script = read_script(script)?;
            Ok(Box::new(Replay::in_worker(
                script,
                args.round,
                Box::new(io::stdout()),
            )))
        }
        None => open_gpu(args),
    }
}

pub(super) fn read_script(path: &Path) -> Result<Script, Lost> {
    let lost = |why: String| Lost::new(Step::Start, LostCause::NoAdapter(why));
    let text = std::fs::read_to_string(path)
        .map_err(|error| lost(format!("{}: {error}", path.display())))?;
    serde_json::from_str(&text).map_err(|error| lost(format!("{}: {error}", path.display())))
}

#[cfg(feature = "gpu")]
fn open_gpu(args: &WorkerArgs) -> Result<Box<dyn Device>, Lost> {
    let selection = crate::run::Selection {
        device: args.device.device.clone(),
        backend: args.device.backend.map(|backend| backend.name().to_owned()),
    };
    Ok(Box::new(crate::run::Gpu::open(&selection)?))
}

#[cfg(not(feature = "gpu"))]
fn open_gpu(_: &WorkerArgs) -> Result<Box<dyn Device>, Lost> {
    Err(Lost::new(
        Step::Start,
        LostCause::NoAdapter(
            "this gate was built without GPU support; build it with `--features gpu`".into(),
        ),
    ))
}
