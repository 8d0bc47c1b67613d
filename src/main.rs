//! `gate`: a regression gate for WebGPU compute kernels.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(kernel_gate::app::main())
}
