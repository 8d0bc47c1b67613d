//! Templates to WGSL.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kit::Place;
use crate::plan::{Case, Parameter, ReferencePlan, SourcePlan, Stage};

use super::bind::{Of, bind};
use super::code::{self, Code, Text, compile};
use super::fault::{Fault, SpecKey, snippet};
use super::source::{SourceError, Sources, line_column};
use super::template::Templates;
use super::{Reflected, Resolved, ShaderError, seen};

/// A stage's WGSL, validated, and how it binds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shader {
    /// The WGSL that is compiled; cases of one text share it.
    pub text: Arc<str>,
    /// Hash of the text, the entry point and the overrides: equal hashes are
    /// the same code.
    pub hash: String,
    /// Entry point.
    pub entry: String,
    /// Overrides by the key that a pipeline takes: the id where the WGSL
    /// gives one, else the name.
    pub overrides: BTreeMap<String, f64>,
    /// Invocations of a workgroup per dimension, overrides resolved.
    pub workgroup_size: [u32; 3],
    /// Workgroup memory, in bytes.
    pub workgroup_memory: u32,
    /// Bindings in use, sorted by group and binding, each with what fills it.
    pub bindings: Vec<(Reflected, Resolved)>,
    /// Bytes of the uniform struct, packed by WGSL's rules; empty without.
    pub uniforms: Vec<u8>,
    /// Needs 16-bit floats.
    pub needs_f16: bool,
    /// Needs subgroup operations.
    pub needs_subgroups: bool,
    /// Needs cooperative matrices.
    pub needs_cooperative_matrix: bool,
    /// Remarks, such as a stripped `enable subgroups;`.
    pub notes: Vec<String>,
}

/// A text, an entry point, and the overrides with their values' bits.
type CodeKey = (usize, String, Vec<(String, u64)>);

/// Renders and validates stages; equal texts are validated once.
#[derive(Debug)]
pub struct Renderer {
    sources: Sources,
    templates: Templates,
    /// Texts by source and what it looked at, as indices into `texts`.
    rendered: HashMap<SourcePlan, seen::Texts>,
    /// Sources that give none, by their parameters.
    failed: HashMap<(SourcePlan, String), SourceError>,
    /// Distinct texts.
    texts: Vec<Text>,
    by_text: HashMap<Arc<str>, usize>,
    /// Code by text, entry point and overrides.
    compiled: HashMap<CodeKey, Arc<Result<Code, Fault>>>,
    /// Overrides that a text declares.
    declared: HashMap<usize, Arc<[String]>>,
    /// Errors by place and message: what many cases meet names the first of
    /// them, and is one error.
    met: HashMap<(Place, String), ShaderError>,
}

