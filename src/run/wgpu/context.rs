//! An open device, and one way to hear that something went wrong.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wgpu::{Adapter, CommandEncoder, ErrorFilter, Features, PollType, SubmissionIndex};

use crate::kit::{Lost, LostCause, Step};
use crate::run::panics::{catch, shorten};

use super::upload::Uploads;

/// How long a callback may take to run once the device is done.
const CALLBACK: Duration = Duration::from_secs(10);

/// What callbacks reported.
#[derive(Debug, Default)]
struct Health {
    /// Why the device was lost, if it was.
    lost: Mutex<Option<String>>,
    /// The first error that no scope caught.
    uncaught: Mutex<Option<String>>,
}

/// An open device with its queue; clones are the same device.
#[derive(Clone, Debug)]
pub(super) struct Context {
    /// The device.
    pub(super) device: wgpu::Device,
    /// Its queue.
    pub(super) queue: wgpu::Queue,
    health: Arc<Health>,
    uploads: Arc<Uploads>,
}

impl Context {
    /// Opens an adapter with these features and all that its limits allow.
    pub(super) fn open(adapter: &Adapter, features: Features) -> Result<Self, Lost> {
        let experimental = if features.intersects(Features::all_experimental_mask()) {
            #[expect(
                unsafe_code,
                reason = "cooperative matrices are experimental in wgpu: their known \
                          hazards are driver bugs met by a shader that uses them. Only the \
                          kernels of the spec under test do, and they run in a worker \
                          process that may die."
            )]
            // SAFETY: as the reason above says; nothing else of the
            // experimental features is enabled.
            unsafe {
                wgpu::ExperimentalFeatures::enabled()
            }
        } else {
            wgpu::ExperimentalFeatures::disabled()
        };
        let request = adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("gate"),
            required_features: features,
            required_limits: adapter.limits(),
            experimental_features: experimental,
            memory_hints: wgpu::MemoryHints::Performance,
            trace: wgpu::Trace::Off,
        });
        let (device, queue) = catch(Step::Start, || {
            pollster::block_on(request)
                .map_err(|error| Lost::new(Step::Start, LostCause::Refused(error.to_string())))
        })?;
        let health = Arc::new(Health::default());
        let heard = Arc::clone(&health);
        device.set_device_lost_callback(move |reason, message| {
            keep_first(&heard.lost, format!("{reason:?}: {message}"));
        });
        let heard = Arc::clone(&health);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            keep_first(&heard.uncaught, error.to_string());
        }));
        Ok(Self {
            device,
            queue,
            health,
            uploads: Arc::default(),
        })
    }

    /// Runs something that talks to wgpu, and turns each way in which wgpu
    /// reports trouble into a loss: error scopes, panics, callbacks.
    ///
    /// # Errors
    ///
    /// What `work` returned, or what wgpu reported while it ran.
    pub(super) fn scoped<T>(
        &self,
        step: Step,
        work: impl FnOnce() -> Result<T, Lost>,
    ) -> Result<T, Lost> {
        self.alive(step)?;
        let scopes = [
            ErrorFilter::Internal,
            ErrorFilter::OutOfMemory,
            ErrorFilter::Validation,
        ]
        .map(|filter| self.device.push_error_scope(filter));
        let result = catch(step, work);
        let mut reported = None;
        // A scope is popped before those below it.
        for scope in scopes.into_iter().rev() {
            if let Some(error) = pollster::block_on(scope.pop()) {
                reported.get_or_insert(error.to_string());
            }
        }
        self.alive(step)?;
        // A refusal says more than what failed in its wake; a panic says all.
        match (result, reported) {
            (Err(lost), _) if matches!(lost.cause, LostCause::Panicked(_)) => Err(lost),
            (_, Some(message)) => Err(Lost::new(step, LostCause::Refused(shorten(&message)))),
            (result, None) => result,
        }
    }

    /// Whether nothing was reported outside of any scope.
    fn alive(&self, step: Step) -> Result<(), Lost> {
        if let Some(message) = peek(&self.health.lost) {
            return Err(Lost::new(step, LostCause::DeviceLost(message)));
        }
        if let Some(message) = self
            .health
            .uncaught
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            return Err(Lost::new(step, LostCause::Refused(shorten(&message))));
        }
        Ok(())
    }

    /// An encoder.
    pub(super) fn encoder(&self) -> CommandEncoder {
        self.device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor { label: None })
    }

    /// Submits what was recorded.
    pub(super) fn submit(&self, encoder: CommandEncoder) -> SubmissionIndex {
        self.queue.submit([encoder.finish()])
    }

    /// Submits what was recorded and finished before.
    pub(super) fn submit_finished(&self, commands: wgpu::CommandBuffer) -> SubmissionIndex {
        self.queue.submit([commands])
    }

    /// Waits until a submission is done, however long it takes: whoever must
    /// not wait for ever asks through a worker process.
    ///
    /// # Errors
    ///
    /// [`LostCause::DeviceLost`].
    pub(super) fn wait(&self, step: Step, submission: SubmissionIndex) -> Result<(), Lost> {
        self.device
            .poll(PollType::Wait {
                submission_index: Some(submission),
                timeout: None,
            })
            .map(|_| ())
            .map_err(|error| Lost::new(step, LostCause::DeviceLost(error.to_string())))?;
        self.alive(step)
    }

    /// Reads a buffer that can be mapped, whole.
    ///
    /// # Errors
    ///
    /// [`LostCause::Refused`] if it will not be mapped.
    pub(super) fn read<T>(
        &self,
        step: Step,
        buffer: &wgpu::Buffer,
        bytes: u64,
        look: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, Lost> {
        let slice = buffer.slice(..bytes);
        self.map(step, slice, wgpu::MapMode::Read)?;
        let result = {
            let view = slice
                .get_mapped_range()
                .map_err(|error| Lost::new(step, LostCause::Refused(error.to_string())))?;
            look(&view)
        };
        buffer.unmap();
        Ok(result)
    }

    /// Maps a whole buffer for writing, once the device is done with it.
    ///
    /// # Errors
    ///
    /// [`LostCause::Refused`] if it will not be mapped.
    pub(super) fn map_for_writing(&self, step: Step, buffer: &wgpu::Buffer) -> Result<(), Lost> {
        self.map(step, buffer.slice(..), wgpu::MapMode::Write)
    }

    /// Some bytes of a buffer that is mapped for writing.
    ///
    /// # Errors
    ///
    /// [`LostCause::Refused`] if it is not.
    pub(super) fn mapped(
        &self,
        step: Step,
        buffer: &wgpu::Buffer,
        bytes: std::ops::Range<u64>,
    ) -> Result<wgpu::BufferViewMut, Lost> {
        buffer
            .slice(bytes)
            .get_mapped_range_mut()
            .map_err(|error| Lost::new(step, LostCause::Refused(error.to_string())))
    }

    /// Where large inputs wait for the device.
    pub(super) fn uploads(&self) -> &Uploads {
        &self.uploads
    }

    fn map(
        &self,
        step: Step,
        slice: wgpu::BufferSlice<'_>,
        mode: wgpu::MapMode,
    ) -> Result<(), Lost> {
        let refused = |message: String| Lost::new(step, LostCause::Refused(message));
        let (tell, told) = std::sync::mpsc::channel();
        slice.map_async(mode, move |result| {
            // Nobody listens only where the wait below failed first.
            drop(tell.send(result));
        });
        self.device
            .poll(PollType::wait_indefinitely())
            .map_err(|error| Lost::new(step, LostCause::DeviceLost(error.to_string())))?;
        self.alive(step)?;
        // The callback may be in the hands of another thread that polls.
        match told.recv_timeout(CALLBACK) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(refused(error.to_string())),
            Err(_) => Err(refused("a buffer was never mapped".into())),
        }
    }
}

fn keep_first(slot: &Mutex<Option<String>>, message: String) {
    slot.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get_or_insert(message);
}

fn peek(slot: &Mutex<Option<String>>) -> Option<String> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
