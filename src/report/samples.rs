//! Raw samples as CSV.

use std::io::{self, Write};

use serde::Serialize;

/// One timed sample; the fields are the columns, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SampleRow<'a> {
    /// The device's key.
    pub device: &'a str,
    /// What tells this run from others, such as when it began.
    pub recording: &'a str,
    /// The round, from 0: a fresh process each.
    pub round: u32,
    /// The case's identity.
    pub case: &'a str,
    /// The sample within the round, from 0.
    pub sample: u64,
    /// Time on the device, in nanoseconds.
    pub gpu_ns: f64,
    /// Host time of the same, in nanoseconds; empty where none was taken.
    pub wall_ns: Option<f64>,
}

/// Writes rows under a header, which is there even if no row comes.
pub struct SampleWriter<W: Write> {
    csv: csv::Writer<W>,
}

impl<W: Write> SampleWriter<W> {
    /// A writer that has written its header.
    ///
    /// # Errors
    ///
    /// Of the writer below.
    pub fn new(out: W) -> io::Result<Self> {
        let mut csv = csv::WriterBuilder::new()
            .has_headers(false)
            .from_writer(out);
        csv.write_record([
            "device",
            "recording",
            "round",
            "case",
            "sample",
            "gpu_ns",
            "wall_ns",
        ])?;
        Ok(Self { csv })
    }

    /// Writes a row.
    ///
    /// # Errors
    ///
    /// Of the writer below.
    pub fn write(&mut self, row: &SampleRow<'_>) -> io::Result<()> {
        Ok(self.csv.serialize(row)?)
    }

    /// Writes what is still held back. Call it: dropping the writer does the
    /// same, but cannot say that it failed.
    ///
    /// # Errors
    ///
    /// Of the writer below.
    pub fn finish(mut self) -> io::Result<()> {
        self.csv.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_under_their_columns() {
        let mut out = Vec::new();
        let mut writer = SampleWriter::new(&mut out).expect("writes");
        for sample in 0..2 {
            writer
                .write(&SampleRow {
                    device: "test-gpu-vulkan",
                    recording: "2026-11-03T10:00:00Z",
                    round: 1,
                    case: "moe/topk[k=2,tokens=1]",
                    sample,
                    gpu_ns: 6_312.5,
                    wall_ns: (sample == 0).then_some(70_000.0),
                })
                .expect("writes");
        }
        writer.finish().expect("writes");
        insta::assert_snapshot!(String::from_utf8(out).expect("is text"), @r#"
        device,recording,round,case,sample,gpu_ns,wall_ns
        test-gpu-vulkan,2026-11-03T10:00:00Z,1,"moe/topk[k=2,tokens=1]",0,6312.5,70000.0
        test-gpu-vulkan,2026-11-03T10:00:00Z,1,"moe/topk[k=2,tokens=1]",1,6312.5,
        "#);
    }

    #[test]
    fn no_rows_are_a_header() {
        let mut out = Vec::new();
        SampleWriter::new(&mut out)
            .and_then(SampleWriter::finish)
            .expect("writes");
        assert_eq!(out, b"device,recording,round,case,sample,gpu_ns,wall_ns\n");
    }
}
