//! What `gate tune` picked on one device: a file beside the baselines, one
//! searched case a line, sorted, each line with a digest of itself.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;

use serde::de::{DeserializeSeed, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::kit::{CaseId, DeviceKey, Nanos, Ratio};

use super::parse::{Checked, Fault, NEWER, fault, field, next_is, no_more, text_of};
use super::replace::replace;
use super::store::{PICKS_SUFFIX, check_names, read, unreadable};
use super::text::Context;
use super::{Store, StoreError};

/// Version of the form of these files.
const FORMAT: u32 = 1;

/// Picks of one suite on one device.
#[derive(Clone, Debug, PartialEq)]
pub struct Picks {
    /// The device.
    pub device: DeviceKey,
    /// The suite.
    pub suite: String,
    /// By what was searched: the identity without the searched axes.
    pub cases: BTreeMap<CaseId, PickRecord>,
}

/// What was picked of one search, and beside what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PickRecord {
    /// The picked variant, as a case.
    pub pick: CaseId,
    /// Hash of its WGSL.
    pub code: String,
    /// Its time in the final, with the 95 % interval between rounds.
    pub time: (Nanos, Nanos, Nanos),
    /// Rounds of the final.
    pub rounds: u32,
    /// The other finalists, the fastest first.
    pub runners_up: Vec<RivalRecord>,
    /// Candidates that were measured.
    pub candidates: usize,
    /// Confidence of the invocation that the intervals are of.
    pub confidence: f64,
    /// When, in RFC 3339, UTC.
    pub when: String,
    /// The driver.
    pub driver: String,
    /// Version of the gate.
    pub gate: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

/// A runner-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RivalRecord {
    /// The variant, as a case.
    pub id: CaseId,
    /// How much slower than the pick: estimate and interval, at the confidence
    /// of the invocation.
    pub change: (Ratio, Ratio, Ratio),
    /// The data do not tell it from the pick, which is the simpler one.
    pub tied: bool,
}

impl PickRecord {
    /// A record that is not written yet.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a field of the line, and the digest is no one else's"
    )]
    #[must_use]
    pub fn new(
        pick: CaseId,
        code: String,
        time: (Nanos, Nanos, Nanos),
        rounds: u32,
        runners_up: Vec<RivalRecord>,
        candidates: usize,
        confidence: f64,
        when: String,
        driver: String,
    ) -> Self {
        Self {
            pick,
            code,
            time,
            rounds,
            runners_up,
            candidates,
            confidence,
            when,
            driver,
            gate: env!("CARGO_PKG_VERSION").into(),
            digest: None,
        }
    }

    /// What no search could have found, as a sentence.
    fn check(&self, group: &CaseId) -> Result<(), String> {
        let subject = |id: &CaseId| id.0.split('@').next().unwrap_or_default().to_owned();
        let (time, low, high) = self.time;
        let times = [low, time, high].map(|time| time.0);
        if !times.iter().all(|time| time.is_finite() && *time > 0.0) || !times.is_sorted() {
            return Err("`time` is no time within an interval".to_owned());
        }
        let rivals = self.runners_up.iter().map(|rival| &rival.id);
        for id in std::iter::once(&self.pick).chain(rivals) {
            if subject(id) != subject(group) {
                return Err(format!("`{id}` is no variant of it"));
            }
        }
        for rival in &self.runners_up {
            let (change, low, high) = rival.change;
            let changes = [low, change, high].map(|change| change.0);
            if !changes.iter().all(|change| change.is_finite()) || !changes.is_sorted() {
                return Err(format!(
                    "the change of `{}` is no number within an interval",
                    rival.id
                ));
            }
        }
        if humantime::parse_rfc3339(&self.when).is_err() {
            return Err(format!("`{}` is no time in RFC 3339", self.when));
        }
        Ok(())
    }
}

impl Picks {
    /// A file without picks.
    #[must_use]
    pub fn new(device: DeviceKey, suite: impl Into<String>) -> Self {
        Self {
            device,
            suite: suite.into(),
            cases: BTreeMap::new(),
        }
    }

    fn context(&self) -> Context<'_> {
        Context {
            // Its lines have had digests from the first format on.
            format: super::FORMAT,
            device: &self.device,
            suite: &self.suite,
        }
    }

    /// Its text: one case a line.
    fn text(&self) -> serde_json::Result<String> {
        let mut text = format!(
            "{{\n\"format\": {FORMAT},\n\"device\": {},\n\"suite\": {},\n\"picks\": {{",
            serde_json::to_string(&self.device)?,
            serde_json::to_string(&self.suite)?
        );
        for (index, (group, record)) in self.cases.iter().enumerate() {
            let mut record = record.clone();
            record.digest = None;
            let line = serde_json::to_string(&record)?;
            record.digest = Some(self.context().digest(&key(group), &line));
            text.push_str(if index == 0 { "\n" } else { ",\n" });
            text.push_str(&serde_json::to_string(group)?);
            text.push_str(": ");
            text.push_str(&serde_json::to_string(&record)?);
        }
        text.push_str(if self.cases.is_empty() {
            "}\n}\n"
        } else {
            "\n}\n}\n"
        });
        Ok(text)
    }
}

