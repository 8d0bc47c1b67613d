//! The built-in references by name.

/// What a built-in reference asks of a kernel.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Its name in specs.
    pub name: &'static str,
    /// Buffers that the kernel must have, by name.
    pub inputs: &'static [&'static str],
    /// Outputs that it judges, by name.
    pub outputs: &'static [&'static str],
    /// Shape parameters that it reads.
    pub parameters: &'static [&'static str],
}

/// The built-in reference of a name.
#[must_use]
pub fn built_in(name: &str) -> Option<&'static BuiltIn> {
    let _ = name;
    None
}

/// All names, for did-you-mean.
#[must_use]
pub fn built_in_names() -> Vec<&'static str> {
    Vec::new()
}
