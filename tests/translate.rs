//! Every rendered shader is translated to the languages of Metal and Direct3D,
//! so that neither finds out only on a user's machine.

use std::fs;
use std::path::Path;

use naga::back::hlsl::{self, ShaderModel};
use naga::back::msl;
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};

/// Texts by name; those for cooperative matrices stay out: naga 30 has no HLSL
/// for these, and Metal has none of the size.
fn rendered() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders/rendered");
    let mut all: Vec<(String, String)> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("shaders/rendered: {error}"))
        .map(|entry| {
            let path = entry.expect("an entry of the folder").path();
            let name = path.file_name().expect("a file name").to_string_lossy();
            let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
            (name.into_owned(), text)
        })
        .filter(|(_, text)| !text.contains("enable wgpu_cooperative_matrix;"))
        .collect();
    all.sort();
    assert!(all.len() > 20, "{} shaders", all.len());
    all
}

fn parsed(text: &str) -> Result<(naga::Module, ModuleInfo), String> {
    // naga knows the operations without the line, and rejects it.
    let text = text.replace("enable subgroups;", "");
    let module = naga::front::wgsl::parse_str(&text).map_err(|e| e.emit_to_string(&text))?;
    let info = Validator::new(ValidationFlags::all(), Capabilities::all())
        .subgroup_stages(naga::valid::ShaderStages::COMPUTE)
        .subgroup_operations(naga::valid::SubgroupOperationSet::all())
        .validate(&module)
        .map_err(|e| e.emit_to_string(&text))?;
    Ok((module, info))
}

fn to_msl(text: &str) -> Result<String, String> {
    let (module, info) = parsed(text)?;
    let options = msl::Options {
        lang_version: (2, 4),
        ..Default::default()
    };
    let mut writer = msl::Writer::new(String::new());
    let translated = writer
        .write(&module, &info, &options, &msl::PipelineOptions::default())
        .map_err(|error| error.to_string())?;
    for name in translated.entry_point_names {
        name.map_err(|error| error.to_string())?;
    }
    Ok(writer.finish())
}

fn to_hlsl(text: &str) -> Result<String, String> {
    let (module, info) = parsed(text)?;
    let options = hlsl::Options {
        shader_model: ShaderModel::V6_2,
        ..Default::default()
    };
    let pipeline = hlsl::PipelineOptions::default();
    let mut translated = String::new();
    let reflected = hlsl::Writer::new(&mut translated, &options, &pipeline)
        .write(&module, &info, None)
        .map_err(|error| error.to_string())?;
    for name in reflected.entry_point_names {
        name.map_err(|error| error.to_string())?;
    }
    Ok(translated)
}

/// Translates all; the entry point must be there.
fn all(translate: fn(&str) -> Result<String, String>, entry: &str) {
    let mut failed = Vec::new();
    for (name, text) in rendered() {
        match translate(&text) {
            Ok(translated) if translated.contains(entry) => {}
            Ok(_) => failed.push(format!("{name}: no `{entry}`")),
            Err(error) => failed.push(format!("{name}: {error}")),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_rendered_shader_is_translated_to_metal() {
    all(to_msl, "kernel void ");
}

#[test]
fn every_rendered_shader_is_translated_to_direct3d() {
    all(to_hlsl, "[numthreads(");
}

#[test]
fn what_is_no_shader_is_not_translated() {
    for translate in [to_msl, to_hlsl] {
        assert!(translate("@compute @workgroup_size(1) fn main() { let a: f32 = 1u; }").is_err());
    }
}