/// What stands for the case in its line's digest: a line of baselines is none
/// of picks.
fn key(group: &CaseId) -> String {
    format!("pick {group}")
}

impl Store {
    /// Where the picks of a device and suite lie.
    #[must_use]
    pub fn picks_path(&self, device: &DeviceKey, suite: &str) -> PathBuf {
        self.path(device, &format!("{suite}{PICKS_SUFFIX}"))
    }

    /// Loads picks; none where there is no file.
    ///
    /// # Errors
    ///
    /// As for [`Store::load`].
    pub fn picks(&self, device: &DeviceKey, suite: &str) -> Result<Option<Picks>, StoreError> {
        check_names(device, suite)?;
        let path = self.picks_path(device, suite);
        match read(&path)? {
            None => Ok(None),
            Some(bytes) => parse(&bytes, device, suite)
                .map(Some)
                .map_err(|fault| unreadable(path, fault)),
        }
    }

    /// Puts these picks into the file, beside those of other cases, as safely
    /// as baselines are updated. A file that cannot be read is left alone.
    ///
    /// # Errors
    ///
    /// As for [`Store::update`].
    pub fn record_picks(
        &self,
        device: &DeviceKey,
        suite: &str,
        found: BTreeMap<CaseId, PickRecord>,
    ) -> Result<PathBuf, StoreError> {
        check_names(device, suite)?;
        let path = self.picks_path(device, suite);
        self.locked(&path, |path, lock| -> Result<(), StoreError> {
            let before = self.picks(device, suite)?;
            let mut picks = before.unwrap_or_else(|| Picks::new(device.clone(), suite));
            picks.cases.extend(found);
            let text = picks
                .text()
                .map_err(|error| error.to_string())
                .and_then(|text| match parse(text.as_bytes(), device, suite) {
                    Ok(_) => Ok(text),
                    Err(fault) => Err(fault.message),
                })
                .map_err(|message| StoreError::Unwritable {
                    path: path.to_owned(),
                    message,
                })?;
            replace(path, text.as_bytes(), self.hook, lock)
        })?;
        Ok(path)
    }
}

/// Reads a file's text, which must be that of this device and suite.
fn parse(bytes: &[u8], device: &DeviceKey, suite: &str) -> Result<Picks, Fault> {
    let text = text_of(bytes).map_err(cured)?;
    let mut json = serde_json::Deserializer::from_str(text);
    Seed { device, suite }
        .deserialize(&mut json)
        .and_then(|picks| json.end().map(|()| picks))
        .map_err(|error| cured(fault(&error)))
}

/// What mends baselines does not mend picks: they are searched for.
fn cured(fault: Fault) -> Fault {
    Fault {
        message: fault
            .message
            .replace("gate update-baselines", "gate tune")
            .replace("record anew", "search anew"),
        ..fault
    }
}

struct Seed<'a> {
    device: &'a DeviceKey,
    suite: &'a str,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Picks;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Picks, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Picks;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the picks of a suite")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Picks, A::Error> {
        let format: u64 = field(&mut map, "format")?;
        if format > u64::from(FORMAT) {
            return Err(A::Error::custom(format!(
                "{NEWER}: it is of format {format}, and gate {} reads {FORMAT} at most; update \
                 the gate, or use the version that wrote it",
                env!("CARGO_PKG_VERSION"),
            )));
        }
        if format != u64::from(FORMAT) {
            return Err(A::Error::custom(format!("there is no format {format}")));
        }
        let device: DeviceKey = field(&mut map, "device")?;
        if device != *self.device {
            return Err(A::Error::custom(format!(
                "these are of device `{device}`, and the file lies in the folder of `{}`",
                self.device
            )));
        }
        let suite: String = field(&mut map, "suite")?;
        if suite != self.suite {
            return Err(A::Error::custom(format!(
                "these are of suite `{suite}`, and the file is named for `{}`",
                self.suite
            )));
        }
        let mut picks = Picks::new(device, suite);
        next_is(&mut map, "picks")?;
        let cases = map.next_value_seed(CasesSeed(picks.context()))?;
        no_more(&mut map)?;
        picks.cases = cases;
        Ok(picks)
    }
}

struct CasesSeed<'a>(Context<'a>);