impl Renderer {
    /// A renderer for templates and shaders below a root.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        let sources = Sources::new(root);
        Self {
            templates: Templates::new(sources.clone()),
            sources,
            rendered: HashMap::new(),
            failed: HashMap::new(),
            texts: Vec::new(),
            by_text: HashMap::new(),
            compiled: HashMap::new(),
            declared: HashMap::new(),
            met: HashMap::new(),
        }
    }

    /// Renders, validates and reflects one stage of a case.
    ///
    /// # Errors
    ///
    /// [`ShaderError`]: placed in the template, its WGSL, or the spec.
    pub fn render(&mut self, case: &Case, stage: &Stage) -> Result<Shader, ShaderError> {
        let unit = Unit {
            source: &stage.source,
            entry: &stage.entry,
            overrides: &stage.overrides,
            place: stage.places.kernel.as_ref().unwrap_or(&case.place),
            of: Of::Kernel,
        };
        self.shader(case, stage, &unit)
    }

    /// The same for a stage's WGSL reference; none where it is built in.
    ///
    /// # Errors
    ///
    /// As [`Renderer::render`]; also where the reference is the kernel's own
    /// code.
    pub fn reference(&mut self, case: &Case, stage: &Stage) -> Result<Option<Shader>, ShaderError> {
        let ReferencePlan::Shader { source, entry, .. } = &stage.reference else {
            return Ok(None);
        };
        let text = self.text(case, source, &stage.parameters, &stage.reference_place)?;
        let declared: Arc<[String]> = if stage.overrides.is_empty() {
            Arc::new([])
        } else {
            let wgsl = &self.texts[text].wgsl;
            self.declared
                .entry(text)
                .or_insert_with(|| code::declared_overrides(wgsl).into())
                .clone()
        };
        let overrides: BTreeMap<String, f64> = stage
            .overrides
            .iter()
            .filter(|(name, _)| declared.contains(name))
            .map(|(name, value)| (name.clone(), *value))
            .collect();
        let unit = Unit {
            source,
            entry,
            overrides: &overrides,
            place: &stage.reference_place,
            of: Of::Reference,
        };
        let reference = self.shader(case, stage, &unit)?;
        self.render(case, stage)?;
        let own = Unit {
            source: &stage.source,
            entry: &stage.entry,
            overrides: &stage.overrides,
            place: stage.places.kernel.as_ref().unwrap_or(&case.place),
            of: Of::Kernel,
        };
        let kernel = self.text(case, &stage.source, &stage.parameters, &case.place)?;
        let (kernel, other) = (self.compiled(kernel, &own), self.compiled(text, &unit));
        let same = match (&*kernel, &*other) {
            (Ok(kernel), Ok(other)) => kernel.meaning == other.meaning,
            (Err(_), _) | (_, Err(_)) => false,
        };
        if same {
            return Err(ShaderError {
                place: stage.reference_place.clone(),
                message: format!(
                    "the reference of `{}` is the kernel's own code, so it proves nothing; write the same computation another way, or name a built-in reference",
                    stage.kernel
                ),
            });
        }
        Ok(Some(reference))
    }

    /// All files that templates and WGSL were read from, canonical.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        self.sources.files()
    }

    /// A source as the project names it, wherever the project lies.
    pub(super) fn named(&self, path: &Path) -> String {
        self.sources.named(path)
    }

    /// The WGSL of a stage as it is rendered, before validation.
    pub(super) fn wgsl(&mut self, case: &Case, stage: &Stage) -> Result<Arc<str>, ShaderError> {
        let text = self.text(case, &stage.source, &stage.parameters, &case.place)?;
        Ok(self.texts[text].wgsl.clone())
    }

    fn shader(
        &mut self,
        case: &Case,
        stage: &Stage,
        unit: &Unit<'_>,
    ) -> Result<Shader, ShaderError> {
        let index = self.text(case, unit.source, &stage.parameters, unit.place)?;
        let compiled = self.compiled(index, unit);
        let code = match &*compiled {
            Ok(code) => code,
            Err(fault) => return Err(self.fault(case, stage, unit, index, fault)),
        };
        let bound = bind(case, stage, code, unit.entry, unit.of).map_err(|misfit| {
            let buffer = misfit.buffer.as_ref();
            let place = match unit.of {
                Of::Kernel => buffer.and_then(|name| stage.places.buffers.get(name)),
                Of::Reference => None,
            };
            let whose = match unit.of {
                Of::Kernel => format!("kernel `{}`", stage.kernel),
                Of::Reference => format!("the reference of `{}`", stage.kernel),
            };
            ShaderError {
                place: place.unwrap_or(unit.place).clone(),
                message: format!("{whose}, `{}`: {}", self.shown(unit.source), misfit.message),
            }
        })?;
        let text = &self.texts[index];
        Ok(Shader {
            text: text.wgsl.clone(),
            hash: code.hash.clone(),
            entry: unit.entry.to_owned(),
            overrides: code.overrides.clone(),
            workgroup_size: code.workgroup_size,
            workgroup_memory: code.workgroup_memory,
            bindings: bound.bindings,
            uniforms: bound.uniforms,
            needs_f16: text.enabled.f16,
            needs_subgroups: code.needs_subgroups,
            needs_cooperative_matrix: text.enabled.cooperative_matrix,
            notes: text.notes.clone(),
        })
    }

    /// Index of the text that a source gives with some parameters.
    fn text(
        &mut self,
        case: &Case,
        source: &SourcePlan,
        parameters: &BTreeMap<String, Parameter>,
        place: &Place,
    ) -> Result<usize, ShaderError> {
        let known = self.rendered.get(source);
        if let Some(index) = known.and_then(|known| known.find(parameters)) {
            return Ok(index);
        }
        let of = match source {
            SourcePlan::Template(_) => (source.clone(), format!("{parameters:?}")),
            SourcePlan::Plain(_) => (source.clone(), String::new()),
        };
        if let Some(error) = self.failed.get(&of) {
            let error = error.clone();
            return Err(self.placed(case, place, error));
        }
        let made: Result<(Arc<str>, Vec<String>), SourceError> = match source {
            SourcePlan::Template(path) => self
                .templates
                .render(path, parameters)
                .map(|(text, names)| (text.into(), names)),
            SourcePlan::Plain(path) => self
                .sources
                .main("shaders", path)
                .map(|plain| (plain.text, Vec::new())),
        };
        let (text, names) = match made {
            Ok(made) => made,
            Err(error) => {
                self.failed.insert(of, error.clone());
                return Err(self.placed(case, place, error));
            }
        };
        let index = match self.by_text.get(&text) {
            Some(index) => *index,
            None => {
                let index = self.texts.len();
                self.texts.push(Text::new(text.clone()));
                self.by_text.insert(text, index);
                index
            }
        };
        let texts = self.rendered.entry(source.clone()).or_default();
        texts.keep(names, parameters, index);
        Ok(index)
    }

    fn compiled(&mut self, index: usize, unit: &Unit<'_>) -> Arc<Result<Code, Fault>> {
        let overrides = unit
            .overrides
            .iter()
            .map(|(name, value)| (name.clone(), value.to_bits()))
            .collect();
        let text = &self.texts[index];
        self.compiled
            .entry((index, unit.entry.to_owned(), overrides))
            .or_insert_with(|| Arc::new(compile(text, unit.entry, unit.overrides)))
            .clone()
    }

    /// A source's file as a person would name it.
    fn shown(&mut self, source: &SourcePlan) -> Arc<str> {
        let found = match source {
            SourcePlan::Template(path) => self.templates.shown(path),
            SourcePlan::Plain(path) => self.sources.main("shaders", path).map(|plain| plain.shown),
        };
        found.unwrap_or_else(|error| error.shown)
    }

    /// naga's complaint with the line that it is about, placed where a person
    /// can mend it: in the file, in the template's own line, or, where the
    /// spec asks for what is not there, in the spec.
    fn fault(
        &mut self,
        case: &Case,
        stage: &Stage,
        unit: &Unit<'_>,
        index: usize,
        fault: &Fault,
    ) -> ShaderError {
        let shown = self.shown(unit.source);
        let Some(range) = &fault.range else {
            let notes: String = fault
                .notes
                .iter()
                .map(|note| format!("\n= {note}"))
                .collect();
            let place = match &fault.key {
                Some(SpecKey::Override(name)) => stage.places.overrides.get(name),
                Some(SpecKey::Entry) if unit.of == Of::Kernel => stage.places.entry.as_ref(),
                Some(SpecKey::Entry) | None => None,
            };
            return ShaderError {
                place: place.unwrap_or(unit.place).clone(),
                message: format!("`{shown}`: {}{notes}", fault.message),
            };
        };
        let wgsl = self.texts[index].wgsl.clone();
        let (line, column) = line_column(&wgsl, range.start);
        let mut message = format!("{}\n{}", fault.message, snippet(&wgsl, range, &fault.label));
        let place = match unit.source {
            SourcePlan::Plain(_) => Place::new(shown, line, column),
            SourcePlan::Template(path) => {
                message = format!(
                    "{message}\n= line {line} of what the template renders; `gate render` shows it whole"
                );
                match self.templates.origin(path, &stage.parameters, range) {
                    Some(origin) => {
                        let rendered = wgsl.lines().nth(line - 1).unwrap_or_default();
                        if origin.text != rendered {
                            message = format!(
                                "{message}\n= it comes from the template's line {}\n{}",
                                origin.line, origin.snippet
                            );
                        }
                        Place::new(origin.file, origin.line, origin.column)
                    }
                    None => Place::new(shown, 1, 1),
                }
            }
        };
        for note in &fault.notes {
            message = format!("{message}\n= {note}");
        }
        self.first_met(case, place, &fault.message, message)
    }

    /// A source's error: in its text, or else where the spec asks for it.
    fn placed(&mut self, case: &Case, place: &Place, error: SourceError) -> ShaderError {
        match error.at {
            Some((line, column)) => {
                let place = Place::new(error.shown, line, column);
                let message = match &error.snippet {
                    Some(snippet) => format!("{}\n{snippet}", error.message),
                    None => error.message.clone(),
                };
                self.first_met(case, place, &error.message, message)
            }
            None => ShaderError {
                place: place.clone(),
                message: error.message,
            },
        }
    }

    /// An error in a text that many cases may share: the first of them is
    /// named, and the others get the same error.
    fn first_met(&mut self, case: &Case, place: Place, what: &str, message: String) -> ShaderError {
        self.met
            .entry((place.clone(), what.to_owned()))
            .or_insert_with(|| ShaderError {
                place,
                message: format!("{message}\n= met by `{}` at {}", case.id, case.place),
            })
            .clone()
    }
}

/// One of a stage's two programs: the kernel or its reference.
struct Unit<'a> {
    source: &'a SourcePlan,
    entry: &'a str,
    overrides: &'a BTreeMap<String, f64>,
    /// Where the spec asks for it.
    place: &'a Place,
    of: Of,
}
