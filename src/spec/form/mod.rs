//! The form of a spec as a person writes it, for the published JSON Schema.
//!
//! The decoders read YAML by hand, so that every mistake has its place. These
//! types say the same once more, in the words of schemars; a test holds the two
//! together, and `schemas/spec.schema.json` is what comes out. What needs more
//! than one place to judge (names that must be declared, units that must not be
//! zero) is the decoders' alone.
#![expect(dead_code, reason = "they are described, and never made")]

mod case;
mod file;
mod generate;
mod kernel;
mod words;

pub(super) use generate::schema;