impl<'de> DeserializeSeed<'de> for CasesSeed<'_> {
    type Value = BTreeMap<CaseId, PickRecord>;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for CasesSeed<'_> {
    type Value = BTreeMap<CaseId, PickRecord>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("picks by what was searched")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut cases = BTreeMap::new();
        while let Some(group) = map.next_key::<CaseId>()? {
            if cases.contains_key(&group) {
                return Err(A::Error::custom(format!("`{group}` stands here twice")));
            }
            let record = map.next_value_seed(Checked {
                what: "a pick",
                check: |mut record: PickRecord| {
                    let digest = record.digest.take();
                    let line = serde_json::to_string(&record).map_err(|error| error.to_string())?;
                    record
                        .check(&group)
                        .and_then(|()| self.0.holds(&key(&group), &line, digest.as_deref()))
                        .map_err(|error| format!("`{group}`: {error}"))?;
                    Ok(record)
                },
                from: PhantomData,
            })?;
            cases.insert(group, record);
        }
        Ok(cases)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const GROUP: &str = "s/scale[n=8]@storage=f32";

    fn record(pick: &str) -> PickRecord {
        let id = |tail: &str| CaseId(format!("s/scale[n=8]@{tail}"));
        PickRecord::new(
            id(pick),
            "0123456789abcdef".into(),
            (Nanos(1_000.0), Nanos(990.5), Nanos(1_010.0)),
            12,
            vec![RivalRecord {
                id: id("rows=8,storage=f32"),
                change: (Ratio(0.001), Ratio(-0.004), Ratio(0.006)),
                tied: true,
            }],
            24,
            0.99,
            "2026-01-31T12:00:00Z".into(),
            "580.1".into(),
        )
    }

    fn stored() -> (tempfile::TempDir, Store, DeviceKey) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path());
        let device = DeviceKey("some-gpu-vulkan".into());
        let one = BTreeMap::from([(CaseId(GROUP.into()), record("rows=4,storage=f32"))]);
        store.record_picks(&device, "s", one).expect("written");
        (folder, store, device)
    }

    #[test]
    fn picks_read_back_one_a_line_and_stay_beside_new_ones() {
        let (_folder, store, device) = stored();
        let other = CaseId("s/scale[n=8]@storage=f16".into());
        let two = BTreeMap::from([(other.clone(), record("rows=4,storage=f16"))]);
        let path = store.record_picks(&device, "s", two).expect("written");
        let picks = store.picks(&device, "s").expect("reads").expect("is there");
        let mut known = record("rows=4,storage=f32");
        known.digest = None;
        assert_eq!(picks.cases[&CaseId(GROUP.into())], known);
        assert_eq!(picks.cases.len(), 2);
        let text = fs::read_to_string(path).expect("is text");
        let lines = text.lines().filter(|line| line.starts_with("\"s/scale"));
        assert_eq!(lines.count(), 2);
        assert!(text.find("f16").expect("is there") < text.find(GROUP).expect("is there"));
        // It is no suite's file of baselines.
        assert_eq!(store.files().expect("lists"), []);
    }

    #[test]
    fn what_was_cut_off_changed_or_written_by_a_newer_gate_is_refused_and_kept() {
        let (_folder, store, device) = stored();
        let path = store.picks_path(&device, "s");
        let good = fs::read_to_string(&path).expect("is text");
        for (bad, why) in [
            (good[..good.len() / 2].to_owned(), "ends too early"),
            (String::new(), "is empty"),
            (good.replace("\"format\": 1", "\"format\": 2"), "newer gate"),
            (
                good.replace("rows=4", "rows=2"),
                "does not fit its `digest`",
            ),
            (
                good.replace("990.5", "1990.5"),
                "no time within an interval",
            ),
            (
                good.replace("n=8]@rows=8", "n=9]@rows=8"),
                "no variant of it",
            ),
            (
                good.replace("some-gpu", "other"),
                "of device `other-vulkan`",
            ),
            (
                good.replace("\"suite\": \"s\"", "\"suite\": \"t\""),
                "of suite `t`",
            ),
            (good.replace("\"rounds\"", "\"round\""), "unknown field"),
        ] {
            assert_ne!(bad, good, "{why}");
            fs::write(&path, &bad).expect("written");
            let error = store.picks(&device, "s").expect_err(why);
            assert!(error.to_string().contains(why), "{why}: {error}");
            assert!(!error.to_string().contains("update-baselines"), "{error}");
            let more = BTreeMap::from([(CaseId(GROUP.into()), record("rows=4,storage=f32"))]);
            store.record_picks(&device, "s", more).expect_err(why);
            assert_eq!(fs::read_to_string(&path).expect("is text"), bad);
        }
    }

    #[test]
    fn a_suite_that_is_named_as_picks_are_is_refused() {
        let store = Store::new(std::path::Path::new("nowhere"));
        let error = store.load(&DeviceKey("d".into()), "s.tune");
        assert!(matches!(error, Err(StoreError::Name { .. })));
    }
}
