//! A file's text, read strictly.
//!
//! Fields in the order in which they are written, none unknown, none twice, no
//! round of no recording: whatever a merge, an editor or a full disk did to a
//! file is an error with its place, and never a shorter or different baseline.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::kit::{CaseId, Ceilings, DeviceKey};

use super::text::{CaseLine, Context, RecordingLine, device_holds};
use super::{Baselines, CaseRecord, DeviceRecord, FORMAT, Recording};

/// The highest number of a recording that is read: room for an update every
/// second for thirty years, and for one more.
const MAX_RECORDING: u32 = 1_000_000_000;

const CURE: &str = "only `gate update-baselines` writes this file: restore it from version \
                    control, or delete it and record anew";

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// Line, from 1.
    pub(super) line: usize,
    /// Column in bytes, from 1.
    pub(super) column: usize,
    /// What is wrong, and the cure.
    pub(super) message: String,
}

/// Reads a file's text, which must be that of this device and suite.
///
/// # Errors
///
/// A [`Fault`] for anything that [`write`](super::text::write) would not have
/// written, other than spaces between words, and than a file of format 1, whose
/// lines have no digests.
pub(super) fn parse(bytes: &[u8], device: &DeviceKey, suite: &str) -> Result<Baselines, Fault> {
    parse_of(bytes, Some(device), Some(suite))
}

/// Reads a file's text, of whichever device and suite it is.
///
/// # Errors
///
/// As for [`parse`].
pub(super) fn parse_any(bytes: &[u8]) -> Result<Baselines, Fault> {
    parse_of(bytes, None, None)
}

fn parse_of(
    bytes: &[u8],
    device: Option<&DeviceKey>,
    suite: Option<&str>,
) -> Result<Baselines, Fault> {
    let text = text_of(bytes)?;
    let mut json = serde_json::Deserializer::from_str(text);
    FileSeed { device, suite }
        .deserialize(&mut json)
        .and_then(|file| json.end().map(|()| file))
        .map_err(|error| fault(&error))
}

/// Reads the text of a device's own file.
///
/// # Errors
///
/// As for [`parse`].
pub(super) fn parse_device(bytes: &[u8], device: &DeviceKey) -> Result<DeviceRecord, Fault> {
    let text = text_of(bytes)?;
    let mut json = serde_json::Deserializer::from_str(text);
    DeviceSeed { device }
        .deserialize(&mut json)
        .and_then(|record| json.end().map(|()| record))
        .map_err(|error| fault(&error))
}

/// UTF-8, not empty, and without the marks of an unfinished merge.
pub(super) fn text_of(bytes: &[u8]) -> Result<&str, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let sound = &bytes[..error.valid_up_to()];
        let begin = sound.iter().rposition(|&byte| byte == b'\n');
        Fault {
            line: 1 + sound.iter().filter(|&&byte| byte == b'\n').count(),
            column: sound.len() - begin.map_or(0, |at| at + 1) + 1,
            message: format!("this is not UTF-8; {CURE}"),
        }
    })?;
    if text.trim().is_empty() {
        return Err(Fault {
            line: 1,
            column: 1,
            message: format!("the file is empty; {CURE}"),
        });
    }
    const MARKS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
    let marked = text
        .lines()
        .position(|line| MARKS.iter().any(|mark| line.starts_with(mark)));
    match marked {
        Some(index) => Err(Fault {
            line: index + 1,
            column: 1,
            message: "a merge left its conflict marks here; take one side whole (`git checkout \
                      --ours` or `--theirs`), then record again what the other side had"
                .to_owned(),
        }),
        None => Ok(text),
    }
}

pub(super) fn fault(error: &serde_json::Error) -> Fault {
    let full = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = full.strip_suffix(&place).unwrap_or(&full);
    let message = match error.classify() {
        serde_json::error::Category::Eof => {
            format!("the file ends too early ({what}): it was cut off; {CURE}")
        }
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
            format!("this is no JSON ({what}); {CURE}")
        }
        serde_json::error::Category::Data if what.starts_with(NEWER) => what.to_owned(),
        serde_json::error::Category::Data => format!("{what}; {CURE}"),
    };
    Fault {
        line: error.line().max(1),
        column: error.column().max(1),
        message,
    }
}

/// How the message about a newer format begins: it has a cure of its own.
pub(super) const NEWER: &str = "written by a newer gate";

