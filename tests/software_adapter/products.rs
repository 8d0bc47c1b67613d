//! The templates of matrix products at their edges: extents that are a
//! multiple of nothing, fewer steps than a tile is deep, and whole tiles. The
//! specs themselves hold large even shapes, which a software adapter leaves
//! out.

use std::fs;
use std::path::Path;

use kernel_gate::kit::Correctness;
use kernel_gate::plan::{Case, Filter, expand};
use kernel_gate::run::{Job, Wanted, measure};
use kernel_gate::shader::Renderer;
use kernel_gate::spec;
use tempfile::TempDir;

use crate::{gpu, turn};

/// Shapes and forms within the limits that every device has.
const CASES: &str = "
cases:
  - {kernel: matvec, shape: {m: 1, n: 131, k: 517}, variants: {storage: [f32], columns: [16], workgroup: [256]}}
  - {kernel: matvec, shape: {m: 5, n: 132, k: 4136}, variants: {storage: [f32], columns: [16], workgroup: [256]}}
  - {kernel: matmul, shape: {m: 127, n: 513, k: 33}, variants: &forms [
      {storage: [f32], tile: [128], deep: [8, 16], split: [1]},
      {storage: [f32], tile: [64], deep: [8], split: [4]},
      {storage: [f32], tile: [32], deep: [8], split: [8]}]}
  - {kernel: matmul, shape: {m: 65, n: 132, k: 4}, variants: *forms}
  - {kernel: matmul, shape: {m: 128, n: 128, k: 128}, variants: *forms}
";

/// A project of the templates, and of `specs/matmul.yaml` with other cases.
fn project() -> TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = TempDir::new().expect("a folder");
    let copy = |folder: &str| {
        fs::create_dir(project.path().join(folder)).expect("a folder");
        for entry in fs::read_dir(root.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name");
            fs::copy(&path, project.path().join(folder).join(name)).expect("copied");
        }
    };
    copy("templates");
    copy("specs");
    fs::write(project.path().join("gate.toml"), "").expect("written");
    let spec = project.path().join("specs/matmul.yaml");
    let text = fs::read_to_string(&spec).expect("read");
    let (kernels, _) = text.split_once("\ncases:").expect("cases");
    fs::write(spec, format!("{kernels}{CASES}")).expect("written");
    project
}

fn cases(project: &Path) -> Vec<Case> {
    let spec = spec::read(&project.join("specs/matmul.yaml"))
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    expand(&spec, &Filter::default())
        .unwrap_or_else(|error| panic!("{error}"))
        .cases
}

#[test]
fn products_are_right_at_their_edges() {
    let project = project();
    let cases = cases(project.path());
    assert_eq!(cases.len(), 14);
    let mut renderer = Renderer::new(project.path());
    let _turn = turn();
    let mut gpu = gpu();
    for case in cases {
        let stage = &case.stages[0];
        let shader = renderer
            .render(&case, stage)
            .unwrap_or_else(|error| panic!("{error}"));
        let id = case.id.clone();
        let job = Job {
            case,
            shaders: vec![shader],
            references: vec![None],
            seed: 1,
            cache: None,
        };
        let wanted = Wanted {
            verify: true,
            sample: None,
        };
        let measured = measure(&mut gpu, &job, &wanted).expect("nothing is lost");
        assert!(
            matches!(measured.correctness, Some(Correctness::Right { .. })),
            "{id}: {:?}",
            measured.correctness
        );
    }
}
