//! What the templates render for a set of cases, as files to keep and compare.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::plan::{Case, Parameter, SourcePlan, Stage};

use super::{Renderer, ShaderError};

/// A rendered template under a name that stays the same while its kernel,
/// variant and shape do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedFile {
    /// File name: letters, digits, dots, dashes and underscores.
    pub name: String,
    /// WGSL, below a line that says where it comes from.
    pub text: String,
}

/// The distinct texts that templates render for some cases, sorted by name.
///
/// A kernel's variant that renders one text has one file,
/// `matmul-storage-f32-workgroup-16x16.wgsl`. Where the text also depends on
/// the shape, the first case (by identity) has that name, and each further
/// text adds the shape of its own first case. WGSL that is no template is
/// left out.
///
/// # Errors
///
/// The first [`ShaderError`] of a template that does not render.
pub fn rendered_files(
    renderer: &mut Renderer,
    cases: &[Case],
) -> Result<Vec<RenderedFile>, ShaderError> {
    let mut sorted: Vec<&Case> = cases.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    // Texts by the name of their kernel and variant.
    let mut texts: BTreeMap<String, Vec<Arc<str>>> = BTreeMap::new();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for case in sorted {
        for stage in &case.stages {
            let SourcePlan::Template(path) = &stage.source else {
                continue;
            };
            let text = renderer.wgsl(case, stage)?;
            let short = file_name(&stage.kernel, stage.variant.iter());
            let known = texts.entry(short.clone()).or_default();
            if known.contains(&text) {
                continue;
            }
            known.push(text.clone());
            let mut name = short;
            if files.contains_key(&format!("{name}.wgsl")) {
                name = file_name(&format!("{name}-for"), shape(stage));
            }
            // Names are cut to a length, and words to what a file may be called.
            while files.contains_key(&format!("{name}.wgsl")) {
                name.push('_');
            }
            let header = format!(
                "// Rendered from {} for {}; not to be edited: `gate render` writes it anew.\n",
                renderer.named(path),
                case.id
            );
            files.insert(format!("{name}.wgsl"), header + &text);
        }
    }
    Ok(files
        .into_iter()
        .map(|(name, text)| RenderedFile { name, text })
        .collect())
}

/// Parameters that are not axes.
fn shape(stage: &Stage) -> impl Iterator<Item = (&String, &Parameter)> {
    stage
        .parameters
        .iter()
        .filter(|(name, _)| !stage.variant.contains_key(*name))
}

fn file_name<'a>(
    head: &str,
    parameters: impl Iterator<Item = (&'a String, &'a Parameter)>,
) -> String {
    let mut name = safe(head);
    for (axis, value) in parameters {
        let value = match value {
            Parameter::Int(int) => int.to_string(),
            Parameter::Word(word) => word.clone(),
            Parameter::List(list) => {
                let items: Vec<String> = list.iter().map(i64::to_string).collect();
                items.join("x")
            }
        };
        name = format!("{name}-{}-{}", safe(axis), safe(&value));
    }
    // File systems take 255 bytes.
    name.truncate(200);
    name
}

/// A word with everything replaced that a file name may not hold anywhere.
fn safe(word: &str) -> String {
    word.chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() => c,
            '_' | '-' => c,
            _ => '_',
        })
        .collect()
}
