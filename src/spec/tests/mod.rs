//! Facts about reading specs.
