//! `gate render`: the WGSL that the templates give for the gated variants.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use crate::cli::RenderArgs;
use crate::exit;
use crate::plan::Case;
use crate::shader::{RenderedFile, Renderer, rendered_files};

use super::AppError;
use super::output::{Screen, count};
use super::project::Project;

/// Renders what the arguments select.
pub(super) fn render(args: &RenderArgs, screen: &Screen) -> Result<u8, AppError> {
    let project = Project::read(&args.select)?;
    project.render()?;
    // Of all suites at once: a name says which of a variant's texts it is.
    let mut roots: BTreeMap<&Path, Vec<Case>> = BTreeMap::new();
    for plan in &project.plans {
        let cases = roots.entry(&plan.root).or_default();
        cases.extend(plan.cases.iter().cloned());
    }
    let mut files: Vec<RenderedFile> = Vec::new();
    for (root, cases) in roots {
        let found = rendered_files(&mut Renderer::new(root), &cases)
            .map_err(|error| AppError::Shader(vec![error]))?;
        files.extend(found);
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files.dedup_by(|a, b| a.name == b.name);
    match &args.out {
        None => {
            for file in &files {
                screen.print(&format!("// {}\n{}", file.name, file.text))?;
            }
        }
        Some(folder) => {
            for file in &files {
                write(folder, file)?;
            }
            screen.remark(&format!(
                "{} written to {}",
                count(files.len(), "file"),
                folder.display()
            ));
        }
    }
    Ok(exit::PASS)
}

/// Replaces one file by a rename, so that a kill leaves no half of it.
fn write(folder: &Path, file: &RenderedFile) -> Result<(), AppError> {
    let path = folder.join(&file.name);
    let failed = |source| AppError::Write {
        path: path.clone(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut temporary = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    temporary.write_all(file.text.as_bytes()).map_err(failed)?;
    temporary
        .persist(&path)
        .map_err(|error| failed(error.error))?;
    Ok(())
}
