//! Each exit code with its sentence.
