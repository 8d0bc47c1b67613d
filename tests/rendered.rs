//! `shaders/rendered/` holds what the templates give for the gated variants,
//! so that a change of a template shows what it changes on the GPU.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kernel_gate::plan::{Case, Filter, Search, expand, expand_searched};
use kernel_gate::shader::{Renderer, rendered_files};
use kernel_gate::spec;

const REFRESH: &str = "`make rendered` writes the folder anew (`gate render --out shaders/rendered specs`); delete files that it no longer writes, and read the diff";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// All cases of the project's own specs.
fn cases() -> Vec<Case> {
    let specs = spec::read_all(&[root().join("specs")])
        .unwrap_or_else(|errors| panic!("the specs read: {errors:?}"));
    specs
        .iter()
        .flat_map(|spec| {
            expand(spec, &Filter::default())
                .unwrap_or_else(|error| panic!("the specs expand: {error}"))
                .cases
        })
        .collect()
}

/// Texts by file name, as the templates render them now.
fn fresh() -> BTreeMap<String, String> {
    rendered_files(&mut Renderer::new(&root()), &cases())
        .unwrap_or_else(|error| panic!("{error}"))
        .into_iter()
        .map(|file| (file.name, file.text))
        .collect()
}

/// Texts by file name, as they are kept.
fn kept() -> BTreeMap<String, String> {
    fs::read_dir(root().join("shaders/rendered"))
        .unwrap_or_else(|error| panic!("shaders/rendered: {error}; {REFRESH}"))
        .map(|entry| {
            let path = entry.expect("an entry of the folder").path();
            let name = path.file_name().expect("a file name").to_string_lossy();
            let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
            // A checkout on Windows may have turned the line ends.
            (name.into_owned(), text.replace("\r\n", "\n"))
        })
        .collect()
}

#[test]
fn rendered_shaders_are_those_of_the_templates() {
    let (fresh, kept) = (fresh(), kept());
    let missing: Vec<_> = fresh.keys().filter(|n| !kept.contains_key(*n)).collect();
    let orphaned: Vec<_> = kept.keys().filter(|n| !fresh.contains_key(*n)).collect();
    let stale: Vec<_> = fresh
        .iter()
        .filter(|(name, text)| kept.get(*name).is_some_and(|kept| kept != *text))
        .map(|(name, _)| name)
        .collect();
    assert!(
        missing.is_empty() && orphaned.is_empty() && stale.is_empty(),
        "missing: {missing:?}; stale: {stale:?}; orphaned: {orphaned:?}; {REFRESH}"
    );
}

#[test]
fn every_gated_variant_of_a_template_is_rendered() {
    let fresh = fresh();
    for start in [
        "matvec-columns-16-storage-f16-workgroup-256",
        "matvec-columns-32-storage-f32-workgroup-1024",
        "matmul-deep-16-split-1-storage-f32-tile-128",
        "matmul_coop-ahead-1-storage-f16-subgroups-4x2",
        "topk-workgroup-128",
        "combine-workgroup-64",
        "combine_atomic-workgroup-256",
        "rmsnorm-reduce-subgroup-storage-f16-workgroup-64",
        "attention-rows-64-storage-f32",
        "matvec_q4_0-reduce-tree-rows-4-scale-f32-workgroup-64",
    ] {
        assert!(fresh.contains_key(&format!("{start}.wgsl")), "{start}");
    }
}

#[test]
fn every_case_of_the_specs_is_valid_wgsl_that_binds_its_buffers() {
    let mut renderer = Renderer::new(&root());
    let cases = cases();
    assert!(cases.len() > 50, "{} cases", cases.len());
    for case in &cases {
        for stage in &case.stages {
            if let Err(error) = renderer.render(case, stage) {
                panic!("{error}");
            }
            if let Err(error) = renderer.reference(case, stage) {
                panic!("{error}");
            }
        }
    }
}

/// A search must not end in a template that does not render: what cannot be is
/// for `where` to leave out.
#[test]
fn every_candidate_of_the_search_spaces_is_valid_wgsl() {
    let specs = spec::read_all(&[root().join("specs")])
        .unwrap_or_else(|errors| panic!("the specs read: {errors:?}"));
    let mut renderer = Renderer::new(&root());
    let mut searched = 0;
    for spec in &specs {
        let plan = expand_searched(spec, &Filter::default(), Search::All)
            .unwrap_or_else(|error| panic!("the specs expand: {error}"));
        let candidates = plan.cases.iter().filter(|case| {
            let tuned = case.tuned.as_ref();
            tuned.is_some_and(|tuned| !tuned.gated)
        });
        for case in candidates {
            searched += 1;
            for stage in &case.stages {
                if let Err(error) = renderer.render(case, stage) {
                    panic!("{error}");
                }
            }
        }
    }
    assert!(searched > 500, "{searched} candidates");
}
