//! The child's end.

use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use crate::kit::{Lost, LostCause, Step};
use crate::run::Device;
use crate::run::panics::catch;

use super::line::{Line, read_line};
use super::protocol::{Answer, Ask, LONGEST_REQUEST, Reply, Request, TOKEN, VERSION};

/// Opens a device, at the first request.
pub(super) type Open<'a> = dyn FnMut() -> Result<Box<dyn Device>, Lost> + 'a;

/// The child's end: opens a device and answers requests until the pipe
/// closes. Should that happen while a request is under way, the parent is
/// gone, nobody will read the answer, and the process ends at once, hung
/// driver or not.
///
/// `answers` carries answers and nothing else that begins a line with their
/// token; what a driver prints there does no harm.
///
/// # Errors
///
/// Only of the pipe itself.
pub fn serve(
    open: &mut dyn FnMut() -> Result<Box<dyn Device>, Lost>,
    requests: impl BufRead + Send + 'static,
    answers: &mut dyn Write,
) -> io::Result<()> {
    // By its exit code, an orphan is told from a worker that was dismissed.
    serve_until(open, requests, answers, || std::process::exit(1))
}

/// The same; `orphaned` is called from another thread where the pipe closes in
/// the middle of a request.
pub(super) fn serve_until(
    open: &mut Open<'_>,
    mut requests: impl BufRead + Send + 'static,
    answers: &mut dyn Write,
    orphaned: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let answered = Arc::new(AtomicU64::new(0));
    let done = Arc::clone(&answered);
    let (tell, told) = mpsc::channel();
    // Reads on while a request is under way, and so hears the pipe close.
    std::thread::spawn(move || {
        let mut asked = 0;
        loop {
            match read_line(&mut requests, LONGEST_REQUEST) {
                Ok(Line::Text(line)) if line.is_empty() => {}
                Ok(line @ (Line::Text(_) | Line::TooLong)) => {
                    asked += 1;
                    if tell.send(line).is_err() {
                        return;
                    }
                }
                Ok(Line::End) | Err(_) => break,
            }
        }
        if done.load(Ordering::Acquire) < asked {
            orphaned();
        }
    });
    let mut device = None;
    for line in told {
        let answer = match read_request(&line) {
            Ok(request) => Answer {
                version: VERSION,
                id: request.id,
                outcome: respond(open, &mut device, request.ask),
            },
            Err(cause) => Answer {
                version: VERSION,
                id: 0,
                outcome: Err(Lost::new(Step::Start, cause)),
            },
        };
        let json = serde_json::to_string(&answer)?;
        // Begins a line of its own, whatever was printed before.
        answers.write_all(format!("\n{TOKEN}{json}\n").as_bytes())?;
        answers.flush()?;
        answered.fetch_add(1, Ordering::AcqRel);
    }
    Ok(())
}

fn read_request(line: &Line) -> Result<Request, LostCause> {
    let Line::Text(line) = line else {
        return Err(LostCause::Protocol(format!(
            "a request longer than {LONGEST_REQUEST} bytes"
        )));
    };
    let request: Request = serde_json::from_slice(line)
        .map_err(|error| LostCause::Protocol(format!("the request is unreadable: {error}")))?;
    if request.version != VERSION {
        return Err(LostCause::Protocol(format!(
            "a request of version {}, and this worker speaks {VERSION}",
            request.version
        )));
    }
    Ok(request)
}

fn respond(
    open: &mut Open<'_>,
    device: &mut Option<Box<dyn Device>>,
    ask: Ask,
) -> Result<Reply, Lost> {
    let step = ask.step();
    if matches!(ask, Ask::Hello) && device.is_none() {
        *device = Some(catch(step, open)?);
    }
    let Some(device) = device else {
        return Err(Lost::new(
            step,
            LostCause::Protocol("no device was opened".into()),
        ));
    };
    catch(step, || match ask {
        Ask::Hello => Ok(Reply::Opened),
        Ask::Facts => device.facts().map(Box::new).map(Reply::Facts),
        Ask::Probe => device.probe().map(Reply::Ceilings),
        Ask::Prepare(job) => device.prepare(&job).map(Reply::Prepared),
        Ask::Verify(handle) => device.verify(handle).map(Reply::Correctness),
        Ask::Sample(handle, request) => {
            let round = device.sample(handle, &request)?;
            round.check()?;
            Ok(Reply::Round(round))
        }
        Ask::PrepareBeside(job, other) => device.prepare_beside(&job, other).map(Reply::Prepared),
        Ask::SamplePair(before, now, request) => {
            let round = device.sample_pair(before, now, &request)?;
            round.check()?;
            Ok(Reply::Pair(Box::new(round)))
        }
        Ask::Release(handle) => device.release(handle).map(|()| Reply::Released),
    })
}