fn known_format<E: serde::de::Error>(format: u64) -> Result<u32, E> {
    if format > u64::from(FORMAT) {
        return Err(E::custom(format!(
            "{NEWER}: it is of format {format}, and gate {} reads {FORMAT} at most; update the \
             gate, or use the version that wrote it",
            env!("CARGO_PKG_VERSION"),
        )));
    }
    match u32::try_from(format) {
        Ok(format) if (1..=FORMAT).contains(&format) => Ok(format),
        _ => Err(E::custom(format!("there is no format {format}"))),
    }
}

/// The value of the next field, which must be this one.
pub(super) fn field<'de, T: DeserializeOwned, A: MapAccess<'de>>(
    map: &mut A,
    name: &str,
) -> Result<T, A::Error> {
    next_is(map, name)?;
    map.next_value()
}

pub(super) fn next_is<'de, A: MapAccess<'de>>(map: &mut A, name: &str) -> Result<(), A::Error> {
    match map.next_key::<String>()? {
        Some(key) if key == name => Ok(()),
        Some(key) => Err(A::Error::custom(format!(
            "`{name}` belongs here, and not `{key}`"
        ))),
        None => Err(A::Error::custom(format!("`{name}` is missing"))),
    }
}

pub(super) fn no_more<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    match map.next_key::<String>()? {
        None => Ok(()),
        Some(key) => Err(A::Error::custom(format!("unknown field `{key}`"))),
    }
}

/// The fields that both kinds of file begin with.
fn head<'de, A: MapAccess<'de>>(
    map: &mut A,
    device: Option<&DeviceKey>,
) -> Result<(u32, DeviceKey), A::Error> {
    let format = known_format(field(map, "format")?)?;
    let found: DeviceKey = field(map, "device")?;
    if let Some(device) = device.filter(|device| **device != found) {
        return Err(A::Error::custom(format!(
            "these are of device `{found}`, and the file lies in the folder of `{device}`"
        )));
    }
    Ok((format, found))
}

/// What a file is expected to be of, where that is known.
struct FileSeed<'a> {
    device: Option<&'a DeviceKey>,
    suite: Option<&'a str>,
}

impl<'de> DeserializeSeed<'de> for FileSeed<'_> {
    type Value = Baselines;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Baselines, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FileSeed<'_> {
    type Value = Baselines;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the baselines of a suite")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Baselines, A::Error> {
        let (format, device) = head(&mut map, self.device)?;
        let suite: String = field(&mut map, "suite")?;
        if let Some(named) = self.suite.filter(|named| *named != suite) {
            return Err(A::Error::custom(format!(
                "these are of suite `{suite}`, and the file is named for `{named}`"
            )));
        }
        let context = Context {
            format,
            device: &device,
            suite: &suite,
        };
        next_is(&mut map, "recordings")?;
        let recordings = map.next_value_seed(RecordingsSeed { context })?;
        next_is(&mut map, "cases")?;
        let cases = map.next_value_seed(CasesSeed {
            context,
            known: recordings.iter().map(|recording| recording.id).collect(),
        })?;
        no_more(&mut map)?;
        Ok(Baselines {
            // What was read of an older format is written in this one.
            format: FORMAT,
            device,
            suite,
            recordings,
            cases,
        })
    }
}

struct RecordingsSeed<'a> {
    context: Context<'a>,
}

impl<'de> DeserializeSeed<'de> for RecordingsSeed<'_> {
    type Value = Vec<Recording>;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RecordingsSeed<'_> {
    type Value = Vec<Recording>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of recordings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut recordings = Vec::new();
        let mut ids = BTreeSet::new();
        while let Some(recording) = seq.next_element_seed(Checked {
            what: "a recording",
            check: |line: RecordingLine| {
                let (recording, holds) = line.recording(self.context)?;
                let recording = check_recording(recording, &mut ids)?;
                // Last: what is wrong with it says more than that it changed.
                holds.map(|()| recording)
            },
            from: PhantomData,
        })? {
            recordings.push(recording);
        }
        Ok(recordings)
    }
}

/// An object that is checked while it is read: an error is placed where the
/// reader stands, and after the object that could be the next line.
pub(super) struct Checked<T, F> {
    pub(super) what: &'static str,
    pub(super) check: F,
    pub(super) from: PhantomData<T>,
}

