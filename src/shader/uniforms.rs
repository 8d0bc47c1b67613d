//! The spec's uniform values as the bytes that WGSL reads.

use half::f16;

use crate::kit::Scalar;
use crate::plan::UniformPlan;

use super::hint::did_you_mean;
use super::reflect::{Global, Layout, Member};

/// Packs uniforms at the offsets that WGSL gives their members; the rest is
/// zeros.
///
/// # Errors
///
/// Members that do not match, with both lists, or a value that its type
/// cannot hold.
pub(super) fn pack(global: &Global, uniforms: &[UniformPlan]) -> Result<Vec<u8>, String> {
    let reflected = &global.reflected;
    let lone;
    let members: &[Member] = match (reflected.members.as_slice(), global.layout, uniforms) {
        ([], Some(layout), [only]) => {
            // `var<uniform> n: u32`: one value, whatever its name.
            lone = [Member {
                name: only.name.clone(),
                element: reflected.element,
                offset: 0,
                layout: Some(layout),
            }];
            &lone
        }
        ([], _, _) => {
            return Err(format!(
                "`uniforms` fill a struct of scalars, vectors, matrices and arrays of them, and the WGSL binds `{}: {}`; make it a struct, or give it as a buffer of that name",
                reflected.name, global.type_name
            ));
        }
        (members, _, _) => members,
    };
    let both = || {
        let ours: Vec<String> = uniforms
            .iter()
            .map(|uniform| format!("{}: {}", uniform.name, uniform.ty))
            .collect();
        let theirs: Vec<String> = members
            .iter()
            .map(|member| match member.layout {
                Some(layout) => format!("{}: {}", member.name, layout.ty),
                None => format!("{}: a type that `uniforms` cannot fill", member.name),
            })
            .collect();
        format!(
            "the spec gives {{{}}}, and the WGSL's `{}` is {{{}}}",
            ours.join(", "),
            global.type_name,
            theirs.join(", ")
        )
    };

    let size = usize::try_from(reflected.min_size)
        .ok()
        .filter(|size| *size <= MAX_UNIFORM_BYTES)
        .ok_or_else(|| {
            format!(
                "`{}` takes {} bytes, and {MAX_UNIFORM_BYTES} is the most for uniforms; give it as a storage buffer",
                reflected.name, reflected.min_size
            )
        })?;
    let mut bytes = vec![0; size];
    for member in members {
        let Some(uniform) = uniforms.iter().find(|uniform| uniform.name == member.name) else {
            let names = uniforms.iter().map(|uniform| uniform.name.as_str());
            return Err(format!(
                "the uniform `{}` has no value: {}{}",
                member.name,
                both(),
                did_you_mean(&member.name, names)
            ));
        };
        let Some(layout) = member.layout.filter(|layout| layout.ty == uniform.ty) else {
            return Err(format!(
                "the uniform `{}` has another type: {}",
                member.name,
                both()
            ));
        };
        for (index, value) in uniform.values.iter().enumerate() {
            let encoded = encode(&uniform.name, layout.ty.element.scalar, *value)?;
            let begin = member.offset as usize + place_of(layout, index);
            bytes
                .get_mut(begin..begin + encoded.len())
                .ok_or_else(|| format!("the uniform `{}` lies outside its struct", member.name))?
                .copy_from_slice(&encoded);
        }
    }
    let stranger = uniforms
        .iter()
        .find(|uniform| members.iter().all(|member| member.name != uniform.name));
    if let Some(uniform) = stranger {
        let names = members.iter().map(|member| member.name.as_str());
        return Err(format!(
            "the WGSL has no uniform `{}`: {}{}",
            uniform.name,
            both(),
            did_you_mean(&uniform.name, names)
        ));
    }
    Ok(bytes)
}

/// The largest uniform binding that WebGPU promises, in bytes (WebGPU,
/// section 3.6.2, limits).
const MAX_UNIFORM_BYTES: usize = 65_536;

/// Where a scalar of a member lies, in bytes from the member's begin.
fn place_of(layout: Layout, index: usize) -> usize {
    let lanes = usize::from(layout.ty.element.lanes);
    let columns = usize::from(layout.ty.columns);
    let (vector, lane) = (index / lanes, index % lanes);
    let width = match layout.ty.element.scalar {
        Scalar::F16 => 2,
        Scalar::F32 | Scalar::U32 | Scalar::I32 => 4,
    };
    vector / columns * layout.stride as usize
        + vector % columns * layout.column as usize
        + lane * width
}

/// A value in its type, little-endian.
fn encode(name: &str, scalar: Scalar, value: f64) -> Result<Vec<u8>, String> {
    let misfit = || {
        Err(format!(
            "the uniform `{name}` is {value:?}, which `{}` cannot hold; choose another type or value",
            scalar.name()
        ))
    };
    let whole = value.fract() == 0.0;
    Ok(match scalar {
        Scalar::U32 if whole && (0.0..=f64::from(u32::MAX)).contains(&value) => {
            (value as u32).to_le_bytes().into()
        }
        Scalar::I32 if whole && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&value) => {
            (value as i32).to_le_bytes().into()
        }
        Scalar::F32 if (value as f32).is_finite() => (value as f32).to_le_bytes().into(),
        Scalar::F16 if f16::from_f64(value).is_finite() => {
            f16::from_f64(value).to_le_bytes().into()
        }
        Scalar::U32 | Scalar::I32 | Scalar::F32 | Scalar::F16 => return misfit(),
    })
}
