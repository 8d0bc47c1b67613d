//! `gate`: a regression gate for WebGPU compute kernels.
fn main() {}