impl<'de, T, U, F> DeserializeSeed<'de> for Checked<T, F>
where
    T: Deserialize<'de>,
    F: FnOnce(T) -> Result<U, String>,
{
    type Value = U;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<U, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de, T, U, F> Visitor<'de> for Checked<T, F>
where
    T: Deserialize<'de>,
    F: FnOnce(T) -> Result<U, String>,
{
    type Value = U;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<U, A::Error> {
        let read = T::deserialize(MapAccessDeserializer::new(map))?;
        (self.check)(read).map_err(A::Error::custom)
    }
}

fn check_recording(recording: Recording, ids: &mut BTreeSet<u32>) -> Result<Recording, String> {
    let id = recording.id;
    if !(1..=MAX_RECORDING).contains(&id) {
        return Err(format!("a recording's `id` is from 1 on, and not {id}"));
    }
    if !ids.insert(id) {
        return Err(format!("two recordings have the `id` {id}"));
    }
    if humantime::parse_rfc3339(&recording.time).is_err() {
        return Err(format!(
            "recording {id}: `{}` is no time in RFC 3339, such as `2026-01-31T12:00:00Z`",
            recording.time
        ));
    }
    if let Some(ceilings) = recording.ceilings {
        check_ceilings(ceilings).map_err(|error| format!("recording {id}: {error}"))?;
    }
    Ok(recording)
}

fn check_ceilings(ceilings: Ceilings) -> Result<Ceilings, String> {
    let Ceilings {
        copy,
        read,
        fma_f32,
        fma_f16,
        cooperative_matrix,
        launch,
        cache: _,
    } = ceilings;
    let rates = [
        ("copy", Some(copy)),
        ("read", Some(read)),
        ("fma_f32", Some(fma_f32)),
        ("fma_f16", fma_f16),
        ("cooperative_matrix", cooperative_matrix),
    ];
    for (name, rate) in rates {
        if rate.is_some_and(|rate| !(rate.is_finite() && rate > 0.0)) {
            return Err(format!("the ceiling `{name}` is no rate above zero"));
        }
    }
    if launch.0.is_finite() && launch.0 >= 0.0 {
        Ok(ceilings)
    } else {
        Err("the ceiling `launch` is no time".to_owned())
    }
}

struct CasesSeed<'a> {
    context: Context<'a>,
    known: BTreeSet<u32>,
}

impl<'de> DeserializeSeed<'de> for CasesSeed<'_> {
    type Value = BTreeMap<CaseId, CaseRecord>;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for CasesSeed<'_> {
    type Value = BTreeMap<CaseId, CaseRecord>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cases by their identity")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut cases = BTreeMap::new();
        while let Some(id) = map.next_key::<CaseId>()? {
            if cases.contains_key(&id) {
                return Err(A::Error::custom(format!("case `{id}` stands here twice")));
            }
            let record = map.next_value_seed(Checked {
                what: "a case",
                check: |line: CaseLine<'de>| {
                    line.record(&id, self.context, &self.known)
                        .map_err(|error| format!("case `{id}`: {error}"))
                },
                from: PhantomData,
            })?;
            cases.insert(id, record);
        }
        Ok(cases)
    }
}

struct DeviceSeed<'a> {
    device: &'a DeviceKey,
}

impl<'de> DeserializeSeed<'de> for DeviceSeed<'_> {
    type Value = DeviceRecord;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<DeviceRecord, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for DeviceSeed<'_> {
    type Value = DeviceRecord;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a device and its ceilings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DeviceRecord, A::Error> {
        let (format, device) = head(&mut map, Some(self.device))?;
        let facts = field(&mut map, "facts")?;
        next_is(&mut map, "ceilings")?;
        let ceilings = map.next_value_seed(Checked {
            what: "ceilings",
            check: check_ceilings,
            from: PhantomData,
        })?;
        let digest: Option<String> = if format < 2 {
            None
        } else {
            Some(field(&mut map, "digest")?)
        };
        let context = Context {
            format,
            device: &device,
            suite: "",
        };
        device_holds(context, &facts, &ceilings, digest.as_deref()).map_err(A::Error::custom)?;
        no_more(&mut map)?;
        Ok(DeviceRecord {
            format: FORMAT,
            device,
            facts,
            ceilings,
        })
    }
}
